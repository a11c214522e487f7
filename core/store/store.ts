import type { Kysely, Transaction } from 'kysely'
import type { Tables } from './schema.ts'

export type Writing = Transaction<Tables>

/** What the gateway keeps. Reads go to `database`; everything that writes goes through `write` or `writeDurably`. */
export interface Store {
  readonly database: Kysely<Tables>
  /**
   * One transaction that survives the death of the process. On whatever database: writers take turns, over all
   * processes, so what the transaction has read is still true when it writes.
   */
  write<T>(work: (transaction: Writing) => Promise<T>): Promise<T>
  /** One transaction that survives the loss of power: on disk when the promise resolves. */
  writeDurably<T>(work: (transaction: Writing) => Promise<T>): Promise<T>
  /** The database's own clock, milliseconds. Absent where everybody who uses the database shares this machine's. */
  time?(transaction: Writing): Promise<number>
  /** Waits for the writes that were asked for. */
  close(): Promise<void>
}
