import type { Batch, StreamEvent } from '../../core/index.ts'
import { WIRE } from './request.ts'

/** Gathers the upstream's own words of one read, for a client that speaks its wire. */
export class OwnWords {
  readonly #wanted: boolean
  #text = ''
  #document: string | undefined

  /** @param wanted false: nobody would understand them */
  constructor(wanted: boolean) {
    this.#wanted = wanted
  }

  add(text: string): void {
    if (this.#wanted) this.#text += text
  }

  document(text: string): void {
    if (this.#wanted) this.#document = text
  }

  /** The events of this read with the words that say the same before them. */
  before(events: readonly StreamEvent[]): Batch {
    const text = this.#text
    const document = this.#document
    this.#text = ''
    this.#document = undefined
    // A failure is told in the dialect's words.
    const covers = events.at(-1)?.type === 'failure' ? events.length - 1 : events.length
    if (document !== undefined) return [{ type: 'raw', wire: WIRE, text: document, covers, document: true }, ...events]
    return text === '' ? events : [{ type: 'raw', wire: WIRE, text, covers }, ...events]
  }
}
