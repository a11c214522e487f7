import type { IncomingHttpHeaders } from 'node:http'

/** One request as the simulator saw it. */
export interface JournalEntry {
  readonly index: number
  /** Wall clock, milliseconds. */
  readonly time: number
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Parsed if it was JSON or a form, text otherwise; absent when bodies are not kept. */
  readonly body?: unknown
  readonly bodyBytes: number
  /** Counts connections from 1: equal numbers are the same socket. */
  readonly connection: number
  readonly account?: string
  /** What was asked for: `generate`, `refresh`, `models` and so on. */
  readonly operation?: string
  /** The rule that refused the request, and what it found. */
  readonly refusedBy?: string
  readonly refusal?: string
  /** The scripted step that was played. */
  readonly played?: string
  readonly status?: number
  /** When the whole answer had been handed to the socket. */
  readonly finishedAt?: number
  /** When the client went away before that. */
  readonly abortedAt?: number
}

/** What may still be learned about an entry after it was written down. */
export type JournalNote = { -readonly [K in Exclude<keyof JournalEntry, 'index' | 'time' | 'method' | 'path' | 'headers'>]?: JournalEntry[K] }

const LIMIT = 1000

/** The last thousand requests, for assertions. */
export class Journal {
  #entries: JournalEntry[] = []
  #count = 0

  get entries(): readonly JournalEntry[] {
    return this.#entries.slice(-LIMIT)
  }

  /** Writes an entry down; what becomes known later is put on the returned note. */
  add(entry: Omit<JournalEntry, 'index'>): JournalNote {
    const kept = { index: this.#count, ...entry }
    this.#count += 1
    this.#entries.push(kept)
    // Trimmed rarely and by half, because shifting a thousand entries for each request would cost more than the request.
    if (this.#entries.length >= LIMIT * 2) this.#entries = this.#entries.slice(-LIMIT)
    return kept
  }

  clear(): void {
    this.#entries = []
  }
}
