import { prepareDataFolder } from './data-folder.ts'
import { openFile, openMemory } from './open-sqlite.ts'
import type { Store } from './store.ts'

/** In place of a folder: nothing is kept beyond the process, whatever database is configured. */
export const IN_MEMORY = ':memory:'

export interface StoreOptions {
  /** Folder of `gateway.db` and of the encryption key, made if missing, or `:memory:`. */
  readonly dataDir: string
  /** `postgres://…`: the database is there instead of in the folder. */
  readonly databaseUrl?: string | undefined
  /** How long an operation may wait for a PostgreSQL server that is away or busy. */
  readonly patienceMs?: number
}

/**
 * Opens the gateway's database and brings it up to date.
 * @throws GatewayError `store_unavailable` with place and remedy; the database is as it was
 */
export async function openStore({ dataDir, databaseUrl, patienceMs }: StoreOptions): Promise<Store> {
  if (dataDir === IN_MEMORY) return openMemory()
  if (databaseUrl === undefined) return openFile(dataDir)
  prepareDataFolder(dataDir)
  // Whoever keeps their data in SQLite does not pay for the driver.
  const { openPostgres } = await import('./open-postgres.ts')
  return openPostgres({ url: databaseUrl, ...(patienceMs !== undefined && { patienceMs }) })
}
