import type { Kysely } from 'kysely'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Tables } from './schema.ts'
import type { Store, Writing } from './store.ts'

export interface SqliteConnections {
  readonly main: Kysely<Tables>
  /** The same connection where there is nothing to make durable. */
  readonly durable: Kysely<Tables>
  /** For messages. */
  readonly location: string
  readonly close: () => Promise<void>
}

/** A store over two connections to one SQLite database. */
export class SqliteStore implements Store {
  readonly database: Kysely<Tables>
  readonly #connections: SqliteConnections
  #queue: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(connections: SqliteConnections) {
    this.database = connections.main
    this.#connections = connections
  }

  write<T>(work: (transaction: Writing) => Promise<T>): Promise<T> {
    return this.#enqueue(this.#connections.main, work)
  }

  writeDurably<T>(work: (transaction: Writing) => Promise<T>): Promise<T> {
    return this.#enqueue(this.#connections.durable, work)
  }

  close(): Promise<void> {
    this.#closed ??= this.#queue.then(() => this.#connections.close())
    return this.#closed
  }

  /**
   * One writer at a time in this process: SQLite waits for a lock by blocking the thread, so a transaction of one
   * connection that met an open one of the other would wait the whole busy timeout for itself.
   */
  #enqueue<T>(connection: Kysely<Tables>, work: (transaction: Writing) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new GatewayError('store_unavailable', 'the database is closed: the gateway is stopping'))
    const result = this.#queue.then(() => connection.transaction().execute(work))
    this.#queue = result.then(
      () => undefined,
      () => undefined,
    )
    return result.catch((error: unknown) => {
      throw unavailable(error, this.#connections.location)
    })
  }
}

/** SQLite's result codes that say something about the place rather than about our statement. */
const REASONS: Readonly<Record<number, string>> = {
  5: 'is locked by another process',
  6: 'is locked by another process',
  8: 'is read-only',
  10: 'cannot be read or written',
  11: 'is damaged',
  13: 'is full: free some disk space',
  14: 'cannot be opened',
  26: 'is not a database',
}

function unavailable(error: unknown, location: string): unknown {
  const code = (error as { errcode?: number } | undefined)?.errcode
  const reason = code === undefined ? undefined : REASONS[code & 0xff]
  return reason === undefined ? error : new GatewayError('store_unavailable', `the database ${location} ${reason}`, { cause: error })
}
