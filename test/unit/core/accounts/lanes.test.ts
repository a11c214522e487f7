import { expect } from 'chai'
import type { Lane } from '../../../../core/contract/account.ts'
import type { AttemptRecord } from '../../../../core/contract/call.ts'
import type { ErrorCode } from '../../../../core/errors/codes.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, makeCall, makeWorld, MINUTE, rejection, succeed, type World } from '../../../support/accounts.ts'

const error = (code: ErrorCode) => new GatewayError(code, code)
const LANES: readonly Lane[] = [
  { id: 'q', origin: 'https://q.invalid' },
  { id: 'runtime', origin: 'https://runtime.invalid' },
]

describe('lanes of an account', () => {
  let world: World
  let trail: AttemptRecord[]

  beforeEach(async () => {
    world = await makeWorld()
    world.provider.lanes_ = LANES
    trail = []
  })
  afterEach(() => world.close())

  const lease = () => world.pool.lease(makeCall({ trail }))
  const step = async (code: ErrorCode) => {
    const leased = await lease()
    fail(leased, error(code), trail)
    return `${leased.account.label}/${leased.lane.id}`
  }
  const next = async () => {
    const leased = await world.pool.lease(makeCall())
    succeed(leased)
    return `${leased.account.label}/${leased.lane.id}`
  }

  it('are tried one after the other after a rate limit, before another account; then the account rests', async () => {
    await world.add('a', 'b')
    expect(await step('account_rate_limited')).to.equal('a/q')
    expect(world.states).to.deep.equal([])
    expect(await step('account_rate_limited')).to.equal('a/runtime')
    expect(world.states.at(-1)?.to.status).to.equal('cooldown')
    expect(await step('account_rate_limited')).to.equal('b/q')
  })

  it('of one bucket share its limit', async () => {
    world.provider.lanes_ = LANES.map(lane => ({ ...lane, bucket: 'same' }))
    await world.add('a', 'b')
    expect(await step('account_rate_limited')).to.equal('a/q')
    expect(world.states.at(-1)?.to.status).to.equal('cooldown')
    expect(await step('model_overloaded')).to.equal('b/q')
  })

  it('that rest are left out by later calls, and come back', async () => {
    await world.add('a')
    await step('account_rate_limited')
    expect(await next()).to.equal('a/runtime')
    world.clock.advance(5 * MINUTE)
    expect(await next()).to.equal('a/q')
  })

  it('change after an outage on the way as well, and the account is not blamed for one', async () => {
    await world.add('a', 'b')
    expect(await step('upstream_unreachable')).to.equal('a/q')
    expect(await step('lane_unavailable')).to.equal('a/runtime')
    expect(await step('upstream_failed')).to.equal('b/q')
    expect(world.states).to.deep.equal([])
  })

  it('do not change for a dead proxy or an overloaded model', async () => {
    await world.add('a', 'b')
    expect(await step('proxy_failed')).to.equal('a/q')
    expect(await step('model_overloaded')).to.equal('b/q')
  })

  it('that are missing at the upstream are not asked again soon', async () => {
    await world.add('a')
    expect(await step('lane_unavailable')).to.equal('a/q')
    expect(await next()).to.equal('a/runtime')
    expect(await next()).to.equal('a/runtime')
    world.clock.advance(MINUTE)
    expect(await next()).to.equal('a/q')
  })

  it('never make more than three tries of one account', async () => {
    world.provider.lanes_ = [...LANES, { id: 'third', origin: 'https://3.invalid' }, { id: 'fourth', origin: 'https://4.invalid' }]
    await world.add('a')
    expect([await step('lane_unavailable'), await step('lane_unavailable'), await step('lane_unavailable')]).to.deep.equal(['a/q', 'a/runtime', 'a/third'])
    expect((await rejection(lease())).code).to.equal('no_account')
  })
})
