import { GatewayError, type Batch, type RawEvent, type StreamEvent } from '../../core/index.ts'
import { classifyFailure } from '../../providers/openai-compatible/faults.ts'
import { createParser, type ParserContext } from '../../providers/openai-compatible/stream.ts'

/** A parser's context for a client of another wire that asked for reasoning. */
export function parserContext(more: Partial<ParserContext> = {}): ParserContext {
  let ids = 0
  return {
    model: 'upstream-model',
    requestedModel: 'asked-for',
    toolNames: { upstream: name => name, original: name => name },
    sameWire: false,
    wantsUsage: false,
    repair: false,
    choices: 1,
    warnings: [],
    requestBody: '{"messages":[]}',
    thinkTags: 'leading',
    reasoning: 'visible',
    newId: () => `new-${++ids}`,
    classify: body => classifyFailure({ status: 0, headers: {}, body, requestBytes: 0 }, 0),
    ...more,
  }
}

/** All events of an answer that comes in these pieces. */
export function parsePieces(pieces: readonly Uint8Array[], more: Partial<ParserContext> = {}): readonly StreamEvent[] {
  const parser = createParser(parserContext(more))
  const batches: Batch[] = pieces.map(piece => parser.push(Buffer.from(piece)))
  return [...batches, parser.end()].flat()
}

/** The same bytes in pieces of one size. */
export function inPieces(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}

/** The upstream's own words among events, joined. */
export function ownWords(events: readonly StreamEvent[]): string {
  return events.flatMap(event => (event.type === 'raw' ? [(event satisfies RawEvent).text] : [])).join('')
}

/** What an answer says, in one line for each block, and how it ended. */
export function summary(events: readonly StreamEvent[]): readonly string[] {
  const lines: string[] = []
  const extend = (text: string) => lines.push(`${lines.pop() ?? ''}${text}`)
  for (const event of events) {
    switch (event.type) {
      case 'text-start':
        lines.push('text ')
        break
      case 'reasoning-start':
        lines.push(event.redacted === undefined ? 'reasoning ' : 'sealed')
        break
      case 'tool-start':
        lines.push(`call ${event.id} ${event.name} `)
        break
      case 'text-delta':
      case 'reasoning-delta':
        extend(event.text)
        break
      case 'tool-delta':
        extend(event.json)
        break
      case 'reasoning-signature':
        extend(' signed')
        break
      case 'finish':
        lines.push(`finish ${event.reason}${event.usage.guessed ? ' guessed' : ''}`)
        break
      case 'failure':
        lines.push(`failure ${GatewayError.from(event.error).code}`)
        break
      case 'start':
      case 'block-end':
      case 'raw':
        break
      default:
        event satisfies never
    }
  }
  return lines
}
