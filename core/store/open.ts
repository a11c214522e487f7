import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { GatewayError } from '../errors/gateway-error.ts'
import { prepareDataFolder } from './data-folder.ts'
import { APPLICATION_ID, inspectDatabase } from './inspect.ts'
import { MIGRATIONS } from './migrations/list.ts'
import { connectSqlite, NodeSqliteDialect, type Synchronous } from './node-sqlite.ts'
import type { Tables } from './schema.ts'
import { KyselyStore, type Store } from './store.ts'

/** In place of a folder: nothing is kept beyond the process. */
export const IN_MEMORY = ':memory:'

export interface StoreOptions {
  /** Folder of `gateway.db`, made if missing, or `:memory:`. */
  readonly dataDir: string
}

/**
 * Opens the gateway's database and brings it up to date.
 * @throws GatewayError `store_unavailable` with path and remedy; the file is as it was
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return options.dataDir === IN_MEMORY ? openMemory() : openFile(prepareDataFolder(options.dataDir))
}

async function openMemory(): Promise<Store> {
  const { database, close } = connect(IN_MEMORY, 'NORMAL')
  await migrate(database, IN_MEMORY)
  return new KyselyStore({ main: database, durable: database, location: 'in memory', close })
}

async function openFile(file: string): Promise<Store> {
  const found = inspectDatabase(file)
  let main: Connection | undefined
  try {
    main = connect(file, 'NORMAL', found === 'empty')
    await migrate(main.database, file)
    const durable = connect(file, 'FULL')
    const closeMain = main.close
    return new KyselyStore({ main: main.database, durable: durable.database, location: file, close: () => durable.close().then(closeMain) })
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

async function migrate(database: Kysely<Tables>, file: string): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (/previously executed migration .* is missing/.test((error as Error).message)) {
    throw new GatewayError(
      'store_unavailable',
      `${file} was written by a newer version of the gateway and was left untouched: run that version, or name another folder with DATA_DIR`,
      { cause: error },
    )
  }
  throw error
}
