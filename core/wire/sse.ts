/** One server-sent event, as the HTML standard reads it. */
export interface SseEvent {
  /** `message` where the stream names none. */
  readonly event: string
  /** The `data` lines, joined by line feeds. */
  readonly data: string
}

/** A line longer than this is no event stream of ours. */
const LONGEST_EVENT = 32 * 1024 * 1024

const CR = 13
const LF = 10

/**
 * Reads an event stream in whatever pieces it arrives: CR, LF and CRLF, a byte-order mark, comments, `data:` with and
 * without the space, characters cut in the middle. Pure and synchronous.
 */
export class SseDecoder {
  readonly #text = new TextDecoder('utf-8')
  #rest = ''
  /** The last piece ended with CR: an LF that comes next belongs to it. */
  #skipLineFeed = false
  #event = ''
  #data: string[] = []
  #size = 0

  /** @throws RangeError when one event grows beyond 32 Mi characters */
  push(chunk: Uint8Array): SseEvent[] {
    return this.#read(this.#text.decode(chunk, { stream: true }))
  }

  /** The stream is over. An event that its sender did not close with an empty line counts as well: several upstreams forget it. */
  end(): SseEvent[] {
    const events = this.#read(this.#text.decode())
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
    const last = this.#dispatch()
    return last ? [...events, last] : events
  }

  #read(piece: string): SseEvent[] {
    const events: SseEvent[] = []
    if (piece === '') return events
    const text = this.#skipLineFeed && piece.charCodeAt(0) === LF ? piece.slice(1) : piece
    this.#skipLineFeed = false
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code !== LF && code !== CR) continue
      const line = this.#rest + text.slice(from, at)
      this.#rest = ''
      if (code === CR) {
        if (at + 1 === text.length) this.#skipLineFeed = true
        else if (text.charCodeAt(at + 1) === LF) at++
      }
      from = at + 1
      if (line !== '') this.#line(line)
      else {
        const event = this.#dispatch()
        if (event) events.push(event)
      }
    }
    this.#rest += text.slice(from)
    if (this.#rest.length + this.#size > LONGEST_EVENT) throw new RangeError('a server-sent event is too long')
    return events
  }

  #line(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1)
    if (field === 'data') {
      this.#data.push(value)
      this.#size += value.length
    } else if (field === 'event') this.#event = value
  }

  #dispatch(): SseEvent | undefined {
    const event = this.#data.length === 0 ? undefined : { event: this.#event || 'message', data: this.#data.join('\n') }
    this.#event = ''
    this.#data = []
    this.#size = 0
    return event
  }
}
