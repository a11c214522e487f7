import type { IncomingHttpHeaders } from 'node:http'

/** One request that came in, with what became of it. */
export interface JournalEntry {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
  /** The key that it came with. */
  readonly key?: string
  status?: number
  /** Why it was refused. */
  refusal?: string
}

const LIMIT = 1000

/** The last thousand requests, for assertions. */
export class Journal {
  #entries: JournalEntry[] = []

  get entries(): readonly JournalEntry[] {
    return this.#entries
  }

  add(entry: JournalEntry): JournalEntry {
    this.#entries = [...this.#entries.slice(1 - LIMIT), entry]
    return entry
  }

  clear(): void {
    this.#entries = []
  }
}
