import { GatewayError } from '../../core/index.ts'
import { SseDecoder, type SseEvent } from '../../core/wire/sse.ts'
import { JsonObjects } from './json-objects.ts'

/** As much of a stream's end is kept for a complaint that is no event. */
const TAIL_BYTES = 64 * 1024
/** A stream may break off with an error as bare JSON, in a list of one or alone, where the next event should be. */
const BARE_ERROR = /(?:^|[\r\n])\s*(\[?\s*\{\s*"error"[\s\S]*)$/

/**
 * Reads the chunks of an answer whatever carries them: server-sent events, a JSON array that grows, or one JSON object.
 * The first byte tells which: relays do not always keep to what was asked for.
 */
export class ChunkReader {
  #form: { push(bytes: Uint8Array): unknown[]; end(): unknown[] } | undefined
  readonly #tail: Uint8Array[] = []
  #tailBytes = 0

  /** @throws GatewayError `upstream_nonsense` for what is no such answer */
  push(bytes: Uint8Array): unknown[] {
    this.#form ??= formOf(bytes)
    if (this.#form === undefined) return []
    this.#keep(bytes)
    return this.#form.push(bytes)
  }

  end(): unknown[] {
    return this.#form?.end() ?? []
  }

  /** The error that stands as bare JSON at the end of an event stream. */
  bareError(): unknown {
    const [, text] = BARE_ERROR.exec(Buffer.concat(this.#tail).toString('utf8')) ?? []
    if (text === undefined) return undefined
    try {
      const value: unknown = JSON.parse(text)
      return Array.isArray(value) ? value[0] : value
    } catch {
      return undefined
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#tail.push(bytes)
    this.#tailBytes += bytes.length
    while (this.#tail.length > 1 && this.#tailBytes - (this.#tail[0]?.length ?? 0) >= TAIL_BYTES) this.#tailBytes -= this.#tail.shift()?.length ?? 0
  }
}

function formOf(bytes: Uint8Array): { push(bytes: Uint8Array): unknown[]; end(): unknown[] } | undefined {
  const first = bytes.find(byte => byte > 0x20)
  switch (first) {
    case undefined:
      return undefined
    case 0x7b: // {
    case 0x5b: // [
      return new JsonObjects()
    case 0x3c: // <
      throw new GatewayError(
        'upstream_nonsense',
        'the Gemini endpoint answered with a web page; something between may be answering in its place (check apiUrl and the proxy)',
      )
    default:
      return new EventObjects()
  }
}

class EventObjects {
  readonly #decoder = new SseDecoder()

  push(bytes: Uint8Array): unknown[] {
    return this.#decoder.push(bytes).flatMap(objectsOf)
  }

  end(): unknown[] {
    return this.#decoder.end().flatMap(objectsOf)
  }
}

function objectsOf({ data }: SseEvent): unknown[] {
  // OpenAI's end mark, which relays add.
  if (data === '' || data === '[DONE]') return []
  try {
    const value: unknown = JSON.parse(data)
    return Array.isArray(value) ? value : [value]
  } catch (error) {
    throw new GatewayError('upstream_nonsense', "the Gemini endpoint's stream holds an event that is no JSON; try again", { cause: error })
  }
}
