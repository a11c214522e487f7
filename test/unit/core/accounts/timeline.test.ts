import { EventEmitter } from 'eventemitter3'
import { expect } from 'chai'
import type { AccountState } from '../../../../core/contract/account.ts'
import type { EventBus } from '../../../../core/contract/event-bus.ts'
import type { Logger } from '../../../../core/contract/log.ts'
import { HealthAlarms } from '../../../../core/accounts/health-alarms.ts'
import { Timeline } from '../../../../core/accounts/timeline.ts'
import { TimelineStore } from '../../../../core/accounts/timeline-store.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { IN_MEMORY, openStore } from '../../../../core/store/open.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { fail, HOUR, makeCall, makeWorld, MINUTE, rejection, silent, succeed, type World } from '../../../support/accounts.ts'

const DAY = 24 * HOUR

/** One more process over the same store, which its end leaves open. */
function besideOf({ store }: World): Store {
  return { database: store.database, write: store.write.bind(store), writeDurably: store.writeDurably.bind(store), close: () => Promise.resolve() }
}

describe("an account's history", () => {
  let world: World
  beforeEach(async () => {
    world = await makeWorld()
  })
  afterEach(() => world.close())

  const kinds = async (id: string) => (await world.directory.history(id)).map(({ kind, to, cause }) => [kind, to, cause])

  it('tells every change of state with its cause, its end and the request that brought it about', async () => {
    const [a] = await world.add('a')
    const lease = await world.pool.lease({ ...makeCall(), id: 'call-7' })
    fail(lease, new GatewayError('account_rate_limited', 'slow down, says token=placeholder-of-token', { retryAfterMs: 3 * MINUTE }))
    const struckAt = world.clock.now()
    await world.clock.pass(10 * MINUTE)
    const [added, limited, back] = await world.directory.history(a as string)
    expect(added).to.deep.include({ kind: 'added', cause: 'store' })
    expect(limited).to.deep.equal({
      ...{ at: struckAt, kind: 'state', from: 'active', to: 'cooldown', until: struckAt + 3 * MINUTE, cause: 'account_rate_limited' },
      ...{ detail: 'slow down, says token=[redacted]', call: 'call-7', attempt: 1 },
    })
    expect(back, 'at its exact end, though nobody asked').to.deep.equal({
      at: struckAt + 3 * MINUTE,
      kind: 'state',
      from: 'cooldown',
      to: 'active',
      cause: 'rest-over',
    })
  })

  it('tells what the operator did, and outlives the account', async () => {
    const [a] = await world.add('a')
    const id = a as string
    for (let time = 0; time < 2; time++) await world.directory.disable(id, 'by-operator')
    await world.directory.enable(id)
    await world.directory.enable(id)
    fail(await world.pool.lease(makeCall()), new GatewayError('account_rate_limited', 'slow down'))
    await world.clock.pass(2_000)
    expect((await world.directory.restore(id)).changed).to.equal(true)
    expect((await world.directory.restore(id)).changed, 'and is told once').to.equal(false)
    await world.addSecret({ access: 'x', refresh: 'a-0' })
    await world.directory.remove(id)
    await world.clock.pass(5_000)
    expect((await kinds(id)).filter(([kind]) => kind !== 'state')).to.deep.equal([
      ['added', 'active', 'store'],
      ['disabled', 'disabled', 'by-operator'],
      ['enabled', 'active', undefined],
      ['restored', 'active', undefined],
      ['imported-again', 'active', 'store'],
      ['removed', undefined, 'by-operator'],
    ])
    expect((await rejection(world.directory.history('acc_none'))).code).to.equal('not_found')
  })

  it('tells renewals, those that failed as well, and quota readings that changed something', async () => {
    const [a] = await world.add('a')
    const id = a as string
    await world.pool.refresh(id)
    world.provider.renewal = () => Promise.reject(new GatewayError('upstream_unreachable', 'the token service is away'))
    await rejection(world.pool.refresh(id))
    let used = 10
    world.provider.quota = () => Promise.resolve({ buckets: [{ name: 'plan', used, limit: 100, unit: 'credits' }] })
    for (used of [10, 20, 75, 99, 0]) await world.pool.readQuota(id)
    await world.clock.pass(5_000)
    expect((await world.directory.history(id)).slice(1).map(({ kind, cause, detail }) => [kind, cause, detail])).to.deep.equal([
      ['refreshed', undefined, 'generation 1'],
      ['refresh-failed', 'upstream_unreachable', 'the token service is away'],
      ['quota', undefined, 'first reading: 90 % left'],
      ['quota', undefined, '25 % left'],
      ['quota', undefined, '1 % left'],
      ['quota', undefined, 'filled up: 100 % left'],
    ])
  })

  it('has of readings only those that somebody made, once, however many processes open the store', async () => {
    const [a] = await world.add('a', 'b')
    const id = a as string
    world.provider.quota = () => Promise.resolve({ buckets: [{ name: 'plan', used: 100, limit: 100, unit: 'credits', resetsAt: world.clock.now() + HOUR }] })
    const early = await makeWorld({ store: besideOf(world), clock: world.clock })
    await world.pool.readQuota(id)
    // Readings are shared at once, states a moment later: it finds the state out by itself.
    await early.pool.reload(0)
    expect(early.states.map(({ to }) => to.status)).to.deep.equal(['exhausted'])
    await world.clock.pass(2_000)
    await early.pool.close()
    const told = await kinds(id)
    expect(told.map(([kind, to]) => [kind, to])).to.deep.equal([
      ['added', 'active'],
      ['quota', undefined],
      ['state', 'exhausted'],
    ])
    for (let command = 0; command < 2; command++) {
      const beside = await makeWorld({ store: besideOf(world), clock: world.clock })
      expect((await beside.directory.show(id)).state.status).to.equal('exhausted')
      await beside.pool.close()
    }
    expect(await kinds(id)).to.deep.equal(told)
  })

  it('has one line for each change, of whoever made it, also where others have to learn of it', async () => {
    const [a] = await world.add('a')
    const id = a as string
    const beside = await makeWorld({ store: besideOf(world), clock: world.clock })
    const both = async () => {
      await world.clock.pass(2_000)
      await beside.pool.reload(0)
      await world.pool.reload(0)
      await world.clock.pass(2_000)
    }
    fail(await world.pool.lease(makeCall()), new GatewayError('account_rate_limited', 'slow down', { retryAfterMs: MINUTE }))
    await both()
    // The other one finds out that the sign-in has ended; this one has not heard of it when the rest is over.
    beside.provider.renewal = () => Promise.reject(new GatewayError('needs_login', 'sign in again'))
    await rejection(beside.pool.refresh(id))
    await world.clock.pass(2 * MINUTE)
    await both()
    await world.directory.disable(id)
    await both()
    await world.directory.enable(id)
    await both()
    await beside.pool.close()
    expect(await kinds(id)).to.deep.equal([
      ['added', 'active', 'store'],
      ['state', 'cooldown', 'account_rate_limited'],
      ['refresh-failed', undefined, 'needs_login'],
      ['state', 'invalid', 'needs_login'],
      ['disabled', 'disabled', 'by-operator'],
      ['enabled', 'active', undefined],
    ])
  })

  it('tells one burst of rate limits once', async () => {
    const [a] = await world.add('a')
    const leases = await Promise.all([1, 2, 3].map(() => world.pool.lease(makeCall())))
    for (const lease of leases) {
      world.clock.advance(50)
      fail(lease, new GatewayError('account_rate_limited', 'slow down'))
    }
    await world.clock.pass(1_500)
    expect((await kinds(a as string)).filter(([, to]) => to === 'cooldown')).to.have.length(1)
  })

  it('is written without a request waiting for it', async () => {
    await world.add('a')
    let writes = 0
    const { store } = world
    const write = store.write.bind(store)
    store.write = work => {
      writes++
      return write(work)
    }
    for (let turn = 0; turn < 50; turn++) succeed(await world.pool.lease(makeCall()))
    fail(await world.pool.lease(makeCall()), new GatewayError('quota_exhausted', 'used up'))
    expect(writes).to.equal(0)
    await world.clock.pass(4_000)
    expect(writes).to.be.within(1, 4)
  })
})

describe('the history of many events', () => {
  let store: Store
  let clock: FakeClock
  let events: EventBus
  let timeline: Timeline
  let kept: TimelineStore
  beforeEach(async () => {
    store = await openStore({ dataDir: IN_MEMORY })
    clock = new FakeClock()
    events = new EventEmitter() as EventBus
    kept = new TimelineStore({ store })
    timeline = new Timeline({ store: kept, clock, log: silent, events })
  })
  afterEach(async () => {
    await timeline.close()
    await store.close()
  })

  const refreshed = (account: string, from: number, count: number) => {
    for (let generation = from; generation < from + count; generation++) events.emit('account.refreshed', { account, generation })
  }

  it('is bounded per account and by age, and keeps its order', async () => {
    refreshed('old', 0, 3)
    await timeline.flush()
    clock.advance(91 * DAY)
    refreshed('busy', 0, 600)
    refreshed('quiet', 0, 2)
    await timeline.flush()
    const busy = await kept.read('busy')
    expect(busy.map(event => event.detail)).to.deep.equal(Array.from({ length: 300 }, (_, index) => `generation ${index + 300}`))
    expect(await kept.read('quiet', 1)).to.have.length(1)
    expect(await kept.read('old')).to.deep.equal([])
  })

  it('tells the end of a rest once, though several processes see it', async () => {
    const other = new EventEmitter() as EventBus
    const beside = new Timeline({ store: kept, clock, log: silent, events: other })
    const until = clock.now() + MINUTE
    const over = {
      from: { status: 'cooldown', since: 0, until, failures: 1 },
      to: { status: 'active', since: until, failures: 1 },
      cause: { code: 'rest-over' },
    } as const
    const found = { from: over.to, to: over.from } as const
    for (const account of ['acc_1', 'acc_2']) events.emit('account.state', { account, provider: 'fake', ...over })
    clock.advance(7)
    other.emit('account.state', { account: 'acc_1', provider: 'fake', ...over })
    other.emit('account.state', { account: 'acc_1', provider: 'fake', ...found, cause: { code: 'elsewhere' } })
    await timeline.close()
    await beside.close()
    expect((await kept.read('acc_1')).map(({ at, cause }) => [at, cause])).to.deep.equal([[until, 'rest-over']])
    expect(await kept.read('acc_2')).to.have.length(1)
  })

  it('waits for a store that is away, and does not grow without end meanwhile', async () => {
    const { append } = kept
    kept.append = () => Promise.reject(new Error('away'))
    refreshed('a', 0, 6_000)
    await timeline.flush()
    refreshed('a', 6_000, 1)
    kept.append = append.bind(kept)
    await clock.pass(2_000)
    expect((await kept.read('a')).at(-1)?.detail).to.equal('generation 6000')
    expect(
      Number(
        (
          await store.database
            .selectFrom('account_events')
            .select(({ fn }) => fn.countAll().as('count'))
            .executeTakeFirstOrThrow()
        ).count,
      ),
    ).to.be.at.most(5_000)
  })
})

describe('the alarm for an account that stops', () => {
  it('names what the operator must do, once, and stays silent about what time mends', () => {
    const events = new EventEmitter() as EventBus
    const said: [string, Record<string, unknown>][] = []
    const log = {
      ...silent,
      warn: (_: string, fields = {}) => said.push(['warn', fields]),
      error: (_: string, fields = {}) => said.push(['error', fields]),
    } as unknown as Logger
    const alarms = new HealthAlarms({ events, log })
    const state = (status: AccountState['status'], reason?: string): AccountState => ({
      status,
      since: 0,
      failures: 1,
      ...(reason !== undefined && { reason }),
    })
    const tell = (from: AccountState, to: AccountState) => events.emit('account.state', { account: 'acc_1', provider: 'fake', from, to })
    tell(state('active'), state('suspended', 'account_suspended'))
    tell(state('suspended', 'account_suspended'), { ...state('suspended', 'account_suspended'), failures: 2 })
    tell(state('active'), state('cooldown', 'account_suspicious'))
    tell(state('active'), state('cooldown', 'account_rate_limited'))
    tell(state('active'), state('exhausted', 'quota_exhausted'))
    tell(state('active'), state('invalid', 'needs_login'))
    alarms.close()
    tell(state('active'), state('invalid', 'needs_login'))
    expect(said.map(([level, { state: name }]) => [level, name])).to.deep.equal([
      ['error', 'suspended'],
      ['warn', 'cooldown'],
      ['error', 'invalid'],
    ])
    expect(said[0]?.[1].ends).to.contain('kiro-gateway accounts restore acc_1')
  })
})
