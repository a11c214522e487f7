import { expect } from 'chai'
import type { AttemptRecord } from '../../../../core/contract/call.ts'
import { type ErrorCode } from '../../../../core/errors/codes.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, FakeProvider, HOUR, makeWorld, MINUTE, succeed, type World } from '../../../support/accounts.ts'
import { addWith, paced, talk, type TalkOptions, worldWith } from '../../../support/choosing.ts'

const error = (code: ErrorCode, retryAfterMs?: number) => new GatewayError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs })

describe('conversations', () => {
  let world: World
  beforeEach(async () => {
    world = await makeWorld()
  })
  afterEach(() => world.close())

  const ask = async (options: TalkOptions) => {
    const lease = await world.pool.lease(talk(options))
    succeed(lease)
    return lease.account.label
  }

  it('stay with the account that answered them, while others take their turns', async () => {
    await world.add('a', 'b', 'c')
    expect([await ask({ session: 's1' }), await ask({ session: 's2' }), await ask({ session: 's1' }), await ask({ session: 's2' })]).to.deep.equal([
      'a',
      'b',
      'a',
      'b',
    ])
    expect(await ask({ session: 's3' })).to.equal('c')
    expect(await ask({ session: 's1' })).to.equal('a')
  })

  it('are known by how they began where the client tells no session, and two that begin alike are two', async () => {
    await world.add('a', 'b', 'c')
    expect(await ask({ opening: 'Mend the parser.' })).to.equal('a')
    expect(await ask({ opening: 'Write a poem.' })).to.equal('b')
    for (let turn = 0; turn < 3; turn++) expect(await ask({ opening: 'Mend the parser.', later: true })).to.equal('a')
    expect(await ask({ opening: 'Mend the parser.' }), 'begun again by somebody else').to.equal('c')
  })

  it('of two keys are never one', async () => {
    await world.add('a', 'b')
    expect([await ask({ session: 's', key: 'one' }), await ask({ session: 's', key: 'other' })]).to.deep.equal(['a', 'b'])
    expect([await ask({ session: 's', key: 'one' }), await ask({ session: 's', key: 'other' })]).to.deep.equal(['a', 'b'])
  })

  it('are with nobody before somebody has answered', async () => {
    await world.add('a', 'b', 'c')
    fail(await world.pool.lease(talk({ session: 's' })), error('model_overloaded'))
    expect(await ask({ session: 's' })).to.equal('b')
    expect(await ask({ session: 's' })).to.equal('b')
  })

  it('come back after they were helped out where their account was busy', async () => {
    await world.close()
    world = await paced({ maxInFlight: 1 })
    await world.add('a', 'b')
    expect(await ask({ session: 's' })).to.equal('a')
    const long = await world.pool.lease(talk({ session: 's' }))
    expect(long.account.label).to.equal('a')
    expect(await ask({ session: 's' })).to.equal('b')
    long.release()
    expect(await ask({ session: 's' })).to.equal('a')
  })

  it('come back after the endpoints of their account rested for a while', async () => {
    await world.add('a', 'b')
    expect(await ask({ session: 's' })).to.equal('a')
    const trail: AttemptRecord[] = []
    fail(await world.pool.lease(talk({ session: 's', trail })), error('lane_unavailable'), trail)
    expect(await ask({ session: 's', trail })).to.equal('b')
    expect(await ask({ session: 's' })).to.equal('b')
    world.clock.advance(MINUTE)
    expect(await ask({ session: 's' })).to.equal('a')
  })

  for (const code of ['account_rate_limited', 'quota_exhausted', 'account_suspended', 'needs_login'] as const) {
    it(`move for good when their account has met ${code}`, async () => {
      await world.add('a', 'b', 'c')
      expect(await ask({ session: 's' })).to.equal('a')
      const trail: AttemptRecord[] = []
      fail(await world.pool.lease(talk({ session: 's', trail })), error(code, MINUTE), trail)
      const next = await ask({ session: 's', trail })
      expect(next).to.not.equal('a')
      world.clock.advance(10 * MINUTE)
      for (let turn = 0; turn < 3; turn++) expect(await ask({ session: 's' })).to.equal(next)
    })
  }

  it('move when their account is disabled, removed, or offers the model no more', async () => {
    const [a] = await world.add('a', 'b', 'c')
    expect(await ask({ session: 's' })).to.equal('a')
    await world.directory.disable(a as string)
    expect(await ask({ session: 's' })).to.equal('b')
    await world.directory.enable(a as string)
    expect(await ask({ session: 's' })).to.equal('b')
    fail(await world.pool.lease(talk({ session: 's' })), error('model_not_offered'))
    const third = await ask({ session: 's' })
    expect(third).to.not.equal('b')
    await world.directory.remove((await world.pool.lease(talk({ session: 's' }))).account.id)
    expect(await ask({ session: 's' })).to.not.equal(third)
  })

  it('are forgotten after an hour of silence, not while they go on', async () => {
    await world.add('a', 'b', 'c')
    expect([await ask({ session: 's' }), await ask({ session: 't' })]).to.deep.equal(['a', 'b'])
    world.clock.advance(HOUR / 2)
    expect(await ask({ session: 's' })).to.equal('a')
    world.clock.advance(HOUR / 2 + 1)
    expect(await ask({ session: 's' })).to.equal('a')
    expect(await ask({ session: 't' })).to.equal('c')
  })

  it('stay where they are when an account of higher priority comes back', async () => {
    const high = await addWith(world, 'high', { priority: 5 })
    await addWith(world, 'low', {})
    await world.directory.disable(high)
    expect(await ask({ session: 's' })).to.equal('low')
    await world.directory.enable(high)
    expect([await ask({ session: 's' }), await ask({ session: 'new' })]).to.deep.equal(['low', 'high'])
  })

  it('go to another provider when the model names one', async () => {
    await world.close()
    world = await makeWorld({ providers: clock => [new FakeProvider(clock, 'one'), new FakeProvider(clock, 'two')] })
    await world.add('a')
    await world.directory.add('two', { label: 'b', credential: { access: 'x', refresh: 'b-0', expiresAt: world.clock.now() + 10 * HOUR } }, 'store')
    expect(await ask({ session: 's' })).to.equal('a')
    expect(await ask({ session: 's', model: 'two/model-a' })).to.equal('b')
    expect(await ask({ session: 's' })).to.equal('b')
  })

  it('take turns where affinity is off', async () => {
    await world.close()
    world = await worldWith({ affinity: false })
    await world.add('a', 'b')
    expect([await ask({ session: 's' }), await ask({ session: 's' })]).to.deep.equal(['a', 'b'])
  })
})
