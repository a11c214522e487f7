import { expect } from 'chai'
import type { Quota } from '../../../../core/contract/account.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, HOUR, makeCall, makeWorld, MINUTE, rejection, succeed, type World } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

const DAY = 24 * HOUR

describe('the watch over quotas', () => {
  const folders = temporaryFolders()
  let world: World
  let asked: string[]
  /** What is left of each account, by its label; 100 by default. */
  let left: Record<string, number>
  let resetsAt: number

  const quotaOf = (label: string): Quota => ({
    plan: 'pro',
    buckets: [{ name: 'plan', used: 100 - (left[label] ?? 100), limit: 100, unit: 'credits', resetsAt }],
  })
  const refused = (more: { retryAfterMs?: number } = {}) => new GatewayError('quota_exhausted', 'used up', more)

  beforeEach(async () => {
    world = await makeWorld({ dataDir: folders.make() })
    asked = []
    left = {}
    resetsAt = world.clock.now() + 9 * DAY
    world.provider.quota = ({ label }) => {
      asked.push(label)
      return Promise.resolve(quotaOf(label))
    }
  })
  afterEach(() => world.close())

  const use = async () => succeed(await world.pool.lease(makeCall()))
  /** What the engine tells of an attempt; the pool's own tests lease without it. */
  const tell = (account: string) => world.events.emit('attempt.started', { call: 'call', account, lane: { id: 'fake', origin: '' }, number: 1 })

  it('reads an account soon after it is there, then a few times a day while nobody uses it', async () => {
    await world.add('a')
    await world.clock.pass(MINUTE)
    expect(asked).to.deep.equal(['a'])
    await world.clock.pass(5 * HOUR)
    expect(asked).to.have.length(1)
    await world.clock.pass(2 * HOUR)
    expect(asked).to.have.length(2)
  })

  it('reads an account in use every quarter of an hour', async () => {
    const [a] = await world.add('a')
    await world.clock.pass(MINUTE)
    for (let minute = 0; minute < 60; minute++) {
      await use()
      tell(a as string)
      await world.clock.pass(MINUTE)
    }
    expect(asked.length).to.be.within(4, 5)
  })

  it('lets an account rest before a request has to fail, and tries it with one request once its quota is filled up', async () => {
    const [a] = await world.add('a', 'b')
    left.a = 0
    await world.clock.pass(MINUTE)
    for (let turn = 0; turn < 4; turn++) expect((await world.pool.lease(makeCall())).account.id).to.not.equal(a)
    expect((await world.directory.show(a as string)).state).to.include({ status: 'exhausted', reason: 'quota_exhausted', until: resetsAt })
    left = { a: 100, b: 0 }
    resetsAt += 9 * DAY
    await world.clock.pass(9 * DAY)
    const probe = await world.pool.lease(makeCall())
    expect(probe.account.id).to.equal(a)
    expect((await rejection(world.pool.lease(makeCall()))).code).to.equal('all_cooling')
    succeed(probe)
    succeed(await world.pool.lease(makeCall()))
  })

  it('asks soon after a refusal without a date when the quota comes back', async () => {
    const [a] = await world.add('a')
    await world.clock.pass(MINUTE)
    left.a = 0
    fail(await world.pool.lease(makeCall()), refused())
    expect((await world.directory.show(a as string)).state.until, 'before the reading').to.equal(undefined)
    await world.clock.pass(30_000)
    expect(asked).to.have.length(2)
    expect((await world.directory.show(a as string)).state).to.include({ status: 'exhausted', until: resetsAt })
  })

  it('brings an account back whose quota was filled up before its date', async () => {
    const [a] = await world.add('a')
    await world.clock.pass(MINUTE)
    left.a = 0
    fail(await world.pool.lease(makeCall()), refused())
    await world.clock.pass(10 * MINUTE)
    expect((await rejection(world.pool.lease(makeCall()))).code).to.equal('all_exhausted')
    left.a = 50
    await world.clock.pass(HOUR)
    expect((await world.directory.show(a as string)).state).to.include({ status: 'active' })
    succeed(await world.pool.lease(makeCall()))
  })

  it('leaves accounts alone that are switched off, signed out, suspended or under suspicion', async () => {
    const ids = await world.add('a', 'b', 'c', 'd')
    await world.clock.pass(MINUTE)
    await world.directory.disable(ids[0] as string)
    const errors = { [ids[1] as string]: 'needs_login', [ids[2] as string]: 'account_suspended', [ids[3] as string]: 'account_suspicious' } as const
    for (let turn = 0; turn < 3; turn++) {
      const lease = await world.pool.lease(makeCall())
      fail(lease, new GatewayError(errors[lease.account.id] as 'needs_login', 'x', { retryAfterMs: 12 * HOUR }))
    }
    asked.length = 0
    await world.clock.pass(8 * HOUR)
    expect(asked).to.deep.equal([])
    await world.directory.enable(ids[0] as string)
    await world.clock.pass(7 * HOUR)
    expect(asked).to.include('a')
  })

  it('stays away longer and longer from what cannot be read, and changes nothing for it', async () => {
    const [a] = await world.add('a')
    const before = (await world.directory.show(a as string)).state
    world.provider.quota = ({ label }) => {
      asked.push(label)
      return Promise.reject(new GatewayError('token_rejected', 'not like this'))
    }
    await world.clock.pass(10 * MINUTE)
    expect(asked.length).to.be.within(3, 4)
    await world.clock.pass(10 * HOUR)
    expect(asked.length).to.be.below(18)
    expect((await world.directory.show(a as string)).state).to.deep.equal(before)
  })

  it('believes one failure: that the account is suspended', async () => {
    const [a] = await world.add('a')
    world.provider.quota = () => Promise.reject(new GatewayError('account_suspended', 'locked'))
    await world.clock.pass(MINUTE)
    expect((await world.directory.show(a as string)).state).to.include({ status: 'suspended' })
    expect((await world.directory.history(a as string)).at(-1)).to.include({ kind: 'state', to: 'suspended', cause: 'account_suspended' })
  })

  it('gives up on a reading that does not end, and asks few upstreams at once', async () => {
    await world.add(...'abcdefghij')
    world.provider.quota = ({ label }) => {
      asked.push(label)
      return new Promise(() => undefined)
    }
    await world.clock.pass(50_000)
    expect(asked).to.have.length(4)
    await world.clock.pass(40_000)
    expect(asked.length).to.equal(8)
  })

  it('reads once however many ask, and tells what it met', async () => {
    const [a] = await world.add('a')
    const readings = await Promise.all([1, 2, 3].map(() => world.pool.readQuota(a as string)))
    expect(asked).to.have.length(1)
    expect(readings[0]).to.deep.include({ remaining: 1, quota: quotaOf('a') })
    expect((await rejection(world.pool.readQuota('acc_none'))).code).to.equal('not_found')
    delete world.provider.quota
    expect((await rejection(world.pool.readQuota(a as string))).code).to.equal('unsupported')
  })

  it('renews a token that has ended before it reads', async () => {
    const [a] = await world.add('a')
    const used: string[] = []
    world.provider.quota = ({ credential }) => {
      used.push(credential.access)
      return Promise.resolve(quotaOf('a'))
    }
    await world.clock.pass(MINUTE)
    world.clock.advance(2 * HOUR)
    await world.pool.readQuota(a as string)
    expect(used.at(-1)).to.equal('access-of-a-1')
  })

  it('shares what one process reads with the others', async () => {
    const dataDir = folders.make()
    const one = await makeWorld({ dataDir, clock: world.clock })
    const other = await makeWorld({ dataDir, clock: world.clock })
    try {
      one.provider.quota = () => Promise.resolve(quotaOf('a'))
      left.a = 0
      const [a] = await one.add('a')
      await other.pool.reload(0)
      const { value: seen } = await other.store.database.selectFrom('meta').select('value').where('key', '=', 'revision').executeTakeFirstOrThrow()
      await one.pool.readQuota(a as string)
      await other.pool.reload(Number(seen))
      expect((await rejection(other.pool.lease(makeCall()))).code).to.equal('all_exhausted')
      expect((await other.directory.show(a as string)).quota).to.deep.include({ remaining: 0, quota: quotaOf('a') })
    } finally {
      await one.close()
      await other.close()
    }
  })

  it('takes what answers tell, without a call of its own', async () => {
    delete world.provider.quota
    const [a] = await world.add('a')
    const lease = await world.pool.lease(makeCall())
    lease.observed?.({ buckets: [{ name: 'requests', used: 4, limit: 60, unit: 'requests' }] })
    succeed(lease)
    await world.clock.pass(MINUTE)
    expect((await world.directory.show(a as string)).quota?.remaining).to.be.closeTo(56 / 60, 1e-9)
    const last = await world.pool.lease(makeCall())
    last.observed?.({ buckets: [{ name: 'requests', used: 60, limit: 60, unit: 'requests', resetsAt: world.clock.now() + 30_000 }] })
    succeed(last)
    expect((await rejection(world.pool.lease(makeCall()))).code).to.equal('all_cooling')
    await world.clock.pass(30_000)
    succeed(await world.pool.lease(makeCall()))
  })

  it('renews a token once that a reading finds refused, and asks again with the new one', async () => {
    const [a] = await world.add('a')
    const id = a as string
    const refused = new GatewayError('token_rejected', 'sign in again', { remedy: 'refresh-token' })
    let good = 1
    world.provider.quota = ({ label, generation }) => {
      asked.push(`${label} ${generation}`)
      return generation < good ? Promise.reject(refused) : Promise.resolve(quotaOf(label))
    }
    expect((await world.pool.readQuota(id)).remaining).to.equal(1)
    expect(asked).to.deep.equal(['a 0', 'a 1'])
    // A new token that is refused as well is no matter of time, and costs the sign-in service no more.
    good = 9
    for (let turn = 0; turn < 3; turn++) expect((await rejection(world.pool.readQuota(id))).code).to.equal('token_rejected')
    expect(world.provider.presented).to.deep.equal(['a-0', 'a-1'])
    expect((await world.directory.show(id)).state.status).to.equal('active')
  })

  it('forgets the reading of an account that is restored, in every process', async () => {
    const [a] = await world.add('a')
    const id = a as string
    left.a = 0
    await world.pool.readQuota(id)
    await world.clock.pass(2_000)
    delete world.provider.quota
    const { changed, quota } = await world.directory.restore(id)
    expect([changed, quota]).to.deep.equal([true, undefined])
    await world.clock.pass(2 * HOUR)
    expect((await world.directory.show(id)).quota).to.equal(undefined)
    expect((await world.directory.restore(id)).changed).to.equal(false)
    const known: unknown[] = []
    world.events.on('account.quota', ({ before }) => known.push(before))
    world.provider.quota = () => Promise.resolve(quotaOf('b'))
    await world.pool.readQuota(id)
    expect(known, 'nor does whoever chooses accounts know it').to.deep.equal([undefined])
  })

  it('knows after a restart what was read before it', async () => {
    const dataDir = folders.make()
    const first = await makeWorld({ dataDir, clock: world.clock })
    first.provider.quota = () => Promise.resolve(quotaOf('a'))
    left.a = 0
    const [a] = await first.add('a')
    await first.pool.readQuota(a as string)
    await first.close()
    const second = await makeWorld({ dataDir, clock: world.clock })
    try {
      expect((await second.directory.show(a as string)).state.status).to.equal('exhausted')
      expect((await rejection(second.pool.lease(makeCall()))).code).to.equal('all_exhausted')
      await second.directory.restore(a as string)
      succeed(await second.pool.lease(makeCall()))
    } finally {
      await second.close()
    }
  })
})
