import { spawnSync } from 'node:child_process'
import { expect } from 'chai'
import { LEASE_MS, Leases } from '../../../../core/store/leases.ts'
import { openStore } from '../../../../core/store/open.ts'
import { isGone, newOwner } from '../../../../core/store/process-identity.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { describePostgres } from '../../../support/postgres.ts'
import { onEveryStore } from '../../../support/store-backends.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

onEveryStore('leases between processes', backend => {
  let store: Store
  let clock: FakeClock
  let mine: Leases
  let other: Leases

  beforeEach(async () => {
    store = onOurTime(await backend().open())
    clock = new FakeClock()
    mine = new Leases({ store, clock })
    other = new Leases({ store, clock })
  })

  it('are held by one at a time, and free after the release', async () => {
    const lease = await mine.acquire('a')
    expect(lease).to.not.equal(undefined)
    expect(await other.acquire('a')).to.equal(undefined)
    expect(await mine.acquire('a'), 'nor by ourselves again').to.equal(undefined)
    expect(await other.acquire('b')).to.not.equal(undefined)
    await lease?.release()
    expect(await other.acquire('a')).to.not.equal(undefined)
  })

  it("end by themselves, after which the late holder can neither renew nor release what is another's", async () => {
    const lease = await mine.acquire('a')
    clock.advance(LEASE_MS)
    const next = await other.acquire('a')
    expect(next).to.not.equal(undefined)
    expect(await lease?.renew()).to.equal(false)
    await lease?.release()
    expect(await mine.acquire('a')).to.equal(undefined)
  })

  it('last on while renewed', async () => {
    const lease = await mine.acquire('a')
    for (let turn = 0; turn < 6; turn++) {
      clock.advance(LEASE_MS / 2)
      expect(await lease?.renew()).to.equal(true)
      expect(await other.acquire('a')).to.equal(undefined)
    }
  })

  it("do not outlive a minute of our own time when the holder's clock is hours ahead", async () => {
    const ahead = new FakeClock(clock.now() + 7_200_000)
    await new Leases({ store, clock: ahead }).acquire('a')
    expect(await mine.acquire('a')).to.equal(undefined)
    clock.advance(LEASE_MS - 1)
    expect(await mine.acquire('a')).to.equal(undefined)
    clock.advance(1)
    expect(await mine.acquire('a')).to.not.equal(undefined)
  })

  it('of a killed process are taken at once, of a living one never', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    const [scope = ''] = newOwner().split('|')
    const now = clock.now()
    const put = (owner: string) =>
      store.write(transaction =>
        transaction
          .insertInto('leases')
          .values({ name: 'a', owner, until: now + LEASE_MS })
          .onConflict(conflict => conflict.column('name').doUpdateSet({ owner }))
          .execute(),
      )
    await put(`${scope}|${process.ppid}|x`)
    expect(await mine.acquire('a')).to.equal(undefined)
    await put(`${scope}|${dead}|x`)
    expect(await mine.acquire('a')).to.not.equal(undefined)
  })

  it('are taken by one of many who try at once', async () => {
    const tries = await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? mine : other).acquire('a')))
    expect(tries.filter(lease => lease !== undefined)).to.have.length(1)
  })

  it('of another machine or container are never judged by a process number', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    expect(isGone(`elsewhere|${dead}|x`)).to.equal(false)
    expect(isGone(newOwner())).to.equal(false)
    expect(isGone('nonsense')).to.equal(false)
  })
})

describePostgres('leases between machines', server => {
  const folders = temporaryFolders()

  it('do not end early for one whose clock is hours ahead: the database has a clock for all', async () => {
    const store = await openStore({ dataDir: folders.make(), databaseUrl: await server().makeDatabase() })
    const behind = new Leases({ store, clock: new FakeClock(Date.now() - 7_200_000) })
    const ahead = new Leases({ store, clock: new FakeClock(Date.now() + 7_200_000) })
    const held = await behind.acquire('a')
    expect(await ahead.acquire('a')).to.equal(undefined)
    expect(await held?.renew()).to.equal(true)
    expect(await ahead.acquire('a')).to.equal(undefined)
    await store.write(transaction =>
      transaction
        .updateTable('leases')
        .set({ until: Date.now() - 1_000 })
        .execute(),
    )
    expect(await ahead.acquire('a')).to.not.equal(undefined)
    expect(await held?.renew(), 'the late holder').to.equal(false)
    await store.close()
  })
})

/** The tests own the time, also where the database has its own. */
function onOurTime(store: Store): Store {
  return { database: store.database, write: work => store.write(work), writeDurably: work => store.writeDurably(work), close: () => store.close() }
}
