import { expect } from 'chai'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { Leases } from '../../../../core/store/leases.ts'
import { openStore } from '../../../../core/store/open.ts'
import type { Store } from '../../../../core/store/store.ts'
import { type FakeSecret, HOUR, makeCall, makeWorld, MINUTE, rejection, succeed, type World } from '../../../support/accounts.ts'

const LOGIN = new GatewayError('needs_login', 'sign in again')

/** A promise and its ends. */
function gate<T>() {
  return Promise.withResolvers<T>()
}

describe('renewing credentials', () => {
  let world: World
  let id: string

  const expired = (): FakeSecret => ({ access: 'access-of-a-0', refresh: 'a-0', expiresAt: world.clock.now() - 1 })
  const stored = async () => (await world.directory.reveal(id)).credential as FakeSecret
  const state = async () => (await world.directory.show(id)).state
  const lease = () => world.pool.lease(makeCall())

  beforeEach(async () => {
    world = await makeWorld()
  })
  afterEach(() => world.close())

  it('happens once for a hundred leases of one expired token, and none sees the token before it is stored', async () => {
    id = await world.addSecret(expired())
    const answer = gate<FakeSecret>()
    world.provider.renewal = () => answer.promise
    const waiting = Array.from({ length: 100 }, async () => {
      const { account } = await lease()
      expect((await stored()).access).to.equal((account.credential as FakeSecret).access)
      return account
    })
    await world.clock.pass(0)
    answer.resolve({ access: 'new', refresh: 'a-1', expiresAt: world.clock.now() + HOUR })
    const accounts = await Promise.all(waiting)
    expect(world.provider.presented).to.deep.equal(['a-0'])
    expect(new Set(accounts.map(account => account.generation))).to.deep.equal(new Set([1]))
  })

  it('happens before the first use where the end is unknown, and lasts an hour where the answer does not say', async () => {
    id = await world.addSecret({ access: 'x', refresh: 'a-0' })
    world.provider.renewal = secret => Promise.resolve({ access: 'y', refresh: `${secret.refresh}-1` })
    await lease()
    await lease()
    expect(world.provider.presented).to.have.length(1)
    expect((await world.directory.show(id)).expiresAt).to.equal(world.clock.now() + HOUR)
  })

  it('happens ahead of the end by itself, for a cooled account too, and for a disabled or invalid one never', async () => {
    const [a, b, c] = await world.add('a', 'b', 'c')
    const cooled = await world.pool.lease(makeCall())
    expect(cooled.account.id).to.equal(a)
    cooled.failed(new GatewayError('account_rate_limited', 'slow down', { retryAfterMs: 2 * HOUR }))
    await world.directory.disable(b as string)
    await world.clock.pass(46 * MINUTE)
    expect([...world.provider.presented].sort()).to.deep.equal(['a-0', 'c-0'])
    await world.clock.pass(46 * MINUTE)
    expect([...world.provider.presented].sort()).to.deep.equal(['a-0', 'a-1', 'c-0', 'c-1'])
    world.provider.renewal = () => Promise.reject(LOGIN)
    await world.clock.pass(50 * MINUTE)
    const before = world.provider.presented.length
    await world.clock.pass(24 * HOUR)
    expect(world.provider.presented).to.have.length(before)
    expect((await world.directory.show(c as string)).state).to.include({ status: 'invalid', reason: 'needs_login' })
  })

  it('is measured from the receipt, whatever the wall clock does', async () => {
    await world.add('a')
    world.clock.setWall(world.clock.now() + 3 * HOUR)
    await lease()
    expect(world.provider.presented).to.deep.equal([])
    world.clock.setWall(world.clock.now() - 9 * HOUR)
    await world.clock.pass(44 * MINUTE)
    expect(world.provider.presented).to.deep.equal([])
    await world.clock.pass(2 * MINUTE)
    expect(world.provider.presented).to.deep.equal(['a-0'])
  })

  it('goes on when the client that caused it leaves', async () => {
    id = await world.addSecret(expired())
    const answer = gate<FakeSecret>()
    world.provider.renewal = () => answer.promise
    const controller = new AbortController()
    const left = rejection(world.pool.lease(makeCall({ signal: controller.signal })))
    await world.clock.pass(0)
    controller.abort(new Error('gone'))
    expect((await left).code).to.equal('cancelled')
    answer.resolve({ access: 'new', refresh: 'a-1', expiresAt: world.clock.now() + HOUR })
    await world.clock.pass(0)
    expect((await stored()).refresh).to.equal('a-1')
  })

  it('is waited for, with its commit, when the pool closes', async () => {
    id = await world.addSecret(expired())
    const answer = gate<FakeSecret>()
    world.provider.renewal = () => answer.promise
    const waiting = lease()
    await world.clock.pass(0)
    const closing = world.pool.close()
    answer.resolve({ access: 'new', refresh: 'a-1', expiresAt: world.clock.now() + HOUR })
    await closing
    await waiting
    expect((await stored()).refresh).to.equal('a-1')
  })

  it('uses the current token to its end while the upstream cannot renew it, and does not hammer', async () => {
    const [a] = await world.add('a')
    id = a as string
    world.provider.renewal = () => Promise.reject(new GatewayError('upstream_unreachable', 'down'))
    await world.clock.pass(59 * MINUTE)
    succeed(await lease())
    expect(world.provider.presented.length).to.be.within(3, 20)
    expect((await stored()).refresh).to.equal('a-0')
    await world.clock.pass(2 * MINUTE)
    expect((await rejection(lease())).code).to.equal('no_account')
    expect(world.states.at(-1)?.to).to.include({ status: 'unhealthy', reason: 'renewal-failed' })
    world.provider.renewal = secret => Promise.resolve(world.provider.next(secret))
    await world.clock.pass(2 * MINUTE)
    succeed(await lease())
    await world.pool.close()
    expect((await state()).status).to.equal('active')
  })

  it('repeats once after an answer of failure, and never after silence', async () => {
    id = await world.addSecret(expired())
    let calls = 0
    world.provider.renewal = secret =>
      calls++ === 0 ? Promise.reject(new GatewayError('upstream_failed', '500')) : Promise.resolve(world.provider.next(secret))
    const first = lease()
    await world.clock.pass(1_000)
    await first
    expect(calls).to.equal(2)

    world.provider.renewal = () => (calls++, new Promise(() => undefined))
    const renewing = rejection(world.pool.renew(await lease()))
    await world.clock.pass(14_900)
    await world.clock.pass(200)
    expect((await renewing).code).to.equal('upstream_timeout')
    expect(calls).to.equal(3)
  })

  it('keeps a credential that comes after the deadline', async () => {
    id = await world.addSecret(expired())
    const answer = gate<FakeSecret>()
    world.provider.renewal = () => answer.promise
    const failed = rejection(lease())
    await world.clock.pass(16_000)
    await failed
    answer.resolve({ access: 'late', refresh: 'a-1', expiresAt: world.clock.now() + HOUR })
    await world.clock.pass(0)
    expect((await stored()).access).to.equal('late')
  })

  it('forced by a refusal happens once per generation, however many were refused', async () => {
    await world.add('a')
    const leases = await Promise.all(Array.from({ length: 20 }, lease))
    const renewed = await Promise.all(leases.map(each => world.pool.renew(each)))
    expect(world.provider.presented).to.deep.equal(['a-0'])
    expect(renewed.every(each => each.account.generation === 1)).to.equal(true)
    await world.pool.renew(leases[0] as (typeof leases)[number])
    expect(world.provider.presented).to.have.length(1)
  })

  it('is left to another process, though the watch of the store is faster to bring the outcome', async () => {
    const secret = { access: 'access-of-a-0', refresh: 'a-0', expiresAt: world.clock.now() + HOUR }
    id = await world.addSecret(secret)
    const held = await new Leases({ store: world.store, clock: world.clock }).acquire(`refresh:${id}`)
    const renewing = world.pool.renew(await lease())
    await world.clock.pass(50)
    await (await otherProcess(world)).rotate(id, secret, world.provider.next(secret))
    await world.pool.reload(0)
    await held?.release()
    await world.clock.pass(200)
    expect((await renewing).account.generation).to.equal(1)
    expect(world.provider.presented).to.deep.equal([])
  })

  it('that the upstream refuses is no new sign-in where the watch of the store has brought another credential', async () => {
    id = await world.addSecret(expired())
    const elsewhere = await otherProcess(world)
    world.provider.renewal = async secret => {
      await elsewhere.rotate(id, secret, world.provider.next(secret))
      await world.pool.reload(0)
      throw LOGIN
    }
    expect((await lease()).account.generation).to.equal(1)
    expect((await state()).status).to.equal('active')
  })

  describe('that the upstream refuses for good', () => {
    it('asks for a new login, keeps the row, and asks the upstream no more', async () => {
      id = await world.addSecret(expired())
      world.provider.renewal = () => Promise.reject(LOGIN)
      expect((await rejection(lease())).code).to.equal('no_account')
      await rejection(lease())
      await world.clock.pass(60 * MINUTE)
      expect(world.provider.presented).to.deep.equal(['a-0'])
      await world.pool.close()
      expect(await state()).to.include({ status: 'invalid', reason: 'needs_login' })
      expect((await stored()).refresh).to.equal('a-0')
    })

    it('takes what another process has stored meanwhile instead', async () => {
      id = await world.addSecret(expired())
      const elsewhere = await otherProcess(world)
      world.provider.renewal = async secret => {
        await elsewhere.rotate(id, secret, world.provider.next(secret))
        throw LOGIN
      }
      const { account } = await lease()
      expect(account).to.deep.include({ generation: 1 })
      expect((account.credential as FakeSecret).refresh).to.equal('a-1')
      expect((await state()).status).to.equal('active')
    })

    it('tries the token before it once, where that does no harm', async () => {
      id = await world.addSecret(expired())
      await lease()
      world.provider.renewal = secret =>
        secret.refresh === 'a-0' ? Promise.resolve({ ...world.provider.next(secret), refresh: 'a-7' }) : Promise.reject(LOGIN)
      const renewed = await world.pool.renew(await lease())
      expect(world.provider.presented).to.deep.equal(['a-0', 'a-1', 'a-0'])
      expect((renewed.account.credential as FakeSecret).refresh).to.equal('a-7')
    })

    it('tries it not where the provider forbids it, nor after the newer one has worked', async () => {
      id = await world.addSecret(expired())
      world.provider.replayable = false
      await lease()
      world.provider.renewal = () => Promise.reject(LOGIN)
      expect((await rejection(world.pool.renew(await lease()))).code).to.equal('needs_login')
      expect(world.provider.presented).to.deep.equal(['a-0', 'a-1'])

      world.provider.replayable = true
      await world.directory.restore(id)
      succeed(await lease())
      await rejection(world.pool.renew(await lease()))
      expect(world.provider.presented).to.deep.equal(['a-0', 'a-1', 'a-1'])
    })
  })
})

describe('a rotation that the store cannot take', () => {
  it('is held, shown and stored later; meanwhile the account is neither used nor renewed', async () => {
    const store = await openStore({ dataDir: ':memory:' })
    let full = false
    const failing: Store = {
      ...{ database: store.database, write: store.write.bind(store), close: store.close.bind(store) },
      writeDurably: work => (full ? Promise.reject(new GatewayError('store_unavailable', 'disk full')) : store.writeDurably(work)),
    }
    const world = await makeWorld({ store: failing })
    const id = await world.addSecret({ access: 'access-of-a-0', refresh: 'a-0', expiresAt: world.clock.now() - 1 })
    full = true
    expect((await rejection(world.pool.lease(makeCall()))).code).to.equal('no_account')
    expect(world.pool.problems().join()).to.contain(id)
    await world.clock.pass(5 * MINUTE)
    await rejection(world.pool.lease(makeCall()))
    expect(world.provider.presented).to.deep.equal(['a-0'])
    // Another process would present the token that the unstored one has replaced.
    const others = new Leases({ store, clock: world.clock })
    expect(await others.acquire(`refresh:${id}`)).to.equal(undefined)
    full = false
    await world.clock.pass(20_000)
    expect(world.pool.problems()).to.deep.equal([])
    expect(await others.acquire(`refresh:${id}`)).to.not.equal(undefined)
    expect(((await world.pool.lease(makeCall())).account.credential as FakeSecret).refresh).to.equal('a-1')
    expect(world.provider.presented).to.deep.equal(['a-0'])
    await world.close()
  })

  it('is stored at the latest when the pool closes', async () => {
    const store = await openStore({ dataDir: ':memory:' })
    // The start meets the full disk as well, and goes on.
    let failures = 1
    const failing: Store = {
      ...{ database: store.database, write: store.write.bind(store), close: store.close.bind(store) },
      writeDurably: work => (failures-- === 0 ? Promise.reject(new GatewayError('store_unavailable', 'disk full')) : store.writeDurably(work)),
    }
    const world = await makeWorld({ store: failing })
    failures = 1
    const id = await world.addSecret({ access: 'access-of-a-0', refresh: 'a-0', expiresAt: world.clock.now() - 1 })
    await rejection(world.pool.lease(makeCall()))
    await world.pool.close()
    expect(((await world.directory.reveal(id)).credential as FakeSecret).refresh).to.equal('a-1')
    await world.close()
  })
})

/** What another process on the same store does, without its memory. */
async function otherProcess(world: World) {
  const { TokenStore } = await import('../../../../core/accounts/token-store.ts')
  const tokens = new TokenStore(world)
  return {
    rotate: async (account: string, spent: unknown, next: unknown) => {
      const generation = (await tokens.read(account))?.generation ?? 0
      return tokens.rotate({ account, generation, spent, next, expiresAt: world.clock.now() + HOUR })
    },
  }
}
