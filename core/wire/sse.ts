/** One server-sent event, as the HTML standard reads it. */
export interface SseEvent {
  /** `message` where the stream names none. */
  readonly event: string
  /** The `data` lines, joined by line feeds. */
  readonly data: string
  /** The event as it stood in the stream, with the empty line that ends it. */
  readonly text: string
}

/** A line longer than this is no event stream of ours. */
const LONGEST_EVENT = 32 * 1024 * 1024

const LF = '\n'
const CR = '\r'

/**
 * Reads an event stream in whatever pieces it arrives: CR, LF and CRLF, a byte-order mark, comments, `data:` with and
 * without the space, characters cut in the middle. Pure and synchronous.
 */
export class SseDecoder {
  readonly #text = new TextDecoder('utf-8')
  /** The beginning of a line whose end has not come. */
  #rest = ''
  /** The beginning of an event whose end has not come. */
  #begun = ''
  /** The last piece ended with CR: an LF that comes next belongs to it. */
  #skipLineFeed = false
  #event = ''
  #data: string | undefined

  /** @throws RangeError when one event grows beyond 32 Mi characters */
  push(chunk: Uint8Array): SseEvent[] {
    return this.#read(this.#text.decode(chunk, { stream: true }))
  }

  /** The stream is over. An event that its sender did not close with an empty line counts as well: several upstreams forget it. */
  end(): SseEvent[] {
    const events = this.#read(this.#text.decode())
    if (this.#rest !== '') this.#line(this.#rest)
    const last = this.#dispatch(`${this.#begun.replace(/[\r\n]+$/, '')}\n\n`)
    this.#rest = ''
    this.#begun = ''
    return last ? [...events, last] : events
  }

  #read(piece: string): SseEvent[] {
    const events: SseEvent[] = []
    if (piece === '') return events
    const late = this.#skipLineFeed && piece.startsWith(LF)
    const text = late ? piece.slice(1) : piece
    // It belongs to what was handed out before; put before the next event it still makes one break of the two.
    if (late) this.#begun += LF
    this.#skipLineFeed = false
    const breaks = new LineBreaks(text)
    let from = 0
    let eventFrom = 0
    for (let at = breaks.after(0); at >= 0; at = breaks.after(from)) {
      const line = this.#rest === '' ? text.slice(from, at) : this.#rest + text.slice(from, at)
      this.#rest = ''
      from = at + 1
      if (text.startsWith(CR, at)) {
        if (from === text.length) this.#skipLineFeed = true
        else if (text.startsWith(LF, from)) from++
      }
      if (line !== '') {
        this.#line(line)
        continue
      }
      const event = this.#dispatch(this.#begun + text.slice(eventFrom, from))
      this.#begun = ''
      eventFrom = from
      if (event) events.push(event)
    }
    this.#rest += text.slice(from)
    this.#begun += text.slice(eventFrom)
    if (this.#begun.length > LONGEST_EVENT) throw new RangeError('a server-sent event is too long')
    return events
  }

  #line(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    const value = colon < 0 ? '' : line.slice(line.startsWith(' ', colon + 1) ? colon + 2 : colon + 1)
    if (field === 'event') this.#event = value
    else this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
  }

  #dispatch(text: string): SseEvent | undefined {
    const event = this.#data === undefined ? undefined : { event: this.#event || 'message', data: this.#data, text }
    this.#event = ''
    this.#data = undefined
    return event
  }
}

/** Where lines end in a text, each kind of break searched for by the engine's own search instead of by character. */
class LineBreaks {
  readonly #text: string
  #feed: number
  #return: number

  constructor(text: string) {
    this.#text = text
    this.#feed = text.indexOf(LF)
    this.#return = text.indexOf(CR)
  }

  /** The first break at or after `from`, or -1. Never asked to go back. */
  after(from: number): number {
    if (this.#feed >= 0 && this.#feed < from) this.#feed = this.#text.indexOf(LF, from)
    if (this.#return >= 0 && this.#return < from) this.#return = this.#text.indexOf(CR, from)
    if (this.#feed < 0) return this.#return
    return this.#return < 0 ? this.#feed : Math.min(this.#feed, this.#return)
  }
}
