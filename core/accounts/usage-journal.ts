import type { AccountFault } from '../contract/account.ts'
import type { Clock, Timer } from '../contract/clock.ts'
import type { EventBus, GatewayEvents } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import { newOwner } from '../store/process-identity.ts'
import type { AccountEntry } from './entry.ts'
import type { InFlightNote, StoredUsage, UsageChange, UsageStore } from './usage-store.ts'

const FLUSH_MS = 3_000

/** A note of requests under way holds for this long; a process that still has them repeats it in time. */
const IN_FLIGHT_MS = 60_000

export interface UsageJournalDeps {
  readonly store: UsageStore
  readonly clock: Clock
  readonly log: Logger
  readonly events: EventBus
  readonly entryOf: (id: string) => AccountEntry | undefined
  /** The accounts that were used since the last look. */
  readonly used: (entry: AccountEntry) => void
}

/** What the store has of one account by this process. */
interface Written {
  requests: number
  successes: number
  failures: number
  lastFault: AccountFault | undefined
  inFlight: number
  inFlightUntil: number
}

const NOTHING: Written = { requests: 0, successes: 0, failures: 0, lastFault: undefined, inFlight: 0, inFlightUntil: 0 }

/**
 * Writes usage and requests under way down every few seconds, as differences: several processes count the same accounts.
 * A request adds an id to a set here, no more.
 */
export class UsageJournal {
  readonly #deps: UsageJournalDeps
  readonly #process = newOwner()
  readonly #written = new WeakMap<AccountEntry, Written>()
  readonly #listeners: Pick<GatewayEvents, 'attempt.started' | 'attempt.ended' | 'request.settled' | 'account.refresh-failed'>
  #touched = new Set<string>()
  #timer: Timer | undefined
  #flushing: Promise<void> = Promise.resolve()
  #failing = false
  #wrote = false
  #closed = false

  constructor(deps: UsageJournalDeps) {
    this.#deps = deps
    this.#listeners = {
      'attempt.started': ({ account }) => this.touch(account),
      'attempt.ended': ({ record }) => this.touch(record.account),
      'request.settled': ({ outcome }) => {
        for (const { account } of outcome.attempts) this.touch(account)
      },
      'account.refresh-failed': ({ account, code, message }) => {
        const entry = deps.entryOf(account)
        if (entry) entry.lastFault = { code, message, at: deps.clock.now() }
        this.touch(account)
      },
    }
    for (const [event, listener] of Object.entries(this.#listeners)) deps.events.on(event as keyof GatewayEvents, listener as never)
  }

  /** An account comes into memory with what the store has counted. */
  begin(entry: AccountEntry, stored: StoredUsage | undefined): void {
    if (this.#written.has(entry)) return
    if (stored) Object.assign(entry.usage, stored.usage)
    if (stored?.lastFault) entry.lastFault = stored.lastFault
    this.#written.set(entry, { ...NOTHING, ...entry.usage, lastFault: entry.lastFault })
  }

  touch(account: string): void {
    this.#touched.add(account)
    this.#arm()
  }

  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#flushing = this.#flushing.then(() => this.#write())
    return this.#flushing
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const [event, listener] of Object.entries(this.#listeners)) this.#deps.events.off(event as keyof GatewayEvents, listener as never)
    await this.flush()
    // Commands open a pool and use no account: they leave no trace.
    if (this.#wrote) await this.#deps.store.leave(this.#process, this.#deps.clock.now()).catch(() => undefined)
  }

  #arm(): void {
    if (this.#closed) return
    this.#timer ??= this.#deps.clock.timer(FLUSH_MS, () => {
      this.#timer = undefined
      void this.flush()
    })
  }

  async #write(): Promise<void> {
    const now = this.#deps.clock.now()
    const touched = this.#touched
    if (touched.size === 0) return
    this.#touched = new Set()
    const changes: UsageChange[] = []
    const notes: InFlightNote[] = []
    const settled: (() => void)[] = []
    for (const id of touched) {
      const entry = this.#deps.entryOf(id)
      if (!entry) continue
      // Callers' accounts come and go with their callers: theirs is counted from nought.
      const written = this.#written.get(entry) ?? { ...NOTHING }
      this.#written.set(entry, written)
      const next: Written = { ...entry.usage, lastFault: entry.lastFault, inFlight: entry.inFlight, inFlightUntil: now + IN_FLIGHT_MS }
      const change = differenceOf(entry, written)
      if (change) changes.push(change)
      if (change && change.requests > 0) this.#deps.used(entry)
      const stale = next.inFlight > 0 && written.inFlightUntil - now < IN_FLIGHT_MS / 2
      const noted = next.inFlight !== written.inFlight || stale
      if (noted) notes.push({ account: id, requests: next.inFlight })
      settled.push(() => Object.assign(written, next, noted ? {} : { inFlightUntil: written.inFlightUntil }))
      // As long as something is under way the note must be repeated.
      if (next.inFlight > 0) this.touch(id)
    }
    try {
      await this.#deps.store.write(changes, { process: this.#process, until: now + IN_FLIGHT_MS, notes })
      this.#wrote ||= notes.length > 0
      for (const settle of settled) settle()
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#deps.log.warn('the use of accounts could not be written down, it is counted on in memory', { error })
      this.#failing = true
      for (const id of touched) this.touch(id)
    }
  }
}

function differenceOf({ id, usage, lastFault }: AccountEntry, written: Written): UsageChange | undefined {
  const requests = usage.requests - written.requests
  const successes = usage.successes - written.successes
  const failures = usage.failures - written.failures
  const fault = lastFault === written.lastFault ? undefined : lastFault
  if (requests === 0 && successes === 0 && failures === 0 && fault === undefined) return undefined
  const { lastUsedAt } = usage
  return { account: id, requests, successes, failures, ...(lastUsedAt !== undefined && { lastUsedAt }), ...(fault && { lastFault: fault }) }
}
