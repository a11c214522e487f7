import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What is known of accounts: their quota, their use, who uses them now, and what happened to them. */
export const knowing: Migration = {
  async up(database: Kysely<unknown>) {
    const { schema } = database

    await schema
      .createTable('account_quota')
      .addColumn('account_id', 'text', column => column.primaryKey())
      .addColumn('quota', 'text', column => column.notNull())
      .addColumn('read_at', 'bigint', column => column.notNull())
      .addColumn('history', 'text', column => column.notNull())
      .execute()

    await schema
      .createTable('account_usage')
      .addColumn('account_id', 'text', column => column.primaryKey())
      .addColumn('requests', 'bigint', column => column.notNull())
      .addColumn('successes', 'bigint', column => column.notNull())
      .addColumn('failures', 'bigint', column => column.notNull())
      .addColumn('last_used_at', 'bigint')
      .addColumn('error_code', 'text')
      .addColumn('error_message', 'text')
      .addColumn('error_at', 'bigint')
      .execute()

    await schema
      .createTable('account_in_flight')
      .addColumn('account_id', 'text', column => column.notNull())
      .addColumn('process', 'text', column => column.notNull())
      .addColumn('requests', 'integer', column => column.notNull())
      .addColumn('until', 'bigint', column => column.notNull())
      .addPrimaryKeyConstraint('account_in_flight_key', ['account_id', 'process'])
      .execute()

    await schema
      .createTable('account_events')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('account_id', 'text', column => column.notNull())
      .addColumn('at', 'bigint', column => column.notNull())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('from_status', 'text')
      .addColumn('to_status', 'text')
      .addColumn('until', 'bigint')
      .addColumn('cause', 'text')
      .addColumn('detail', 'text')
      .addColumn('call_id', 'text')
      .addColumn('attempt', 'integer')
      .execute()
    await schema.createIndex('account_events_account').on('account_events').columns(['account_id', 'id']).execute()
    await schema.createIndex('account_events_at').on('account_events').column('at').execute()
  },
}
