import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { APPLICATION_ID } from '../../../../core/store/inspect.ts'
import { initial } from '../../../../core/store/migrations/0001-initial.ts'
import { connectSqlite, NodeSqliteDialect } from '../../../../core/store/node-sqlite.ts'
import { HOUR, makeCall, makeWorld, succeed } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

/** A database as the first version left it, with the rows that it would have of another one's accounts. */
async function firstVersion(folder: string, from: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'gateway.db')
  const connection = connectSqlite(file, 'NORMAL')
  connection.prepare(`PRAGMA application_id=${APPLICATION_ID}`).run([])
  const database = new Kysely<unknown>({ dialect: new NodeSqliteDialect({ database: connection }) })
  const { error } = await new Migrator({ db: database, provider: { getMigrations: () => Promise.resolve({ '0001-initial': initial }) } }).migrateToLatest()
  if (error !== undefined) throw error as Error
  await database.destroy()
  connection.close()
  const copy = new DatabaseSync(file)
  copy.prepare('attach database ? as source').run(join(from, 'gateway.db'))
  for (const table of ['meta', 'accounts', 'account_tokens', 'client_keys', 'leases']) {
    const columns = copy
      .prepare(`select name from pragma_table_info('${table}')`)
      .all()
      .map(row => `"${String(row.name)}"`)
      .join(', ')
    copy.exec(`insert into ${table} (${columns}) select ${columns} from source.${table}`)
  }
  copy.close()
}

describe('a database of the first version', () => {
  const folders = temporaryFolders()

  it('opens, keeps its accounts with their states, and learns to know them', async () => {
    const newer = folders.make()
    const world = await makeWorld({ dataDir: newer })
    const { clock } = world
    const [a, b] = await world.add('a', 'b')
    await world.directory.disable(b as string, 'by-operator')
    await world.close()

    const dataDir = join(folders.make(), 'data')
    await firstVersion(dataDir, newer)
    const opened = await makeWorld({ dataDir, clock })
    try {
      const before = await opened.directory.list()
      expect(before.map(({ id, state, usage, inFlight, quota }) => [id, state.status, usage.requests, inFlight, quota])).to.have.deep.members([
        [a, 'active', 0, 0, undefined],
        [b, 'disabled', 0, 0, undefined],
      ])
      expect(await opened.directory.history(a as string)).to.deep.equal([])

      opened.provider.quota = () => Promise.resolve({ buckets: [{ name: 'plan', used: 1, limit: 4, unit: 'credits' }] })
      const lease = await opened.pool.lease(makeCall())
      opened.events.emit('attempt.started', { call: 'call', account: lease.account.id, lane: lease.lane, number: 1 })
      succeed(lease)
      await opened.pool.readQuota(a as string)
      await clock.pass(5_000)
      await opened.directory.enable(b as string)
      const after = await opened.directory.show(a as string)
      expect(after.usage).to.include({ requests: 1, successes: 1 })
      expect(after.quota?.remaining).to.equal(0.75)
      expect(after.expiresAt).to.be.at.most(clock.now() + HOUR)
      expect((await opened.directory.history(b as string)).at(-1)).to.include({ kind: 'enabled', from: 'disabled', to: 'active' })
    } finally {
      await opened.close()
    }
  })
})
