import { expect } from 'chai'
import { sql } from 'kysely'
import { openStore } from '../../../../core/store/open.ts'
import { currentRevision, nextRevision } from '../../../../core/store/revision.ts'
import type { Store } from '../../../../core/store/store.ts'
import { rejection } from '../../../support/accounts.ts'
import { describePostgres, POSTGRES_PASSWORD } from '../../../support/postgres.ts'
import { type Relay, startRelay } from '../../../support/relay.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

/** In place of the seconds that a gateway waits. */
const PATIENCE_MS = 600

describePostgres('the store on PostgreSQL', server => {
  const folders = temporaryFolders()
  const stores: Store[] = []
  let databaseUrl: string
  let relay: Relay

  beforeEach(async () => {
    databaseUrl = await server().makeDatabase()
    relay = await startRelay(server().port)
  })
  afterEach(async () => {
    relay.restore()
    for (const store of stores.splice(0)) await store.close()
    await relay.close()
  })

  const open = async (url = databaseUrl) => {
    const store = await openStore({ dataDir: folders.make(), databaseUrl: url, patienceMs: PATIENCE_MS })
    stores.push(store)
    return store
  }
  const relayed = () => databaseUrl.replace(`:${server().port}/`, `:${relay.port}/`)
  const refusal = async (work: () => Promise<unknown>) => {
    const started = performance.now()
    const error = await rejection(work())
    expect(error.code, error.stack).to.equal('store_unavailable')
    expect(error.message).to.not.contain(POSTGRES_PASSWORD)
    expect(error.message).to.contain(`postgres://127.0.0.1:${relay.port}/`)
    expect(performance.now() - started).to.be.lessThan(PATIENCE_MS * 3)
    return error
  }

  it('has its tables in a namespace of its own, beside those of others', async () => {
    await server().query(databaseUrl, 'create table accounts (mine int); insert into accounts values (1)')
    const store = await open()
    expect(await store.database.selectFrom('accounts').selectAll().execute()).to.deep.equal([])
    expect(await server().query(databaseUrl, 'select * from public.accounts')).to.deep.equal([{ mine: 1 }])
  })

  it("refuses a namespace of that name which is another program's, and leaves it untouched", async () => {
    await server().query(databaseUrl, 'create schema kiro_gateway; create table kiro_gateway.notes (text text)')
    expect((await rejection(open())).message).to.match(/was not made by this gateway/)
    const tables = await server().query(databaseUrl, "select table_name from information_schema.tables where table_schema = 'kiro_gateway'")
    expect(tables).to.deep.equal([{ table_name: 'notes' }])
  })

  it('makes a renewed credential durable on the standbys as well, and the rest on its own disk', async () => {
    const store = await open()
    const commit = async (write: Store['write']) =>
      (await write(transaction => sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(transaction))).rows[0]?.synchronous_commit
    expect(await commit(work => store.writeDurably(work))).to.equal('on')
    expect(await commit(work => store.write(work))).to.equal('local')
  })

  const wrong: readonly (readonly [string, (url: string) => string, RegExp])[] = [
    ['a wrong password', url => url.replace(POSTGRES_PASSWORD, 'another-planted-password'), /refuses user or password: correct DATABASE_URL/],
    ['a database that is not there', url => `${url}_elsewhere`, /does not exist: create it/],
    ['a server that does not listen', url => url.replace(/:\d+\//, ':1/'), /cannot be reached \(ECONNREFUSED\): start the server/],
  ]
  for (const [name, change, message] of wrong) {
    it(`says what is wrong with ${name}, without any password`, async () => {
      const error = await rejection(open(change(databaseUrl)))
      expect(error.code).to.equal('store_unavailable')
      expect(error.message).to.match(message).and.contain('postgres://127.0.0.1:')
      expect(`${error.stack}`).to.not.contain('planted')
    })
  }

  it('says that an address is none, without repeating it', async () => {
    const error = await rejection(open('mysql://owner:planted@host/db'))
    expect(error.message).to.contain('DATABASE_URL').and.not.contain('planted')
  })

  it('waits a bounded time for a server that is away, for reads and for any number of writes, and has it back at once', async () => {
    const store = await open(relayed())
    await store.write(nextRevision)
    relay.refuse()
    const writes = Array.from({ length: 30 }, () => refusal(() => store.write(nextRevision)))
    expect((await refusal(() => currentRevision(store))).message).to.contain('cannot be reached')
    await Promise.all(writes)
    relay.restore()
    expect(await store.writeDurably(nextRevision)).to.equal(2)
    expect(await currentRevision(store)).to.equal(2)
  })

  it('does not notice at all when the server is away for less than that', async () => {
    const store = await open(relayed())
    await store.write(nextRevision)
    relay.refuse()
    const writing = store.write(nextRevision)
    const reading = currentRevision(store)
    setTimeout(() => relay.restore(), PATIENCE_MS / 3)
    expect(await writing).to.equal(2)
    expect(await reading).to.be.oneOf([1, 2])
  })

  it('gives up on a server that takes everything and answers nothing, and uses none of those connections again', async () => {
    const store = await open(relayed())
    await store.write(nextRevision)
    await currentRevision(store)
    relay.swallow()
    await Promise.all([refusal(() => store.write(nextRevision)), refusal(() => currentRevision(store))])
    relay.restore()
    expect(await store.write(nextRevision)).to.be.oneOf([2, 3])
    expect(await currentRevision(store)).to.be.oneOf([2, 3])
  })

  it('does not do a piece of work twice whose end it does not know', async () => {
    const store = await open(relayed())
    let times = 0
    const work = store.write(async transaction => {
      times++
      await nextRevision(transaction)
      relay.cut()
    })
    await refusal(() => work)
    expect(times).to.equal(1)
    expect(await store.write(nextRevision)).to.equal(1)
  })

  it('ends the transaction of a process that stands still, so that others can go on', async () => {
    const still = await open()
    const other = await open()
    let go = () => {}
    const stopped = new Promise<void>(resolve => (go = resolve))
    const paused = still.write(async transaction => {
      await nextRevision(transaction)
      await stopped
      await nextRevision(transaction)
    })
    paused.catch(() => undefined)
    await eventuallyWriting(still)
    expect(await other.write(nextRevision), 'the paused one wrote nothing').to.equal(1)
    go()
    const late = await rejection(paused)
    expect(late.code).to.equal('store_unavailable')
    expect(await currentRevision(other)).to.equal(1)
    expect(await still.write(nextRevision)).to.equal(2)
  })

  it('has everything that was written after the server crashed, and connects again by itself', async () => {
    const store = await open()
    await store.write(nextRevision)
    await store.writeDurably(nextRevision)
    await server().crash()
    await rejection(store.write(nextRevision))
    await server().start()
    expect(await store.write(nextRevision)).to.equal(3)
  })

  it('closes while the server is away', async () => {
    const store = await open(relayed())
    await store.write(nextRevision)
    relay.refuse()
    await store.close()
  })

  /** Until the other's transaction has its turn. */
  async function eventuallyWriting(store: Store): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ held: number }>`select count(*) as held from pg_locks where locktype = 'advisory'`.execute(store.database)
      if ((rows[0]?.held ?? 0) > 0) return
    }
  }
})
