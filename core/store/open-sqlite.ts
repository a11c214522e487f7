import { Kysely } from 'kysely'
import { GatewayError } from '../errors/gateway-error.ts'
import { prepareDatabaseFile } from './data-folder.ts'
import { APPLICATION_ID, inspectDatabase } from './inspect.ts'
import { migrate } from './migrate.ts'
import { connectSqlite, NodeSqliteDialect, type Synchronous } from './node-sqlite.ts'
import type { Tables } from './schema.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Store } from './store.ts'

const MEMORY = ':memory:'

export async function openMemory(): Promise<Store> {
  const { database, close } = connect(MEMORY, 'NORMAL')
  await migrate(database, { location: 'the database in memory', setting: 'DATA_DIR' })
  return new SqliteStore({ main: database, durable: database, location: 'in memory', close })
}

/** @throws GatewayError `store_unavailable` with path and remedy; the file is as it was */
export async function openFile(dataDir: string): Promise<Store> {
  const file = prepareDatabaseFile(dataDir)
  const found = inspectDatabase(file)
  let main: Connection | undefined
  try {
    main = connect(file, 'NORMAL', found === 'empty')
    await migrate(main.database, { location: file, setting: 'DATA_DIR' })
    const durable = connect(file, 'FULL')
    const closeMain = main.close
    return new SqliteStore({ main: main.database, durable: durable.database, location: file, close: () => durable.close().then(closeMain) })
  } catch (error) {
    await main?.close()
    if (GatewayError.is(error)) throw error
    throw new GatewayError('store_unavailable', `the database ${file} cannot be opened (${(error as Error).message})`, { cause: error })
  }
}

interface Connection {
  readonly database: Kysely<Tables>
  readonly close: () => Promise<void>
}

function connect(file: string, synchronous: Synchronous, brand = false): Connection {
  const connection = connectSqlite(file, synchronous)
  // Before the first table: a file with tables and without the mark is somebody else's.
  if (brand) connection.prepare(`PRAGMA application_id=${APPLICATION_ID}`).run([])
  const database = new Kysely<Tables>({ dialect: new NodeSqliteDialect({ database: connection }) })
  const close = async () => {
    await database.destroy()
    // Kysely leaves a connection open that it never used, and SQLite tidies up its journal when the last one closes.
    connection.close()
  }
  return { database, close }
}
