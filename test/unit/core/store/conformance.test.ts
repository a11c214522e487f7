import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { sql } from 'kysely'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { openStore } from '../../../../core/store/open.ts'
import { currentRevision, nextRevision, RevisionWatch } from '../../../../core/store/revision.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { rejection, silent } from '../../../support/accounts.ts'
import { onEveryStore, onSharedStores } from '../../../support/store-backends.ts'

const CHILD = fileURLToPath(new URL('../../../support/store-child.ts', import.meta.url))

const put = (store: Store, key: string, value = '1') => store.write(transaction => transaction.insertInto('meta').values({ key, value }).execute())
const keys = async (store: Store) => (await store.database.selectFrom('meta').select('key').orderBy('key').execute()).map(row => row.key)

onEveryStore('the store', backend => {
  let store: Store
  beforeEach(async () => {
    store = await backend().open()
  })

  it('runs many writes of both kinds, each whole', async () => {
    const write = (index: number) => (index % 2 === 0 ? store.writeDurably : store.write).call(store, nextRevision)
    const revisions = await Promise.all(Array.from({ length: 40 }, (_, index) => write(index)))
    expect(new Set(revisions).size).to.equal(40)
    expect(await currentRevision(store)).to.equal(40)
  })

  it('undoes everything of a write that fails, and goes on with the next', async () => {
    const failing = store.write(async transaction => {
      await transaction.insertInto('meta').values({ key: 'half', value: '1' }).execute()
      throw new GatewayError('not_found', 'no such thing')
    })
    expect((await rejection(failing)).code).to.equal('not_found')
    await put(store, 'whole')
    expect(await keys(store)).to.deep.equal(['whole'])
  })

  it('goes on after a statement that the database refused', async () => {
    await put(store, 'a')
    const error = await rejection(put(store, 'a'))
    expect(error.code, 'a mistake of ours, not of the place').to.equal('internal')
    await put(store, 'b')
    expect(await keys(store)).to.deep.equal(['a', 'b'])
  })

  it('finishes writes that were asked for before it closes, and takes none after', async () => {
    const early = put(store, 'early')
    const closing = store.close()
    expect((await rejection(put(store, 'late'))).code).to.equal('store_unavailable')
    await early
    await closing
  })

  it('gives numbers as numbers, up to the largest that a column holds', async () => {
    const account = {
      id: 'a',
      provider: 'p',
      label: '',
      origin: 'store',
      source_hash: 'h',
      owner: null,
      facts: '{}',
      settings: '{}',
      disabled: 0,
      disabled_reason: null,
    }
    const rest = {
      disabled_since: null,
      status: 'active',
      reason: null,
      until: null,
      failures: 3,
      health_epoch: 0,
      attached: 1,
      removed_at: null,
      created_at: 1,
    }
    const times = { since: 1_795_000_000_123, seen_at: Number.MAX_SAFE_INTEGER, revision: 7 }
    await store.write(transaction =>
      transaction
        .insertInto('accounts')
        .values({ ...account, ...rest, ...times })
        .execute(),
    )
    const row = await store.database.selectFrom('accounts').selectAll().executeTakeFirstOrThrow()
    expect(row).to.deep.include({ ...times, failures: 3, until: null })
    const sums = await store.database
      .selectFrom('accounts')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number>('revision').as('sum'), fn.max('since').as('latest')])
      .executeTakeFirstOrThrow()
    expect(sums).to.deep.equal({ count: 1, sum: 7, latest: times.since })
  })

  it('tells how many rows a write changed', async () => {
    await put(store, 'a')
    const update = (key: string) => store.write(transaction => transaction.updateTable('meta').set({ value: '2' }).where('key', '=', key).executeTakeFirst())
    expect((await update('a')).numUpdatedRows).to.equal(1n)
    expect((await update('b')).numUpdatedRows).to.equal(0n)
  })

  it('sorts and compares texts by their bytes', async () => {
    const names = ['a', 'B', '_', '-b', 'é', 'aa', 'A', '10', '9', '文']
    for (const name of names) await put(store, name)
    expect(await keys(store)).to.deep.equal([...names].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))))
    const after = await store.database.selectFrom('meta').select('key').where('key', '>', 'Z').orderBy('key').limit(2).execute()
    expect(after.map(row => row.key)).to.deep.equal(['_', 'a'])
  })

  it('takes every text that a client may send, and never takes it for a statement', async () => {
    for (const text of ["'; drop table meta; --", '\u0000', 'a\u0000b', '\ud800', '$1', '💥', 'x'.repeat(100_000)]) {
      await store.write(transaction => transaction.insertInto('meta').values({ key: 'k', value: text }).execute())
      const { value } = await store.database.selectFrom('meta').select('value').where('key', '=', 'k').executeTakeFirstOrThrow()
      expect(value.length).to.equal(text.length)
      await store.write(transaction => transaction.deleteFrom('meta').where('value', '=', text).execute())
      expect(await keys(store)).to.deep.equal([])
    }
  })

  it('lets nobody change a row under a parent that is gone', async () => {
    const orphan = { account_id: 'nobody', secret: 's', previous: null, generation: 1, expires_at: null, refreshed_at: 1 }
    await rejection(store.write(transaction => transaction.insertInto('account_tokens').values(orphan).execute()))
    expect(await store.database.selectFrom('account_tokens').selectAll().execute()).to.deep.equal([])
  })
})

onSharedStores('one database of several processes', backend => {
  let mine: Store
  let other: Store
  beforeEach(async () => {
    mine = await backend().open()
    other = await backend().open()
  })

  it('shows nothing of a transaction before its end', async () => {
    let look = () => {}
    const looked = new Promise<void>(resolve => (look = resolve))
    const writing = mine.write(async transaction => {
      await transaction.insertInto('meta').values({ key: 'half', value: '1' }).execute()
      await looked
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(await keys(other)).to.deep.equal([])
    look()
    await writing
    expect(await keys(other)).to.deep.equal(['half'])
  })

  it('tells a process within a second what another one changed', async () => {
    const clock = new FakeClock()
    const watch = new RevisionWatch({ store: mine, clock, log: silent })
    const seen: number[] = []
    watch.onChange(since => {
      seen.push(since)
      return Promise.resolve()
    })
    const second = async () => {
      clock.advance(1_000)
      await watch.check()
    }
    await watch.start()
    await second()
    expect(seen).to.deep.equal([])
    await other.write(nextRevision)
    await other.writeDurably(nextRevision)
    await second()
    expect(seen).to.deep.equal([0])
    await other.write(nextRevision)
    await second()
    expect(seen).to.deep.equal([0, 2])
    await watch.close()
  })

  it('refuses a database of a newer version and leaves it untouched', async () => {
    await put(mine, 'kept')
    await sql`insert into ${migrations(backend().name)} (name, timestamp) values ('9999-later', '2030-01-01T00:00:00.000Z')`.execute(mine.database)
    const error = await rejection(backend().open())
    expect(error.code).to.equal('store_unavailable')
    expect(error.message)
      .to.contain('newer version')
      .and.contain(backend().name === 'PostgreSQL' ? 'DATABASE_URL' : 'DATA_DIR')
    const { rows } = await sql<{ name: string }>`select name from ${migrations(backend().name)} order by name`.execute(mine.database)
    expect(rows.at(-1)).to.deep.equal({ name: '9999-later' })
    expect(await keys(mine)).to.deep.equal(['kept'])
  })
})

onSharedStores('processes on one database', backend => {
  const children: ChildProcess[] = []
  const count = (times: number) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(backend().options), String(times)], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const said: number[] = []
    createInterface({ input: child.stdout }).on('line', line => said.push(Number(line)))
    return { child, said, ended: once(child, 'close').then(([code]) => code as number | null) }
  }
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'close')
    }
  })

  it('make it together, and what a transaction has read is true until it writes', async function () {
    this.timeout(30_000)
    const counting = Array.from({ length: 3 }, () => count(20))
    for (const { ended } of counting) expect(await ended).to.equal(0)
    const said = counting.flatMap(each => each.said)
    expect(said.sort((one, other) => one - other)).to.deep.equal(Array.from({ length: 60 }, (_, index) => index + 1))
    expect(await currentRevision(await backend().open())).to.equal(60)
  })

  it('may be killed at any instant: the next opens it with everything that was said to be written', async function () {
    this.timeout(60_000)
    let least = 0
    for (let kill = 0; kill < 5; kill++) {
      const { child, said, ended } = count(1_000_000)
      await once(child.stdout as Readable, 'data')
      await new Promise(resolve => setTimeout(resolve, Math.random() * 40))
      child.kill('SIGKILL')
      await ended
      least = Math.max(least, said.at(-1) ?? 0)
      const store = await openStore(backend().options)
      const { value } = await store.database.selectFrom('meta').select('value').where('key', '=', 'counter').executeTakeFirstOrThrow()
      expect(await currentRevision(store), 'one transaction, whole').to.equal(Number(value))
      expect(Number(value)).to.be.at.least(least)
      await store.close()
    }
  })
})

function migrations(name: string) {
  return sql.table(name === 'PostgreSQL' ? 'kiro_gateway.kysely_migration' : 'kysely_migration')
}
