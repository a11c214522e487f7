import { spawnSync } from 'node:child_process'
import { expect } from 'chai'
import { LEASE_MS, Leases } from '../../../../core/store/leases.ts'
import { openStore } from '../../../../core/store/open.ts'
import { isGone, newOwner } from '../../../../core/store/process-identity.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'

describe('leases between processes', () => {
  let store: Store
  let clock: FakeClock
  let mine: Leases
  let other: Leases

  beforeEach(async () => {
    store = await openStore({ dataDir: ':memory:' })
    clock = new FakeClock()
    mine = new Leases({ store, clock })
    other = new Leases({ store, clock })
  })
  afterEach(() => store.close())

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
          .replaceInto('leases')
          .values({ name: 'a', owner, until: now + LEASE_MS })
          .execute(),
      )
    await put(`${scope}|${process.ppid}|x`)
    expect(await mine.acquire('a')).to.equal(undefined)
    await put(`${scope}|${dead}|x`)
    expect(await mine.acquire('a')).to.not.equal(undefined)
  })

  it('of another machine or container are never judged by a process number', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    expect(isGone(`elsewhere|${dead}|x`)).to.equal(false)
    expect(isGone(newOwner())).to.equal(false)
    expect(isGone('nonsense')).to.equal(false)
  })
})
