import { type Batch, GatewayError, type ResponseParser, type StreamEvent } from '../../core/index.ts'
import { AnswerEvents, endingOf } from './answer-events.ts'
import { classifyAnthropicEvent } from './faults.ts'
import { WIRE } from './request.ts'
import type { StreamContext } from './stream.ts'
import { fieldsOf, isFields, listOf, parseJson, textOf } from './untrusted.ts'
import { UsageMeter } from './usage.ts'

/** More than any answer is. */
const LONGEST = 64 * 1024 * 1024

/** Reads an answer that is not streamed: one JSON document, which goes to the client whole. */
export function createDocumentParser(context: StreamContext): ResponseParser {
  const chunks: Buffer[] = []
  let size = 0
  return {
    push: chunk => {
      size += chunk.length
      if (size > LONGEST) return [{ type: 'failure', error: new GatewayError('upstream_nonsense', 'the upstream answered with more than any answer can be') }]
      chunks.push(chunk)
      return []
    },
    end: () => readDocument(Buffer.concat(chunks).toString('utf8'), context),
  }
}

function readDocument(text: string, context: StreamContext): Batch {
  const message = parseJson(text)
  if (!isFields(message))
    return [{ type: 'failure', error: new GatewayError('upstream_cut', 'the upstream ended its answer in the middle; send the request again') }]
  if (message.type === 'error' || !Array.isArray(message.content)) return [{ type: 'failure', error: classifyAnthropicEvent(text) }]
  const events = new AnswerEvents(context)
  const usage = new UsageMeter()
  usage.note(message.usage)
  const said: StreamEvent[] = [events.start(textOf(message.id) ?? '', usage.total())]
  listOf(message.content).forEach((block, index) => {
    events.blockStart(index, fieldsOf(block), said)
    events.blockEnd(index, said)
  })
  events.finish({ ...endingOf(message), usage: usage.total() }, said)
  const document = JSON.stringify({ ...message, model: context.requestedModel })
  return [{ type: 'raw', wire: WIRE, text: document, covers: said.length, document: true }, ...said]
}
