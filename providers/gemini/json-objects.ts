import { GatewayError } from '../../core/index.ts'

/** Longer no chunk of an answer is. */
const LONGEST = 64 * 1024 * 1024

/**
 * The objects of a JSON array, or one object alone, from text that comes in pieces: each is given out as soon as its
 * last brace is there.
 */
export class JsonObjects {
  readonly #decoder = new TextDecoder('utf-8')
  /** The object that is not complete yet. */
  #pending = ''
  #depth = 0
  #inString = false
  #escaped = false

  push(bytes: Uint8Array): unknown[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }))
  }

  end(): unknown[] {
    const objects = this.#read(this.#decoder.decode())
    if (this.#depth > 0) throw new GatewayError('upstream_cut', 'the upstream closed the connection in the middle of its answer; send the request again')
    return objects
  }

  #read(text: string): unknown[] {
    const objects: unknown[] = []
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const character = text[at]
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (character === '\\') this.#escaped = true
        else if (character === '"') this.#inString = false
      } else if (character === '"') this.#inString = this.#depth > 0
      else if (character === '{') {
        if (this.#depth++ === 0) from = at
      } else if (character === '}' && this.#depth > 0 && --this.#depth === 0) {
        objects.push(parsed(this.#pending + text.slice(from, at + 1)))
        this.#pending = ''
      }
    }
    if (this.#depth > 0) this.#pending += text.slice(from)
    if (this.#pending.length > LONGEST) throw new GatewayError('upstream_nonsense', 'the upstream sends an answer without end; try again')
    return objects
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new GatewayError('upstream_nonsense', "the Gemini endpoint's answer is no JSON; try again", { cause: error })
  }
}
