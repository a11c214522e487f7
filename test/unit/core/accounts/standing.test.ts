import { expect } from 'chai'
import type { AttemptRecord } from '../../../../core/contract/call.ts'
import type { ModelStanding } from '../../../../core/contract/pool.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, FakeProvider, HOUR, makeCall, makeWorld, rejection, succeed, type World } from '../../../support/accounts.ts'

const limited = (retryAfterMs: number) => new GatewayError('account_rate_limited', 'slow down', { retryAfterMs })
const rejected = () => new GatewayError('token_rejected', 'no such key')

describe('accounts that are not known to have the model', () => {
  /** By label. */
  let standings: Record<string, ModelStanding>
  let world: World

  beforeEach(async () => {
    standings = {}
    world = await makeWorld({ router: { standing: (_provider, { label }) => standings[label] ?? 'named' } })
  })
  afterEach(() => world.close())

  it('come after all that are, whatever the order of turns', async () => {
    standings = { a: 'behind' }
    const [a, b, c] = await world.add('a', 'b', 'c')
    const served: (string | undefined)[] = []
    for (let turn = 0; turn < 4; turn++) {
      const lease = await world.pool.lease(makeCall())
      served.push(lease.account.id)
      succeed(lease)
    }
    expect(served).to.have.members([b, c, b, c])
    expect(world.pool.explain({ model: 'model-a', principal: { keyId: 'k' } }).order).to.deep.equal([b, c, a])
  })

  it('serve where those that are cannot, and stay with a conversation no longer than that', async () => {
    standings = { a: 'behind' }
    const [a, b] = await world.add('a', 'b')
    const trail: AttemptRecord[] = []
    fail(await world.pool.lease(makeCall({ trail })), limited(60_000), trail)
    expect(trail[0]?.account).to.equal(b)
    const next = await world.pool.lease(makeCall({ trail }))
    expect(next.account.id).to.equal(a)
    succeed(next)
  })

  it('are told apart by an explanation', async () => {
    standings = { a: 'behind', b: 'untold' }
    await world.add('a', 'b', 'c')
    const { candidates } = world.pool.explain({ model: 'model-a', principal: { keyId: 'k' } })
    const reasons = Object.fromEntries(candidates.map(({ label, reason }) => [label, reason]))
    expect(reasons['a']).to.contain('comes after those that name the model')
    expect(reasons['b']).to.contain('no list names the model')
    expect(reasons['c']).to.not.contain('list')
  })

  it('are not asked before one that is has been tried again after a failure of its upstream', async () => {
    standings = { a: 'behind' }
    const [, b] = await world.add('a', 'b')
    const trail: AttemptRecord[] = []
    fail(await world.pool.lease(makeCall({ trail })), new GatewayError('upstream_failed', 'down'), trail)
    const again = await world.pool.lease(makeCall({ trail }))
    expect(again.account.id).to.equal(b)
    succeed(again)
  })

  it('are nobody to turn to for an account that is limited: it rests as one that is alone', async () => {
    standings = { a: 'behind' }
    await world.add('a', 'b')
    fail(await world.pool.lease(makeCall()), new GatewayError('account_rate_limited', 'slow down'))
    expect(world.states.at(-1)?.to.until).to.be.at.most(world.clock.now() + 90_000)
  })
})

describe('what a client is told when nobody can serve', () => {
  let world: World
  const serving = (...labels: readonly string[]) =>
    makeWorld({ router: { resolve: (_provider, { label }, model) => (labels.includes(label) ? model : undefined) } })
  afterEach(() => world.close())

  it('counts only accounts that have the model', async () => {
    world = await serving('a', 'b')
    await world.add('well', 'a', 'soon', 'b')
    const trail: AttemptRecord[] = []
    fail(await world.pool.lease(makeCall({ trail })), limited(50_000), trail)
    fail(await world.pool.lease(makeCall({ trail })), limited(70_000), trail)
    const error = await rejection(world.pool.lease(makeCall()))
    expect(error).to.include({ code: 'all_cooling', retryAfterMs: 50_000 })
  })

  it('counts them all the same in a group of hundreds of which some have it', async () => {
    world = await serving('a99')
    await world.add(...Array.from({ length: 100 }, (_, index) => `a${index}`))
    const trail: AttemptRecord[] = []
    fail(await world.pool.lease(makeCall({ trail })), new GatewayError('quota_exhausted', 'used up', { retryAfterMs: HOUR }), trail)
    expect(await rejection(world.pool.lease(makeCall()))).to.include({ code: 'all_exhausted', retryAfterMs: HOUR })
  })

  it('says that there is no such model where nobody has it', async () => {
    world = await serving()
    await world.add('a')
    expect((await rejection(world.pool.lease(makeCall()))).code).to.equal('model_not_found')
  })
})

describe('a refused credential', () => {
  let world: World
  afterEach(() => world.close())

  it('that cannot be renewed rests at once, and is given up at the third refusal in a row', async () => {
    world = await makeWorld({ providers: clock => [Object.assign(new FakeProvider(clock), { refreshToken: undefined }) as unknown as FakeProvider] })
    const [bad, good] = await world.add('bad', 'good')
    fail(await world.pool.lease(makeCall()), rejected())
    expect(world.states.at(-1)?.to).to.include({ status: 'cooldown', reason: 'token_rejected' })
    for (let turn = 0; turn < 3; turn++) {
      const lease = await world.pool.lease(makeCall())
      expect(lease.account.id).to.equal(good)
      succeed(lease)
    }
    for (let turn = 0; turn < 2; turn++) {
      world.clock.advance(15 * 60_000)
      const trail: AttemptRecord[] = []
      for (let lease = await world.pool.lease(makeCall({ trail })); ; lease = await world.pool.lease(makeCall({ trail }))) {
        if (lease.account.id === bad) {
          fail(lease, rejected(), trail)
          break
        }
        succeed(lease)
      }
    }
    expect(world.states.at(-1)).to.deep.include({ account: bad })
    expect(world.states.at(-1)?.to.status).to.equal('invalid')
  })

  it('that lasts for ever does the same where others of its provider are renewed', async () => {
    world = await makeWorld({ providers: clock => [Object.assign(new FakeProvider(clock), { lifetime: () => ({ expiresAt: Infinity, replayable: false }) })] })
    await world.addSecret({ access: 'key', refresh: 'key-0' })
    fail(await world.pool.lease(makeCall()), rejected())
    expect(world.states.map(({ to }) => to.status)).to.deep.equal(['cooldown'])
  })

  it('that can be renewed says nothing of the account yet', async () => {
    world = await makeWorld()
    await world.add('a')
    fail(await world.pool.lease(makeCall()), rejected())
    expect(world.states).to.deep.equal([])
  })
})
