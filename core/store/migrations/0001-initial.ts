import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Accounts with their tokens apart, client keys, leases between processes. */
export const initial: Migration = {
  async up(database: Kysely<unknown>) {
    const { schema } = database

    await schema
      .createTable('meta')
      .addColumn('key', 'text', column => column.primaryKey())
      .addColumn('value', 'text', column => column.notNull())
      .execute()

    await schema
      .createTable('accounts')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('provider', 'text', column => column.notNull())
      .addColumn('label', 'text', column => column.notNull())
      .addColumn('origin', 'text', column => column.notNull())
      .addColumn('source_hash', 'text', column => column.notNull())
      .addColumn('owner', 'text')
      .addColumn('facts', 'text', column => column.notNull())
      .addColumn('settings', 'text', column => column.notNull())
      .addColumn('disabled', 'integer', column => column.notNull())
      .addColumn('disabled_reason', 'text')
      .addColumn('disabled_since', 'bigint')
      .addColumn('status', 'text', column => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('since', 'bigint', column => column.notNull())
      .addColumn('until', 'bigint')
      .addColumn('failures', 'integer', column => column.notNull())
      .addColumn('health_epoch', 'integer', column => column.notNull())
      .addColumn('attached', 'integer', column => column.notNull())
      .addColumn('removed_at', 'bigint')
      .addColumn('seen_at', 'bigint', column => column.notNull())
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('revision', 'bigint', column => column.notNull())
      .execute()
    await schema.createIndex('accounts_source').on('accounts').columns(['provider', 'source_hash']).execute()
    await schema.createIndex('accounts_owner').unique().on('accounts').column('owner').execute()
    await schema.createIndex('accounts_revision').on('accounts').column('revision').execute()

    await schema
      .createTable('account_tokens')
      .addColumn('account_id', 'text', column => column.primaryKey().references('accounts.id').onDelete('cascade'))
      .addColumn('secret', 'text', column => column.notNull())
      .addColumn('previous', 'text')
      .addColumn('generation', 'integer', column => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('refreshed_at', 'bigint', column => column.notNull())
      .execute()

    await schema
      .createTable('client_keys')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('label', 'text', column => column.notNull())
      .addColumn('digest', 'text', column => column.notNull().unique())
      .addColumn('hint', 'text', column => column.notNull())
      .addColumn('models', 'text')
      .addColumn('created_at', 'bigint', column => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('revision', 'bigint', column => column.notNull())
      .execute()
    await schema.createIndex('client_keys_revision').on('client_keys').column('revision').execute()

    await schema
      .createTable('leases')
      .addColumn('name', 'text', column => column.primaryKey())
      .addColumn('owner', 'text', column => column.notNull())
      .addColumn('until', 'bigint', column => column.notNull())
      .execute()
  },
}
