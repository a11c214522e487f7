import { type Kysely, sql } from 'kysely'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Tables } from './schema.ts'
import type { Store, Writing } from './store.ts'

/** Names the lock that a writer holds until its transaction ends. "kgwy", and one number for each use. */
export const LOCK_SPACE = 0x6b677779
const WRITER_LOCK = 1

export interface PostgresConnections {
  readonly readers: Kysely<Tables>
  /** One connection: writes of this process queue for it. */
  readonly writer: Kysely<Tables>
  readonly patienceMs: number
}

/**
 * A store in a PostgreSQL database that several gateways may share.
 *
 * Writers take turns by a lock of the database, as they do on SQLite: code that reads and then writes is right on both.
 */
export class PostgresStore implements Store {
  readonly database: Kysely<Tables>
  readonly #connections: PostgresConnections
  readonly #writing = new Set<Promise<unknown>>()
  #closed: Promise<void> | undefined

  constructor(connections: PostgresConnections) {
    this.database = connections.readers
    this.#connections = connections
  }

  /** `local`: on this server's own disk. Leases and revoked keys must outlive its crash, so no less will do. */
  write<T>(work: (transaction: Writing) => Promise<T>): Promise<T> {
    return this.#track(this.#transact('local', work))
  }

  /** `on`: on the disk of the synchronous standbys as well, where there are any. */
  writeDurably<T>(work: (transaction: Writing) => Promise<T>): Promise<T> {
    return this.#track(this.#transact('on', work))
  }

  /** Machines that share a database do not share a clock. */
  async time(transaction: Writing): Promise<number> {
    const { rows } = await sql<{ now: number }>`select floor(extract(epoch from clock_timestamp()) * 1000) as now`.execute(transaction)
    return Number(rows[0]?.now)
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#writing).then(async () => {
      await this.#connections.writer.destroy()
      await this.#connections.readers.destroy()
    })
    return this.#closed
  }

  async #transact<T>(commit: 'local' | 'on', work: (transaction: Writing) => Promise<T>): Promise<T> {
    if (this.#closed) throw new GatewayError('store_unavailable', 'the database is closed: the gateway is stopping')
    const { writer, patienceMs } = this.#connections
    const asked = performance.now()
    for (;;) {
      let begun = false
      try {
        return await writer.transaction().execute(async transaction => {
          await this.#takeTurn(transaction, commit)
          begun = true
          return work(transaction)
        })
      } catch (error) {
        // A connection that the server closed meanwhile shows it at its first use, at once. After the work has begun only
        // the caller knows whether it may be done again: the commit may have arrived.
        const stale = !begun && GatewayError.is(error) && performance.now() - asked < patienceMs / 2
        if (!stale) throw error
      }
    }
  }

  /**
   * A process that is stopped or cut off in the middle of a transaction holds the lock: the server ends it before the
   * others' patience does.
   */
  async #takeTurn(transaction: Writing, commit: 'local' | 'on'): Promise<void> {
    const { patienceMs } = this.#connections
    const settings = `set local synchronous_commit to ${commit}; set local lock_timeout to ${share(patienceMs, 0.6)}; set local idle_in_transaction_session_timeout to ${share(patienceMs, 0.4)}`
    await sql.raw(`${settings}; select pg_advisory_xact_lock(${LOCK_SPACE}, ${WRITER_LOCK})`).execute(transaction)
  }

  #track<T>(writing: Promise<T>): Promise<T> {
    this.#writing.add(writing)
    const done = () => void this.#writing.delete(writing)
    writing.then(done, done)
    return writing
  }
}

/** Of the time that an operation may take, in whole milliseconds. */
export function share(patienceMs: number, part: number): number {
  return Math.max(1, Math.round(patienceMs * part))
}
