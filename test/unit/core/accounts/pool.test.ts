import { expect } from 'chai'
import type { AttemptRecord } from '../../../../core/contract/call.ts'
import { type ErrorCode } from '../../../../core/errors/codes.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, FakeProvider, HOUR, makeCall, makeWorld, MINUTE, rejection, succeed, type World } from '../../../support/accounts.ts'

const error = (code: ErrorCode, retryAfterMs?: number) => new GatewayError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs })

describe('the account pool', () => {
  let world: World

  beforeEach(async () => {
    world = await makeWorld()
  })
  afterEach(() => world.close())

  const lease = (options = {}) => world.pool.lease(makeCall(options))
  /** Leases and gives back, as many times as asked. */
  const turns = async (count: number, options = {}) => {
    const ids: string[] = []
    for (let turn = 0; turn < count; turn++) {
      const leased = await lease(options)
      ids.push(leased.account.id)
      succeed(leased)
    }
    return ids
  }

  it('takes accounts in turn', async () => {
    const ids = await world.add('a', 'b', 'c')
    expect(await turns(6)).to.deep.equal([...ids, ...ids])
  })

  it('tries each account before any again, then the same again, and each at most three times', async () => {
    const ids = await world.add('a', 'b')
    const trail: AttemptRecord[] = []
    const tried: string[] = []
    for (let turn = 0; turn < 4; turn++) {
      const leased = await lease({ trail })
      tried.push(leased.account.id)
      fail(leased, error('model_overloaded'), trail)
    }
    expect(new Set(tried.slice(0, 2))).to.deep.equal(new Set(ids))
    fail(await lease({ trail }), error('model_overloaded'), trail)
    fail(await lease({ trail }), error('model_overloaded'), trail)
    expect((await rejection(lease({ trail }))).code).to.equal('no_account')
    expect(world.states).to.deep.equal([])
  })

  it('does not use an account again in a call that its own trouble ended', async () => {
    const [a, b] = await world.add('a', 'b')
    const trail: AttemptRecord[] = []
    fail(await lease({ trail }), error('not_entitled'), trail)
    expect((await lease({ trail })).account.id).to.equal(b)
    expect(trail[0]?.account).to.equal(a)
  })

  it('leaves every account as it is after a malformed request', async () => {
    const ids = await world.add('a', 'b', 'c')
    for (const code of ['bad_request', 'context_too_long', 'cancelled', 'model_overloaded', 'internal'] as const) fail(await lease(), error(code))
    expect(world.states).to.deep.equal([])
    expect(new Set(await turns(3))).to.deep.equal(new Set(ids))
  })

  describe('after a rate limit', () => {
    it('rests the account for five minutes while others serve, to the millisecond', async () => {
      const [a, b] = await world.add('a', 'b')
      fail(await lease(), error('account_rate_limited'))
      expect(await turns(3)).to.deep.equal([b, b, b])
      world.clock.advance(5 * MINUTE - 1)
      expect(await turns(2)).to.deep.equal([b, b])
      world.clock.advance(1)
      expect(await turns(2)).to.include(a)
      expect(world.states.map(({ from, to }) => `${from.status}>${to.status}`)).to.deep.equal(['active>cooldown', 'cooldown>active'])
    })

    it('tells the client the earliest return when all rest', async () => {
      await world.add('a', 'b')
      fail(await lease(), error('account_rate_limited', 90_000))
      fail(await lease(), error('account_rate_limited', 40_000))
      world.clock.advance(1_000)
      const refused = await rejection(lease())
      expect(refused.code).to.equal('all_cooling')
      expect(refused.retryAfterMs).to.equal(39_000)
    })

    it('rests the only account for seconds', async () => {
      await world.add('a')
      fail(await lease(), error('account_rate_limited'))
      expect((await rejection(lease())).retryAfterMs).to.equal(8_000)
      world.clock.advance(8_000)
      fail(await lease(), error('account_rate_limited'))
      expect((await rejection(lease())).retryAfterMs).to.equal(12_000)
    })

    it('keeps to the time whatever the wall clock does', async () => {
      await world.add('a')
      fail(await lease(), error('account_rate_limited', 60_000))
      world.clock.setWall(world.clock.now() - 5 * HOUR)
      world.clock.advance(60_000)
      succeed(await lease())
    })
  })

  it('uses an exhausted account up to its reset no more, then lets one request try', async () => {
    await world.add('a')
    fail(await lease(), error('quota_exhausted', HOUR))
    const refused = await rejection(lease())
    expect([refused.code, refused.retryAfterMs]).to.deep.equal(['all_exhausted', HOUR])
    world.clock.advance(HOUR)
    const probe = await lease()
    expect((await rejection(lease())).code).to.equal('all_cooling')
    fail(probe, error('quota_exhausted', HOUR))
    expect((await rejection(lease())).code).to.equal('all_exhausted')
    world.clock.advance(HOUR)
    succeed(await lease())
    await Promise.all([lease(), lease()])
  })

  it("lets the next request try when the probe's client left", async () => {
    await world.add('a')
    fail(await lease(), error('account_suspicious'))
    world.clock.advance(30 * MINUTE)
    const probe = await lease()
    probe.release()
    probe.release()
    succeed(await lease())
  })

  it('turns to others after three failures of the upstream, and back to the failed ones rather than to nobody', async () => {
    const [a, b] = await world.add('a', 'b')
    const first = await lease()
    for (let turn = 0; turn < 3; turn++) first.failed(error('upstream_failed'))
    first.release()
    expect(await turns(3)).to.deep.equal([b, b, b])
    const second = await lease()
    for (let turn = 0; turn < 3; turn++) second.failed(error('upstream_failed'))
    second.release()
    const leased = await Promise.all([lease(), lease(), lease()])
    expect(new Set(leased.map(each => each.account.id))).to.deep.equal(new Set([a, b]))
    leased.forEach(succeed)
    expect(world.states.at(-1)?.to.status).to.equal('active')
  })

  it('uses a suspended account no more until an operator restores it', async () => {
    const [a] = await world.add('a')
    fail(await lease(), error('account_suspended'))
    await world.clock.pass(1_000)
    expect((await rejection(lease())).code).to.equal('no_account')
    expect((await world.directory.show(a as string)).state).to.include({ status: 'suspended', reason: 'account_suspended' })
    world.clock.advance(90 * 24 * HOUR)
    await rejection(lease())
    await world.directory.restore(a as string)
    expect(world.pool.counts).to.deep.equal({ total: 1, usable: 1 })
  })

  it('remembers for half an hour which model an account does not offer, and punishes it for nothing else', async () => {
    const [a, b] = await world.add('a', 'b')
    const trail: AttemptRecord[] = []
    fail(await lease({ trail }), error('model_not_offered'), trail)
    expect((await lease({ trail })).account.id).to.equal(b)
    expect(new Set(await turns(4))).to.deep.equal(new Set([b]))
    expect(new Set(await turns(4, { model: 'model-b' }))).to.deep.equal(new Set([a, b]))
    expect((await lease({ trail, model: 'model-b' })).account.id, 'another model may be asked of it in the same call').to.be.oneOf([a, b])
    await world.clock.pass(30 * MINUTE)
    expect(new Set(await turns(4))).to.deep.equal(new Set([a, b]))
  })

  describe('a refused token', () => {
    it('is renewed without a mark on the account, and rests the account only when the fresh one is refused too', async () => {
      await world.add('a')
      const first = await lease()
      const second = await world.pool.renew(first, 'refresh-token')
      expect(second.account.generation).to.equal(1)
      expect(world.states).to.deep.equal([])
      second.failed(error('token_rejected'))
      second.release()
      expect(world.states.at(-1)?.to).to.include({ status: 'cooldown', reason: 'token_rejected' })
      expect((await rejection(lease())).retryAfterMs).to.equal(15 * MINUTE)
    })

    it('says nothing of a credential that has been renewed since', async () => {
      await world.add('a')
      const [late, early] = [await lease(), await lease()]
      succeed(await world.pool.renew(early, 'refresh-token'))
      fail(late, error('token_rejected'))
      expect(world.states).to.deep.equal([])
    })

    it('that cannot be renewed rests the account', async () => {
      await world.addSecret({ access: 'x', refresh: 'key-0', expiresAt: Infinity })
      const leased = await lease()
      const refused = await rejection(world.pool.renew(leased, 'refresh-token'))
      expect(refused.code).to.equal('token_rejected')
      fail(leased, refused)
      expect(world.states.at(-1)?.to.status).to.equal('cooldown')
      expect(world.provider.presented).to.deep.equal([])
    })
  })

  describe('facts that a provider asks for first', () => {
    it('are found once however many wait, and kept over a restart', async () => {
      let asked = 0
      world.provider.preparation = account => (account.facts['place'] ? undefined : (asked++, Promise.resolve({ place: 'here' })))
      const [a] = await world.add('a')
      const leases = await Promise.all([lease(), lease(), lease()])
      expect(leases.map(each => each.account.facts)).to.deep.equal(Array.from({ length: 3 }, () => ({ place: 'here' })))
      expect(asked).to.equal(1)
      expect((await world.directory.show(a as string)).facts).to.deep.equal({ place: 'here' })
    })

    it('are found anew when the upstream refused them', async () => {
      const remedies: string[][] = []
      world.provider.preparation = (account, wanted) => {
        if (account.facts['place'] && wanted.size === 0) return undefined
        remedies.push([...wanted])
        return Promise.resolve({ place: `try-${remedies.length}` })
      }
      await world.add('a')
      const renewed = await world.pool.renew(await lease(), 'resolve-profile')
      expect(renewed.account.facts).to.deep.equal({ place: 'try-2' })
      expect(remedies).to.deep.equal([[], ['resolve-profile']])
      expect(world.provider.presented).to.deep.equal([])
    })

    it('that cannot be found put another account in its place', async () => {
      const [, b] = await world.add('a', 'b')
      world.provider.preparation = account => (account.label === 'a' ? Promise.reject(error('account_suspended')) : undefined)
      expect((await lease()).account.id).to.equal(b)
      expect(world.states.at(-1)?.to.status).to.equal('suspended')
    })

    it('renew a refused token on the way', async () => {
      await world.add('a')
      world.provider.preparation = account =>
        account.generation === 0 ? Promise.reject(new GatewayError('token_rejected', 'x', { remedy: 'refresh-token' })) : undefined
      expect((await lease()).account.generation).to.equal(1)
    })
  })

  describe('when nobody can serve', () => {
    it('says that there is no account, and how to add one', async () => {
      const refused = await rejection(lease())
      expect(refused.code).to.equal('no_account')
      expect(refused.message).to.contain('kiro-gateway accounts import')
    })

    it('names models that it has for one that it has not', async () => {
      await world.add('a')
      world.provider.models_ = Array.from({ length: 12 }, (_, index) => `model-${index}`)
      const refused = await rejection(lease({ model: `nonsense${'x'.repeat(500)}` }))
      expect(refused.code).to.equal('model_not_found')
      expect(refused.param).to.equal('model')
      expect(refused.message).to.contain('model-9, …').and.not.contain('model-10')
      expect(refused.message.length).to.be.lessThan(400)
    })

    it('never names an account', async () => {
      const [a] = await world.add('a')
      fail(await lease(), error('account_suspended'))
      const refused = await rejection(lease())
      expect(refused.message).to.not.contain(a as string)
    })
  })

  it('bounds attempts by the accounts that could serve', async () => {
    await world.add('a', 'b', 'c')
    expect(world.pool.size(makeCall())).to.equal(3)
    expect(world.pool.size(makeCall({ tenant: 'somebody' }))).to.equal(1)
  })
})

describe('the account pool over several providers', () => {
  it('asks them in the order of the configuration, or the one that the model names', async () => {
    const world = await makeWorld({ providers: clock => [new FakeProvider(clock, 'one'), new FakeProvider(clock, 'two')] })
    const [a] = await world.add('a')
    const b = (await world.directory.add('two', { label: 'b', credential: { access: 'x', refresh: 'b-0', expiresAt: world.clock.now() + HOUR } }, 'store')).id
    expect((await world.pool.lease(makeCall())).account.id).to.equal(a)
    expect((await world.pool.lease(makeCall({ model: 'two/model-a' }))).account.id).to.equal(b)
    fail(await world.pool.lease(makeCall({ model: 'one/model-a' })), error('account_suspended'))
    expect((await world.pool.lease(makeCall())).account.id).to.equal(b)
    expect((await rejection(world.pool.lease(makeCall({ model: 'one/model-a' })))).code).to.equal('no_account')
    await world.close()
  })
})
