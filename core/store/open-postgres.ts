import { Kysely, PostgresDialect, sql } from 'kysely'
import { GatewayError } from '../errors/gateway-error.ts'
import { migrate } from './migrate.ts'
import { shownAddress } from './postgres-address.ts'
import { PatientPool, type PoolOptions } from './postgres-pool.ts'
import { LOCK_SPACE, PostgresStore, share } from './postgres-store.ts'
import type { Tables } from './schema.ts'
import type { Store } from './store.ts'

/** Names like `accounts` are common: a namespace of our own lets other programs live in the same database. */
const SCHEMA = 'kiro_gateway'

const PATIENCE_MS = 4_000

/** Serving a request touches memory: what reads is the watch, renewals and listings. */
const READERS = 4

const MIGRATION_LOCK = 2
const MIGRATION_WAIT_MS = 60_000

export interface PostgresOptions {
  readonly url: string
  readonly patienceMs?: number
}

/** @throws GatewayError `store_unavailable` naming server and database; what was in it is as it was */
export async function openPostgres({ url, patienceMs = PATIENCE_MS }: PostgresOptions): Promise<Store> {
  const shown = shownAddress(url)
  if (shown === undefined)
    throw new GatewayError('store_unavailable', 'DATABASE_URL is no address of a PostgreSQL database: write postgres://USER:PASSWORD@HOST:PORT/DATABASE')
  const pool = { url, shown, patienceMs }
  await prepare(pool)
  const statementMs = share(patienceMs, 0.8)
  return new PostgresStore({
    readers: await connect({ ...pool, statementMs, size: READERS }),
    writer: await connect({ ...pool, statementMs, size: 1 }),
    patienceMs,
  })
}

async function connect(options: PoolOptions): Promise<Kysely<Tables>> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: await PatientPool.make(options) }) }).withSchema(SCHEMA)
}

/** Makes or updates the tables; several processes that start at once do so one after the other. */
async function prepare(pool: Omit<PoolOptions, 'size'>): Promise<void> {
  const database = await connect({ ...pool, size: 3 })
  try {
    await database.connection().execute(async lock => {
      await sql.raw(`set lock_timeout to ${MIGRATION_WAIT_MS}; select pg_advisory_lock(${LOCK_SPACE}, ${MIGRATION_LOCK})`).execute(lock)
      try {
        await refuseForeign(database, pool.shown)
        await migrate(database, { location: `the database ${pool.shown}`, setting: 'DATABASE_URL', schema: SCHEMA })
        await compareByBytes(database)
      } finally {
        await sql.raw(`select pg_advisory_unlock(${LOCK_SPACE}, ${MIGRATION_LOCK})`).execute(lock)
      }
    })
  } catch (error) {
    if (GatewayError.is(error)) throw error
    throw new GatewayError('store_unavailable', `the database ${pool.shown} cannot be opened (${(error as Error).message})`, { cause: error })
  } finally {
    await database.destroy()
  }
}

async function refuseForeign(database: Kysely<Tables>, shown: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = ${SCHEMA}`.execute(database)
  if (rows.length === 0 || rows.some(({ name }) => name === 'kysely_migration')) return
  throw new GatewayError(
    'store_unavailable',
    `the schema ${SCHEMA} of ${shown} was not made by this gateway and was left untouched: rename it, or name another database with DATABASE_URL`,
  )
}

/** Texts sort by their bytes, as on SQLite: by a language's rules, ids would come in another order. */
async function compareByBytes(database: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = ${SCHEMA} and data_type = 'text' and collation_name is distinct from 'C'`.execute(database)
  if (rows.length === 0) return
  await database.transaction().execute(async transaction => {
    for (const { table, column } of rows) {
      await sql`alter table ${sql.table(`${SCHEMA}.${table}`)} alter column ${sql.ref(column)} type text collate "C"`.execute(transaction)
    }
  })
}
