import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type { Pool, PoolClient, PoolConfig } from 'pg'
import { GatewayError } from '../errors/gateway-error.ts'
import { describeTrouble, isAway } from './postgres-errors.ts'

/** Wait between two looks at a server that is away. */
const LOOK_AGAIN_MS = 100

/** An unused connection is closed: firewalls forget them silently, and a new one costs a few milliseconds. */
const IDLE_MS = 60_000

/** `bigint` and `numeric` (what sums of it are): our numbers stay within 53 bits, and SQLite gives them as numbers. */
const NUMBERS = new Set([20, 1700])

export interface PoolOptions {
  readonly url: string
  /** Server and database, for messages. */
  readonly shown: string
  readonly size: number
  /** How long a connection is waited for. */
  readonly patienceMs: number
  /** How long one statement may take; undefined: as long as it likes. */
  readonly statementMs?: number
}

/** Connections that wait for a server that is away, a bounded time, and of which none is used again after it failed. */
export class PatientPool implements PostgresPool {
  readonly options = {}
  readonly #pool: Pool
  readonly #options: PoolOptions

  private constructor(pool: Pool, options: PoolOptions) {
    this.#pool = pool
    this.#options = options
  }

  static async make(options: PoolOptions): Promise<PatientPool> {
    const { Pool, types } = await import('pg')
    const { url, size, patienceMs, statementMs } = options
    const getTypeParser = (oid: number, format?: 'text' | 'binary') => (NUMBERS.has(oid) ? Number : types.getTypeParser(oid, format as 'text'))
    const pool = new Pool({
      ...{ connectionString: url, application_name: 'kiro-gateway', max: size, connectionTimeoutMillis: patienceMs, idleTimeoutMillis: IDLE_MS },
      ...{ keepAlive: true, keepAliveInitialDelayMillis: 10_000, types: { getTypeParser } as NonNullable<PoolConfig['types']> },
      ...(statementMs !== undefined && { query_timeout: statementMs }),
    })
    // The next use of a connection finds out; an event nobody listens to would end the process.
    pool.on('error', () => undefined)
    pool.on('connect', client => client.on('error', () => undefined))
    return new PatientPool(pool, options)
  }

  /** @throws GatewayError `store_unavailable` when the server is away for longer than we wait */
  async connect(): Promise<PostgresPoolClient> {
    const deadline = performance.now() + this.#options.patienceMs
    for (;;) {
      try {
        return guarded(await this.#within(deadline - performance.now()), this.#options.shown)
      } catch (error) {
        if (!isAway(error) || performance.now() + LOOK_AGAIN_MS >= deadline) throw describeTrouble(error, this.#options.shown)
      }
      await new Promise(resolve => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  #within(ms: number): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      let over = false
      const timer = setTimeout(() => {
        over = true
        reject(
          new GatewayError('store_unavailable', `the database ${this.#options.shown} did not answer within ${Math.ceil(this.#options.patienceMs / 1000)} s`),
        )
      }, ms)
      this.#pool.connect().then(
        client => {
          clearTimeout(timer)
          if (over) client.release()
          else resolve(client)
        },
        (error: unknown) => {
          clearTimeout(timer)
          if (!over) reject(error as Error)
        },
      )
    })
  }
}

/** A statement that got no answer may still run: its connection must not serve anybody else, nor wait for a second one. */
function guarded(client: PoolClient, shown: string): PostgresPoolClient {
  let broken: unknown
  const query = async <R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    if (broken !== undefined) throw broken
    try {
      // pg types its results more widely than Kysely does.
      return (await client.query(sql, parameters.map(storable))) as unknown as PostgresQueryResult<R>
    } catch (error) {
      const described = describeTrouble(error, shown)
      if (isAway(error)) broken = described
      throw described
    }
  }
  return { query: query as PostgresPoolClient['query'], release: destroy => client.release(destroy === true || broken !== undefined) }
}

/** PostgreSQL's text has no zero character; SQLite's has. Such a text comes from outside only, and names nothing of ours. */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
