import type { Clock } from '../contract/clock.ts'
import type { AccountState, QuotaReading } from '../contract/account.ts'
import { ELSEWHERE, type EventBus, REST_OVER, type StateCause } from '../contract/event-bus.ts'
import { AccountGroup } from './account-group.ts'
import { AccountEntry } from './entry.ts'
import { clampedState, effectiveState, type HealthOutcome, isWell, nextState, probationAfter, wellSince } from './health.ts'
import type { HealthJournal } from './health-journal.ts'
import { outcomeOf } from './quota-outcome.ts'
import { accountOf, type LoadedAccount } from './repository.ts'
import { sameHealth, worseOf } from './shared-health.ts'
import type { SteadyTime } from './steady-time.ts'
import type { StoredToken } from './token-store.ts'
import { tokenTimes } from './token-life.ts'

export interface RosterDeps {
  readonly clock: Clock
  readonly time: SteadyTime
  readonly events: EventBus
  readonly journal: Pick<HealthJournal, 'note'>
  readonly random: () => number
}

/** All accounts in memory, and the only place where their health changes. */
export class Roster {
  readonly #deps: RosterDeps
  readonly #entries = new Map<string, AccountEntry>()
  readonly #groups = new Map<string, AccountGroup>()
  readonly #unreadable = new Set<string>()

  constructor(deps: RosterDeps) {
    this.#deps = deps
  }

  get(id: string): AccountEntry | undefined {
    return this.#entries.get(id)
  }

  get size(): number {
    return this.#entries.size
  }

  entries(): IterableIterator<AccountEntry> {
    return this.#entries.values()
  }

  /** The accounts of a provider that anybody may use, with those whose rest is over back among the ready. */
  group(provider: string): AccountGroup | undefined {
    const group = this.#groups.get(provider)
    if (!group) return undefined
    const now = this.#deps.time.now()
    for (let entry = group.returns.take(now); entry; entry = group.returns.take(now)) this.refreshState(entry)
    return group
  }

  groups(): IterableIterator<string> {
    return this.#groups.keys()
  }

  /** Accounts whose secret could not be read. */
  get unreadable(): ReadonlySet<string> {
    return this.#unreadable
  }

  /** Takes in what the store has; returns the entry unless the account is not to be used. */
  put(loaded: LoadedAccount): AccountEntry | undefined {
    const { record, token } = loaded
    const known = this.#entries.get(record.id)
    if (token || record.removed) this.#unreadable.delete(record.id)
    else this.#unreadable.add(record.id)
    if (!token || record.removed || !record.attached) {
      if (known) this.#drop(known)
      return undefined
    }
    if (!known) {
      const entry = new AccountEntry(record, accountOf(record, token), { times: this.#times(token), hasPrevious: token.hasPrevious })
      this.#entries.set(record.id, entry)
      entry.noteStored(record.health, loaded.revision)
      entry.health = clampedState(record.health, this.#deps.time.now())
      entry.probation = probationAfter(entry.health)
      this.#settle(entry)
      return entry
    }
    this.#update(known, { ...loaded, token })
    return known
  }

  /** A newer credential: from our own renewal or another process's. An older one changes nothing. */
  adopt(entry: AccountEntry, token: StoredToken): void {
    if (token.generation <= entry.account.generation) return
    entry.account = { ...entry.account, credential: token.credential, generation: token.generation }
    entry.times = this.#times(token)
    entry.hasPrevious = token.hasPrevious
  }

  /** What happened to an account, as the pure rules judge it; told to watchers and written down. */
  apply(entry: AccountEntry, outcome: HealthOutcome): void {
    this.#apply(entry, outcome, causeOf(outcome))
  }

  #apply(entry: AccountEntry, outcome: HealthOutcome, cause: StateCause): void {
    const now = this.#deps.time.now()
    const from = entry.health
    const to = nextState(from, outcome, now)
    if (outcome.kind === 'success' && to.status === 'active') entry.probation = undefined
    if (outcome.kind === 'quota-left' && to !== from) {
      // Of a rate limit nobody has said that it is over: one request finds out.
      entry.probation ??= 'lenient'
      entry.clearLanes()
    }
    if (outcome.kind === 'restored') {
      entry.probation = undefined
      entry.clearLanes()
      entry.unproven = undefined
    }
    entry.probation = probationAfter(to) ?? entry.probation
    this.#change(entry, to, cause)
  }

  /** What is left of an account, by a reading that was begun at `startedAt`: a reason to rest, or to come back. */
  observe(entry: AccountEntry, reading: QuotaReading, { startedAt, elsewhere }: { readonly startedAt: number; readonly elsewhere?: true }): void {
    const before = entry.quota
    if (before && before.readAt > reading.readAt) return
    entry.quota = reading
    this.#deps.events.emit('account.quota', { account: entry.id, reading, ...(before && { before }), ...(elsewhere && { elsewhere }) })
    const outcome = outcomeOf(reading, { startedAt, wall: this.#deps.clock.now() })
    if (outcome) this.#apply(entry, outcome, elsewhere ? { code: ELSEWHERE } : causeOf(outcome))
  }

  /** Looks at the clock and at the entry's flags again. */
  refreshState(entry: AccountEntry): void {
    this.#change(entry, effectiveState(entry.health, this.#deps.time.now()), { code: REST_OVER })
    this.#settle(entry)
  }

  /** Puts right what no outcome would: an end further away than such a state may last, a probe that nobody makes. */
  correct(entry: AccountEntry): boolean {
    this.refreshState(entry)
    const now = this.#deps.time.now()
    const sound = effectiveState(clampedState(entry.health, now), now)
    const { status, since, until } = entry.health
    const stuck = sound.status !== status || sound.since !== since || sound.until !== until
    const abandoned = entry.probing && entry.inFlight === 0
    if (abandoned) entry.probing = false
    if (stuck) this.#change(entry, sound, CORRECTED)
    if (abandoned) this.#settle(entry)
    return stuck || abandoned
  }

  drop(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) this.#drop(entry)
  }

  #update(entry: AccountEntry, loaded: LoadedAccount & { readonly token: StoredToken }): void {
    const { record, token, revision } = loaded
    const replaced = token.generation > entry.account.generation
    this.adopt(entry, token)
    if (replaced) this.#deps.events.emit('account.adopted', { account: entry.id, generation: token.generation })
    entry.account = { ...accountOf(record, entry.account) }
    const before = entry.disabled ? { status: 'disabled' as const, ...entry.disabled, failures: 0 } : entry.health
    entry.disabled = record.disabled
    const health = clampedState(record.health, this.#deps.time.now())
    // Somebody reset it; or another process found something; or it was rotated elsewhere, which proves a verdict on the old credential wrong.
    if (record.healthEpoch !== entry.healthEpoch) {
      entry.healthEpoch = record.healthEpoch
      entry.health = health
      entry.probation = undefined
      // What the store still has of it is taken in again.
      delete entry.quota
      entry.clearLanes()
      entry.unsavedHealth = false
      entry.noteStored(record.health, revision)
    } else if (revision > entry.storedRevision && !sameHealth(record.health, entry.storedHealth)) {
      this.#learn(entry, health)
      entry.noteStored(record.health, revision)
    } else if (replaced && (entry.health.status === 'invalid' || entry.health.reason === 'renewal-failed')) {
      entry.health = wellSince(this.#deps.time.now())
      this.#note(entry)
    }
    this.#settle(entry)
    const after = entry.disabled ? { status: 'disabled' as const, ...entry.disabled, failures: 0 } : entry.health
    if (before.status !== after.status || before.until !== after.until) this.#tell(entry, { from: before, to: after, cause: { code: ELSEWHERE } })
  }

  #change(entry: AccountEntry, to: AccountEntry['health'], cause: StateCause): void {
    const from = entry.health
    if (to === from) return
    entry.health = to
    this.#settle(entry)
    this.#note(entry)
    if (!entry.disabled && (from.status !== to.status || from.until !== to.until)) this.#tell(entry, { from, to, cause })
  }

  /** Another process's word. It knew what we had written down; of what we had not, the worse holds. */
  #learn(entry: AccountEntry, theirs: AccountState): void {
    entry.health = entry.unsavedHealth ? worseOf(entry.health, theirs, this.#deps.time.now()) : theirs
    if (entry.health !== theirs) return
    entry.probation = isWell(theirs) ? undefined : (probationAfter(theirs) ?? entry.probation)
  }

  #note(entry: AccountEntry): void {
    entry.unsavedHealth = true
    this.#deps.journal.note(entry)
  }

  #tell(entry: AccountEntry, change: { readonly from: AccountState; readonly to: AccountState; readonly cause?: StateCause }): void {
    this.#deps.events.emit('account.state', { account: entry.id, provider: entry.account.provider, ...change })
  }

  #settle(entry: AccountEntry): void {
    // A caller's own account is found by its id alone; one that was removed may still have requests under way.
    if (entry.account.owner !== undefined || this.#entries.get(entry.id) !== entry) return
    let group = this.#groups.get(entry.account.provider)
    if (!group) this.#groups.set(entry.account.provider, (group = new AccountGroup()))
    group.settle(entry)
  }

  #drop(entry: AccountEntry): void {
    this.#entries.delete(entry.id)
    this.#groups.get(entry.account.provider)?.remove(entry)
  }

  #times(token: StoredToken) {
    const { clock, time, random } = this.#deps
    return tokenTimes(token, { now: time.now(), wall: clock.now(), random: random() })
  }
}

const CORRECTED: StateCause = { code: 'corrected' }

function causeOf(outcome: HealthOutcome): StateCause {
  if (outcome.kind !== 'failure') return { code: outcome.kind }
  const { code, detail, call, attempt } = outcome
  return { code, ...(detail !== undefined && { detail }), ...(call !== undefined && { call }), ...(attempt !== undefined && { attempt }) }
}
