import { EventEmitter } from 'eventemitter3'
import { expect } from 'chai'
import fc from 'fast-check'
import type { AccountEntry } from '../../../../core/accounts/entry.ts'
import type { HealthOutcome } from '../../../../core/accounts/health.ts'
import { HealthJournal } from '../../../../core/accounts/health-journal.ts'
import { AccountRepository } from '../../../../core/accounts/repository.ts'
import { Roster } from '../../../../core/accounts/roster.ts'
import { SteadyTime } from '../../../../core/accounts/steady-time.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import type { EventBus, GatewayEvents } from '../../../../core/contract/event-bus.ts'
import { currentRevision } from '../../../../core/store/revision.ts'
import { makeWorld, MINUTE, silent, type World } from '../../../support/accounts.ts'

/** What one process knows of the accounts of a shared store. */
class Process {
  readonly roster: Roster
  readonly journal: HealthJournal
  readonly told: Parameters<GatewayEvents['account.state']>[0][] = []
  readonly #repository: AccountRepository
  readonly #world: World
  #seen = 0

  private constructor(world: World) {
    const { store, vault, clock } = world
    const events = new EventEmitter() as EventBus
    events.on('account.state', change => this.told.push(change))
    this.#world = world
    this.#repository = new AccountRepository({ store, tokens: new TokenStore({ store, vault, clock }) })
    this.journal = new HealthJournal({ repository: this.#repository, clock, log: silent })
    this.roster = new Roster({ clock, time: new SteadyTime(clock), events, journal: this.journal, random: () => 0 })
  }

  static async open(world: World): Promise<Process> {
    const made = new Process(world)
    await made.look()
    return made
  }

  /** As the watch of the store does once a second. */
  async look(): Promise<void> {
    const revision = await currentRevision(this.#world.store)
    for (const loaded of await this.#repository.load(this.#seen)) this.roster.put(loaded)
    this.#seen = revision
  }

  entry(id: string): AccountEntry {
    return this.roster.get(id) as AccountEntry
  }

  apply(id: string, outcome: HealthOutcome): void {
    this.roster.apply(this.entry(id), outcome)
  }

  state(id: string) {
    const { status, reason, until } = this.entry(id).health
    return { status, reason, until }
  }
}

describe('health that several processes find out', () => {
  let world: World
  let id: string
  let one: Process
  let other: Process
  beforeEach(async () => {
    world = await makeWorld()
    id = (await world.add('a'))[0] as string
    one = await Process.open(world)
    other = await Process.open(world)
  })
  afterEach(async () => {
    await one.journal.close()
    await other.journal.close()
    await world.close()
  })

  const limited = (retryAfterMs: number): HealthOutcome => ({
    kind: 'failure',
    code: 'account_rate_limited',
    startedAt: world.clock.now(),
    alone: false,
    retryAfterMs,
  })
  const failure = (code: 'quota_exhausted' | 'account_suspended' | 'upstream_failed' | 'needs_login'): HealthOutcome => ({
    kind: 'failure',
    code,
    startedAt: world.clock.now(),
    alone: false,
  })
  const success = (): HealthOutcome => ({ kind: 'success', startedAt: world.clock.now() })
  const settle = async (...processes: readonly Process[]) => {
    for (const each of processes) await each.journal.flush()
    for (const each of processes) await each.look()
  }

  it('is everybody’s with the next look, with the same end, and is written once', async () => {
    one.apply(id, limited(3 * MINUTE))
    const end = one.entry(id).health.until
    await settle(one, other)
    expect(other.state(id)).to.deep.equal({ status: 'cooldown', reason: 'account_rate_limited', until: end })
    expect(other.told.map(({ to, cause }) => [to.status, cause?.code])).to.deep.equal([['cooldown', 'elsewhere']])
    const revision = await currentRevision(world.store)
    for (let round = 0; round < 3; round++) await settle(other, one)
    expect(await currentRevision(world.store)).to.equal(revision)
  })

  it('reaches the store at once where an account steps aside, and a second later where it only stumbled', async () => {
    const store = async () => (await world.directory.list()).find(account => account.id === id)?.state
    one.apply(id, failure('upstream_failed'))
    await world.clock.pass(100)
    expect((await store())?.failures).to.equal(0)
    one.apply(id, limited(MINUTE))
    await world.clock.pass(100)
    expect((await store())?.status).to.equal('cooldown')
  })

  it('comes back in all of them when one has brought it back', async () => {
    for (let count = 0; count < 3; count++) one.apply(id, failure('upstream_failed'))
    await settle(one, other)
    expect(other.state(id).status).to.equal('unhealthy')
    await world.clock.pass(1_000)
    one.apply(id, success())
    await settle(one, other)
    expect(other.state(id).status).to.equal('active')
    expect(other.entry(id).probation).to.equal(undefined)
  })

  it('counts failures in a row over all of them', async () => {
    one.apply(id, failure('upstream_failed'))
    await settle(one, other)
    other.apply(id, failure('upstream_failed'))
    await settle(one, other)
    one.apply(id, failure('upstream_failed'))
    expect(one.state(id).status).to.equal('unhealthy')
  })

  for (const [first, second] of [
    ['one', 'other'],
    ['other', 'one'],
  ] as const) {
    it(`is the worse of what two found at the same time, though ${first} is faster to write it down`, async () => {
      const processes = { one, other }
      one.apply(id, limited(3 * MINUTE))
      other.apply(id, failure('quota_exhausted'))
      await settle(processes[first], processes[second])
      await settle(processes[first], processes[second])
      for (const each of [one, other]) expect(each.state(id)).to.include({ status: 'exhausted', reason: 'quota_exhausted' })
    })
  }

  it('is not overwritten by who knows less', async () => {
    one.apply(id, limited(3 * MINUTE))
    other.apply(id, failure('upstream_failed'))
    await one.journal.flush()
    await other.journal.flush()
    const [row] = await world.directory.list()
    expect(row?.state.status).to.equal('cooldown')
    await settle(other, one)
    expect(other.state(id).status).to.equal('cooldown')
  })

  it('ends in all of them when an operator says so, whatever is yet to be written', async () => {
    one.apply(id, failure('account_suspended'))
    await settle(one, other)
    expect(other.state(id).status).to.equal('suspended')
    await world.directory.restore(id)
    other.apply(id, failure('quota_exhausted'))
    await settle(other, one)
    for (const each of [one, other]) expect(each.state(id).status).to.equal('active')
  })

  it('says nothing of a credential that has been replaced', async () => {
    one.apply(id, failure('needs_login'))
    await world.pool.refresh(id)
    await one.journal.flush()
    expect((await world.directory.list())[0]?.state.status).to.equal('active')
    await one.look()
    expect(one.state(id).status).to.equal('active')
  })

  it('is not taken back by a look that began before it was written', async () => {
    one.apply(id, failure('upstream_failed'))
    await one.journal.flush()
    const [before] = await new AccountRepository({ store: world.store, tokens: new TokenStore(world) }).load(0)
    one.apply(id, limited(3 * MINUTE))
    await one.journal.flush()
    if (before) one.roster.put(before)
    expect(one.state(id).status).to.equal('cooldown')
  })

  it('is one in the end, whoever finds, writes and looks when', async function () {
    this.timeout(20_000)
    let run = 0
    const step = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom('limited', 'longer', 'exhausted', 'suspended', 'failed', 'success', 'restored', 'write', 'look', 'later'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
        const secret = { access: 'x', refresh: `p-${run++}-0`, expiresAt: world.clock.now() + 1_000 * MINUTE }
        const account = await world.addSecret(secret)
        const processes = [await Process.open(world), await Process.open(world), await Process.open(world)]
        for (const [index, what] of steps) {
          const process = processes[index] as Process
          if (what === 'write') await process.journal.flush()
          else if (what === 'look') await process.look()
          else if (what === 'later') await world.clock.pass(40_000)
          else if (what === 'restored') await world.directory.restore(account)
          else if (what === 'success') process.apply(account, success())
          else if (what === 'limited') process.apply(account, limited(MINUTE))
          else if (what === 'longer') process.apply(account, limited(5 * MINUTE))
          else process.apply(account, failure(what === 'exhausted' ? 'quota_exhausted' : what === 'suspended' ? 'account_suspended' : 'upstream_failed'))
        }
        for (let round = 0; round < 3; round++) await settle(...processes)
        const revision = await currentRevision(world.store)
        await settle(...processes)
        expect(await currentRevision(world.store), 'they have come to rest').to.equal(revision)
        const states = processes.map(process => JSON.stringify(process.state(account)))
        expect(new Set(states).size, states.join(' ')).to.equal(1)
        for (const process of processes) await process.journal.close()
        await world.directory.remove(account)
      }),
      { numRuns: 60 },
    )
  })
})
