import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { GatewayError } from '../errors/gateway-error.ts'
import { MIGRATIONS } from './migrations/list.ts'
import type { Tables } from './schema.ts'

export interface MigrationPlace {
  /** For messages. */
  readonly location: string
  /** What to change to use another database. */
  readonly setting: 'DATA_DIR' | 'DATABASE_URL'
  /** Namespace of the tables where the database has such. */
  readonly schema?: string
}

/**
 * Brings the tables up to date.
 * @throws GatewayError `store_unavailable` for a database of a newer version, which is left as it is
 */
export async function migrate(database: Kysely<Tables>, { location, setting, schema }: MigrationPlace): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (/previously executed migration .* is missing/.test((error as Error).message)) {
    throw new GatewayError(
      'store_unavailable',
      `${location} was written by a newer version of the gateway and was left untouched: run that version, or name another with ${setting}`,
      { cause: error },
    )
  }
  throw error
}
