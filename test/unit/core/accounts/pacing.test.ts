import { expect } from 'chai'
import fc from 'fast-check'
import { Pace } from '../../../../core/accounts/pace.ts'
import type { Lease } from '../../../../core/contract/pool.ts'
import { type ErrorCode } from '../../../../core/errors/codes.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { settled } from '../../../support/calls.ts'
import { fail, makeCall, MINUTE, rejection, succeed, type World } from '../../../support/accounts.ts'
import { paced, watched } from '../../../support/choosing.ts'

const error = (code: ErrorCode) => new GatewayError(code, code)

describe('the pace of an account', () => {
  it('never lets more requests start within any minute, nor two within the interval, and holds nobody back for longer', () => {
    const limits = fc.record({
      minIntervalMs: fc.constantFrom(0, 500, 7_000),
      requestsPerMinute: fc.integer({ min: 1, max: 5 }),
      maxInFlight: fc.constant(Infinity),
    })
    fc.assert(
      fc.property(limits, fc.array(fc.nat(30_000), { maxLength: 60 }), (limit, pauses) => {
        const pace = new Pace()
        const starts: number[] = []
        let now = 0
        for (const pause of pauses) {
          now += pause
          const recent = starts.filter(start => start > now - MINUTE).length
          const allowed = recent < limit.requestsPerMinute && now - (starts.at(-1) ?? -Infinity) >= limit.minIntervalMs
          expect(pace.freeAt(limit) <= now).to.equal(allowed)
          if (!allowed) continue
          pace.started(limit, now)
          starts.push(now)
        }
      }),
    )
  })
})

describe('requests beyond the pace of their accounts', () => {
  let world: World
  afterEach(() => world.close())

  const lease = (options = {}) => world.pool.lease(makeCall(options))
  const waiting = (options = {}) => watched(lease(options))

  it('go to another account first, and wait only where there is none', async () => {
    world = await paced({ maxInFlight: 1 })
    await world.add('a', 'b')
    const leases = [await lease(), await lease()]
    expect(new Set(leases.map(({ account }) => account.label))).to.deep.equal(new Set(['a', 'b']))
    const third = waiting()
    await settled()
    expect(third).to.deep.equal({})
    succeed(leases[1] as Lease)
    await settled()
    expect(third.lease?.account.label).to.equal('b')
  })

  it('are served in the order in which they came, and nobody overtakes', async () => {
    world = await paced({ maxInFlight: 1 })
    await world.add('a')
    const first = await lease()
    const line = [waiting(), waiting(), waiting()]
    await settled()
    first.release()
    const late = waiting()
    await settled()
    const served = () => [...line, late].map(({ lease: got }) => got !== undefined)
    expect(served()).to.deep.equal([true, false, false, false])
    line[0]?.lease?.release()
    await settled()
    expect(served()).to.deep.equal([true, true, false, false])
    line[1]?.lease?.release()
    await settled()
    line[2]?.lease?.release()
    await settled()
    expect(served()).to.deep.equal([true, true, true, true])
  })

  it('are let in when the interval is over, to the millisecond', async () => {
    world = await paced({ minIntervalMs: 500 })
    await world.add('a')
    succeed(await lease())
    const line = [waiting(), waiting()]
    await world.clock.pass(499)
    expect(line.map(each => each.lease !== undefined)).to.deep.equal([false, false])
    await world.clock.pass(1)
    expect(line.map(each => each.lease !== undefined)).to.deep.equal([true, false])
    await world.clock.pass(500)
    expect(line.map(each => each.lease !== undefined)).to.deep.equal([true, true])
  })

  it('are let in as the minute slides', async () => {
    world = await paced({ requestsPerMinute: 2 })
    await world.add('a')
    succeed(await lease())
    await world.clock.pass(20_000)
    succeed(await lease())
    const third = waiting()
    await world.clock.pass(39_999)
    expect(third.lease).to.equal(undefined)
    await world.clock.pass(1)
    expect(third.lease).to.not.equal(undefined)
  })

  it('are forgotten when their client leaves, and hold nothing', async () => {
    world = await paced({ maxInFlight: 1 })
    await world.add('a')
    const first = await lease()
    const leaver = new AbortController()
    const left = waiting({ signal: leaver.signal })
    const next = waiting()
    await settled()
    leaver.abort()
    await settled()
    expect((left.error as GatewayError).code).to.equal('cancelled')
    first.release()
    await settled()
    expect(next.lease).to.not.equal(undefined)
    expect((await rejection(lease({ signal: leaver.signal }))).code).to.equal('cancelled')
  })

  it('are refused with a time to come back when the line is full, or after the longest wait', async () => {
    world = await paced({ minIntervalMs: 90_000, queue: 1, queueMs: 20_000 })
    await world.add('a')
    succeed(await lease())
    const waiter = waiting()
    const refused = await rejection(lease())
    expect([refused.code, refused.retryAfterMs]).to.deep.equal(['all_cooling', 90_000])
    expect(refused.message).to.contain('1 request waits for one already')
    await world.clock.pass(20_000)
    expect(waiter.error).to.include({ code: 'all_cooling', retryAfterMs: 70_000 })
  })

  it('are served by an account that comes back from a rest meanwhile, or is added', async () => {
    world = await paced({ maxInFlight: 1 })
    await world.add('a', 'b')
    fail(await lease(), new GatewayError('account_rate_limited', 'x', { retryAfterMs: 5_000 }))
    await lease()
    const line = [waiting(), waiting()]
    await world.clock.pass(5_000)
    expect(line.map(each => each.lease?.account.label)).to.deep.equal(['a', undefined])
    await world.add('c')
    await settled()
    expect(line[1]?.lease?.account.label).to.equal('c')
  })

  it('are told at once when nobody is left who could ever serve them', async () => {
    world = await paced({ maxInFlight: 1 })
    await world.add('a')
    const only = await lease()
    const waiter = waiting()
    await settled()
    fail(only, error('account_suspended'))
    await settled()
    expect((waiter.error as GatewayError).code).to.equal('no_account')
  })

  it('for a model of which an account is free do not wait behind those for another', async () => {
    world = await paced({ maxInFlight: 1 })
    await world.add('a', 'b')
    const [, b] = [await lease(), await lease()]
    fail(b, error('model_not_offered'))
    const other = await lease({ model: 'model-b' })
    const line = [waiting(), waiting({ model: 'model-b' })]
    await settled()
    expect(line.map(each => each.lease)).to.deep.equal([undefined, undefined])
    other.release()
    await settled()
    expect(line.map(each => each.lease?.account.label)).to.deep.equal([undefined, 'b'])
  })

  it('of one caller are held to the pace of its own account', async () => {
    world = await paced({ maxInFlight: 1 })
    world.provider.importer = {
      parse: text =>
        Promise.resolve({
          accounts: [{ label: 'own', credential: { access: 'x', refresh: (JSON.parse(text) as { refreshToken: string }).refreshToken, expiresAt: Infinity } }],
          rejected: [],
        }),
    }
    await world.pool.welcome({ tenant: 'somebody', keyId: 'key' }, 'token-0')
    const first = await lease({ tenant: 'somebody' })
    const second = waiting({ tenant: 'somebody' })
    await settled()
    expect(second.lease).to.equal(undefined)
    first.release()
    await settled()
    expect(second.lease?.account.id).to.equal(first.account.id)
  })

  it('are told that the gateway stops', async () => {
    world = await paced({ maxInFlight: 1 })
    await world.add('a')
    await lease()
    const waiter = waiting()
    await settled()
    await world.pool.close()
    expect((waiter.error as GatewayError).code).to.equal('draining')
    expect(world.clock.pending).to.equal(0)
  })
})
