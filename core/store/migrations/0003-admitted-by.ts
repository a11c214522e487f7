import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Which client key brought a caller's account along: one key must not use up the places of all. */
export const admittedBy: Migration = {
  async up(database: Kysely<unknown>) {
    await database.schema.alterTable('accounts').addColumn('admitted_by', 'text').execute()
    await database.schema.createIndex('accounts_admitted_by').on('accounts').columns(['admitted_by', 'seen_at']).execute()
  },
}
