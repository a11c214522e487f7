import { type Batch, GatewayError, type ResponseParser, type StreamEvent } from '../../core/index.ts'
import { SseDecoder, type SseEvent } from '../../core/wire/sse.ts'
import { type AnswerContext, AnswerEvents, endingOf } from './answer-events.ts'
import { classifyAnthropicEvent } from './faults.ts'
import { WIRE } from './request.ts'
import { type Fields, fieldsOf, isFields, parseJson, textOf } from './untrusted.ts'
import { UsageMeter } from './usage.ts'

export interface StreamContext extends AnswerContext {
  /** What the client called the model: its answers say the same. */
  readonly requestedModel: string
}

/** Reads a streamed answer (`providers.md` §7.3); for a client of the same wire its own words go beside the events. */
export function createAnthropicParser(context: StreamContext): ResponseParser {
  const decoder = new SseDecoder()
  const reader = new StreamReader(context)
  let over = false
  const read = (events: readonly SseEvent[]): Batch => {
    const batch: StreamEvent[] = []
    for (const event of events) {
      if (over) break
      over = reader.read(event, batch)
    }
    return batch
  }
  return {
    get complete() {
      return reader.complete
    },
    push: chunk => (over ? [] : read(decoder.push(chunk))),
    end: () => {
      if (over) return []
      const batch = [...read(decoder.end())]
      // A stream without its last word is half an answer, however well it reads.
      if (!over) batch.push({ type: 'failure', error: new GatewayError('upstream_cut', 'the upstream ended its answer in the middle; send the request again') })
      over = true
      return batch
    },
  }
}

class StreamReader {
  readonly #context: StreamContext
  readonly #events: AnswerEvents
  readonly #usage = new UsageMeter()
  #started = false
  #ending: ReturnType<typeof endingOf> = { stopReason: undefined, stopSequence: undefined }
  complete = false

  constructor(context: StreamContext) {
    this.#context = context
    this.#events = new AnswerEvents(context)
  }

  /** Adds what one event says; whether it was the last. */
  read(event: SseEvent, batch: StreamEvent[]): boolean {
    const data = parseJson(event.data)
    // Relays close with another vendor's `[DONE]`, or put comments into events.
    if (!isFields(data)) return false
    const type = textOf(data.type) ?? event.event
    if (type === 'error') {
      batch.push({ type: 'failure', error: classifyAnthropicEvent(event.data) })
      return true
    }
    const said: StreamEvent[] = []
    try {
      this.#say(type, data, said)
    } catch (error) {
      batch.push(...said, { type: 'failure', error: GatewayError.from(error) })
      return true
    }
    if (this.#context.verbatim) batch.push({ type: 'raw', wire: WIRE, text: this.#text(type, event, data), covers: said.length })
    batch.push(...said)
    return this.complete
  }

  #say(type: string, data: Fields, into: StreamEvent[]): void {
    if (type === 'message_start') {
      if (this.#started) return
      const message = fieldsOf(data.message)
      this.#started = true
      this.#usage.note(message.usage)
      into.push(this.#events.start(textOf(message.id) ?? '', this.#usage.total()))
      return
    }
    // An answer that does not begin at its beginning is none of this API's.
    if (!this.#started) return
    switch (type) {
      case 'content_block_start':
        this.#events.blockStart(data.index, fieldsOf(data.content_block), into)
        return
      case 'content_block_delta':
        this.#events.blockDelta(data.index, fieldsOf(data.delta), into)
        return
      case 'content_block_stop':
        this.#events.blockEnd(data.index ?? null, into)
        return
      case 'message_delta':
        this.#usage.note(data.usage)
        this.#ending = endingOf(data.delta)
        return
      case 'message_stop':
        this.#events.finish({ ...this.#ending, usage: this.#usage.total() }, into)
        this.complete = true
        return
      default:
    }
  }

  /** As the upstream wrote it, but for the model's name and the line that clients tell events apart by. */
  #text(type: string, event: SseEvent, data: Fields): string {
    if (type === 'message_start' && isFields(data.message)) {
      return `event: ${type}\ndata: ${JSON.stringify({ ...data, message: { ...data.message, model: this.#context.requestedModel } })}\n\n`
    }
    // A line break of two characters may have been cut in two on its way.
    return event.event === type && !event.text.includes('\r') ? event.text : `event: ${type}\ndata: ${event.data.replaceAll('\n', '\ndata: ')}\n\n`
  }
}
