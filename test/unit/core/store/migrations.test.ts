import { join } from 'node:path'
import { expect } from 'chai'
import { Kysely, PostgresDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { APPLICATION_ID } from '../../../../core/store/inspect.ts'
import { initial } from '../../../../core/store/migrations/0001-initial.ts'
import { MIGRATIONS } from '../../../../core/store/migrations/list.ts'
import { connectSqlite, NodeSqliteDialect } from '../../../../core/store/node-sqlite.ts'
import type { StoreOptions } from '../../../../core/store/open.ts'
import { PatientPool } from '../../../../core/store/postgres-pool.ts'
import { onSharedStores } from '../../../support/store-backends.ts'

/** As they were then, whatever columns came later. */
type FirstTables = Readonly<Record<'accounts' | 'account_tokens' | 'meta', Record<string, unknown>>>

onSharedStores('a database of the first version', backend => {
  it('opens with all that is in it, and gets the tables that came later', async () => {
    const account = {
      ...{ id: 'acc_1', provider: 'kiro', label: 'mine', origin: 'store', source_hash: 'h', owner: null, facts: '{"a":"b"}', settings: '{}' },
      ...{ disabled: 1, disabled_reason: 'by-operator', disabled_since: 1_795_000_000_000, status: 'active', reason: null, since: 1_795_000_000_001 },
      ...{ until: null, failures: 2, health_epoch: 3, attached: 1, removed_at: null, seen_at: 4, created_at: 5, revision: 6 },
    }
    const token = { account_id: 'acc_1', secret: 'v1.x', previous: null, generation: 7, expires_at: Number.MAX_SAFE_INTEGER, refreshed_at: 8 }
    const old = await firstVersion(backend().options)
    await old.insertInto('accounts').values(account).execute()
    await old.insertInto('account_tokens').values(token).execute()
    await old.insertInto('meta').values({ key: 'revision', value: '6' }).execute()
    await old.destroy()

    const store = await backend().open()
    const accounts = await store.database.selectFrom('accounts').selectAll().execute()
    expect(accounts).to.have.length(1)
    expect(accounts[0]).to.deep.include(account)
    expect(await store.database.selectFrom('account_tokens').selectAll().execute()).to.deep.equal([token])
    const tables = await store.database.introspection.getTables()
    expect(tables.map(({ name }) => name)).to.include.members(['accounts', 'account_quota', 'account_events'])
    expect(Object.keys(MIGRATIONS)).to.deep.equal(Object.keys(MIGRATIONS).sort())
  })
})

async function firstVersion({ dataDir, databaseUrl }: StoreOptions): Promise<Kysely<FirstTables>> {
  const database = databaseUrl === undefined ? sqlite(join(dataDir, 'gateway.db')) : await postgres(databaseUrl)
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve({ '0001-initial': initial }) },
    ...(databaseUrl !== undefined && { migrationTableSchema: 'kiro_gateway' }),
  })
  const { error } = await migrator.migrateToLatest()
  expect(error).to.equal(undefined)
  return database
}

function sqlite(file: string): Kysely<FirstTables> {
  const connection = connectSqlite(file, 'NORMAL')
  connection.prepare(`PRAGMA application_id=${APPLICATION_ID}`).run([])
  return new Kysely<FirstTables>({ dialect: new NodeSqliteDialect({ database: connection }) })
}

async function postgres(url: string): Promise<Kysely<FirstTables>> {
  const pool = await PatientPool.make({ url, shown: 'the test database', size: 2, patienceMs: 5_000 })
  return new Kysely<FirstTables>({ dialect: new PostgresDialect({ pool }) }).withSchema('kiro_gateway')
}
