import type { Account } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBus } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import type { AccountOrigin, Egress } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { LEASE_MS, type Leases } from '../store/leases.ts'
import type { AccountEntry } from './entry.ts'
import { ladderStep, RENEWAL_LADDER } from './health-rules.ts'
import { callForCredential } from './refresh-call.ts'
import { underLease } from './refresh-lease.ts'
import { RefreshSchedule } from './refresh-schedule.ts'
import type { Roster } from './roster.ts'
import { RotationWriter } from './rotation-writer.ts'
import type { SteadyTime } from './steady-time.ts'
import { isFresh, lifetimeOf, renewedEnd } from './token-life.ts'
import type { TokenStore } from './token-store.ts'

export interface RefresherDeps {
  readonly roster: Roster
  readonly tokens: TokenStore
  readonly leases: Leases
  readonly providers: ReadonlyMap<string, Provider>
  readonly egress: Egress
  readonly clock: Clock
  readonly time: SteadyTime
  readonly log: Logger
  readonly events: EventBus
  readonly reread?: SourceReader
}

/** Takes what a source says now into the store, if it is new. Never rejects: a source that cannot be read says nothing. */
export type SourceReader = (provider: string, origin: AccountOrigin) => Promise<void>

interface Setback {
  readonly failures: number
  readonly retryAt: number
  readonly error: unknown
}

/** How often the source of an account that needs a new sign-in is looked at. */
const LOOK_AGAIN_MS = 60_000

const STORE_RETRY_MS = 1_000

/**
 * Renews credentials, each generation once: in this process by sharing the flight, between processes by a lease and by
 * the store's check of the generation. Nobody's request cancels it.
 */
export class Refresher {
  readonly #deps: RefresherDeps
  readonly #writer: RotationWriter
  readonly #schedule: RefreshSchedule
  readonly #flights = new Map<string, Promise<void>>()
  readonly #setbacks = new Map<string, Setback>()
  readonly #late = new Set<Promise<void>>()
  #closed = false

  constructor(deps: RefresherDeps) {
    this.#deps = deps
    this.#writer = new RotationWriter(deps)
    this.#schedule = new RefreshSchedule({ clock: deps.clock, time: deps.time, renew: entry => this.#renewAhead(entry) })
  }

  /** Undefined when the credential can be used as it is; else resolves when it can. */
  ensure(entry: AccountEntry): Promise<void> | undefined {
    const now = this.#deps.time.now()
    if (isFresh(entry.times, now)) return undefined
    const flight = this.#begin(entry)
    // Not to be had in time is no harm as long as the old one lasts.
    return entry.times.endsAt <= now ? flight : flight.catch((error: unknown) => this.#unlessAlive(entry, error))
  }

  /** A newer credential than the one refused; at once when there is one already. */
  force(entry: AccountEntry, refused: number): Promise<void> {
    return entry.account.generation > refused ? Promise.resolve() : this.#begin(entry)
  }

  /** The token in use was refused and cannot be replaced now: until the next try the account serves only where nobody else can. */
  noteRefused(entry: AccountEntry): void {
    const setback = this.#setbacks.get(entry.id)
    if (setback === undefined || isOurs(setback.error) || entry.health.status !== 'active') return
    const { roster, time } = this.#deps
    roster.apply(entry, { kind: 'renewal-failed', retryAfterMs: setback.retryAt - time.now() })
  }

  /** Plans the next renewal ahead of need. Accounts of single callers are renewed when they are used. */
  plan(entry: AccountEntry): void {
    const { status } = entry.health
    if (entry.account.owner !== undefined || entry.disabled) this.#schedule.delete(entry)
    else if (status === 'invalid') this.#planLook(entry)
    else this.#schedule.set(entry, Math.max(entry.times.dueAt, this.#earliest(entry)))
  }

  /** A new sign-in may turn up where the account came from. */
  #planLook(entry: AccountEntry): void {
    if (this.#deps.reread && entry.origin.startsWith('file:')) this.#schedule.set(entry, this.#deps.time.now() + LOOK_AGAIN_MS)
    else this.#schedule.delete(entry)
  }

  /** Nothing that failed is due at once: the schedule would turn in a circle. */
  #earliest(entry: AccountEntry): number {
    if (this.#writer.holds(entry.id)) return this.#deps.time.now() + RENEWAL_LADDER.firstMs
    return this.#setbacks.get(entry.id)?.retryAt ?? 0
  }

  forget(entry: AccountEntry): void {
    this.#schedule.delete(entry)
    this.#setbacks.delete(entry.id)
  }

  /** Accounts whose newest credential could not be stored yet. */
  get unstored(): ReadonlySet<string> {
    return this.#writer.held
  }

  /** Waits for renewals under way and for their commits; begins no more. */
  async close(): Promise<void> {
    this.#closed = true
    this.#schedule.close()
    await Promise.allSettled(this.#flights.values())
    await Promise.allSettled(this.#late)
    await this.#writer.close()
  }

  #begin(entry: AccountEntry): Promise<void> {
    const key = `${entry.id}#${entry.account.generation}`
    const flying = this.#flights.get(key)
    if (flying) return flying
    const refusal = this.#refusal(entry)
    if (refusal !== undefined) {
      this.#noteIfEnded(entry)
      return Promise.reject(refusal as Error)
    }
    // Timers of the clock do not hold the process; a renewal does, or a command could end in the middle of one.
    const hold = setInterval(() => undefined, LEASE_MS)
    const flight = this.#fly(entry).finally(() => {
      clearInterval(hold)
      this.#flights.delete(key)
      if (!this.#closed) this.plan(entry)
    })
    this.#flights.set(key, flight)
    return flight
  }

  #refusal(entry: AccountEntry): unknown {
    if (this.#closed) return stopping()
    if (this.#writer.holds(entry.id)) {
      return new GatewayError('store_unavailable', 'the account was renewed, but its credential could not be stored yet: free some disk space')
    }
    const setback = this.#setbacks.get(entry.id)
    return setback && setback.retryAt > this.#deps.time.now() ? setback.error : undefined
  }

  async #fly(entry: AccountEntry): Promise<void> {
    const { roster, events } = this.#deps
    const before = entry.account.generation
    try {
      await this.#renew(entry)
      this.#setbacks.delete(entry.id)
      roster.apply(entry, { kind: 'renewed' })
      if (entry.account.generation > before) events.emit('account.refreshed', { account: entry.id, generation: entry.account.generation })
    } catch (error) {
      this.#afterFailure(entry, error)
      throw error
    }
  }

  #renew(entry: AccountEntry): Promise<void> {
    const { leases, clock } = this.#deps
    const { generation } = entry.account
    const settled = async () => {
      if (await this.#catchUp(entry, generation)) return true
      if (this.#closed) throw stopping()
      return false
    }
    // Another process would spend the token once more that our unstored answer has replaced.
    const unfinished = () => this.#writer.stored(entry.id)
    return underLease({ leases, clock, account: entry.id, settled, unfinished }, async () => {
      if (!(await this.#catchUp(entry, generation))) await this.#rotate(entry)
    })
  }

  /** Whether there is a newer credential than `generation`: the store's, or what the watch of the store has brought in meanwhile. */
  async #catchUp(entry: AccountEntry, generation: number): Promise<boolean> {
    const stored = await this.#deps.tokens.read(entry.id)
    if (!stored) {
      this.#deps.roster.drop(entry.id)
      throw new GatewayError('no_account', 'the account was removed')
    }
    this.#deps.roster.adopt(entry, stored)
    return entry.account.generation > generation
  }

  async #rotate(entry: AccountEntry): Promise<void> {
    // As it is now: what the watch brings in meanwhile must not make our answer look newer than it is.
    const spent = entry.account
    let credential: unknown
    try {
      credential = await this.#call(entry, spent, spent.credential)
    } catch (error) {
      if (!GatewayError.is(error) || error.code !== 'needs_login') throw error
      // Losing is normal: only a credential that the store still holds is truly dead.
      if ((await this.#catchUp(entry, spent.generation)) || (await this.#fromSource(entry, spent.generation))) return
      credential = await this.#callWithPrevious(entry, spent, error)
    }
    await this.#commit(entry, spent, credential)
  }

  /** Whoever shares the credential's file may have renewed it there, which ended ours. */
  async #fromSource(entry: AccountEntry, generation: number): Promise<boolean> {
    await this.#deps.reread?.(entry.account.provider, entry.origin)
    if (!(await this.#catchUp(entry, generation))) return false
    if (!isFresh(entry.times, this.#deps.time.now())) await this.#rotate(entry)
    return true
  }

  /** The credential before this one may still be good where the answer that replaced it was lost. */
  async #callWithPrevious(entry: AccountEntry, spent: Account, error: GatewayError): Promise<unknown> {
    if (!entry.hasPrevious || !lifetimeOf(this.#provider(entry), spent.credential).replayable) throw error
    const previous = await this.#deps.tokens.readPrevious(entry.id, spent.generation)
    if (previous === undefined) throw error
    entry.hasPrevious = false
    return this.#call(entry, spent, previous)
  }

  #call(entry: AccountEntry, spent: Account, credential: unknown): Promise<unknown> {
    const { egress, clock } = this.#deps
    return callForCredential({
      provider: this.#provider(entry),
      account: { ...spent, credential },
      http: egress.clientFor(spent),
      clock,
      late: arrived => this.#commitLate(entry, spent, arrived),
    })
  }

  async #commit(entry: AccountEntry, spent: Account, credential: unknown): Promise<void> {
    const { clock, roster } = this.#deps
    const refreshedAt = clock.now()
    const expiresAt = renewedEnd(lifetimeOf(this.#provider(entry), credential), refreshedAt)
    const rotation = { account: entry.id, generation: spent.generation, spent: spent.credential, next: credential, expiresAt }
    let superseded = false
    await this.#writer.write(rotation, result => {
      superseded = result === 'superseded'
      // Only what is on disk may be used.
      if (!superseded) roster.adopt(entry, { credential, generation: spent.generation + 1, expiresAt, refreshedAt, hasPrevious: true })
      if (!this.#closed) this.plan(entry)
    })
    if (superseded) await this.#catchUp(entry, spent.generation)
  }

  #commitLate(entry: AccountEntry, spent: Account, credential: unknown): void {
    const late = this.#commit(entry, spent, credential).catch((error: unknown) =>
      this.#deps.log.error('a credential that came late was not stored', { account: entry.id, error }),
    )
    this.#late.add(late)
    void late.finally(() => this.#late.delete(late))
  }

  #afterFailure(entry: AccountEntry, error: unknown): void {
    const { roster, time, log, events } = this.#deps
    const code = GatewayError.is(error) ? error.code : 'internal'
    log.warn('an account could not be renewed', { account: entry.id, code, error })
    if (!isOurs(error)) events.emit('account.refresh-failed', { account: entry.id, code, message: GatewayError.from(error).message })
    if (code === 'needs_login') {
      this.#setbacks.delete(entry.id)
      roster.apply(entry, { kind: 'failure', code, startedAt: time.now(), alone: false, detail: GatewayError.from(error).message })
      return
    }
    if (code === 'draining' || this.#writer.holds(entry.id)) return
    const failures = (this.#setbacks.get(entry.id)?.failures ?? 0) + 1
    const hint = GatewayError.is(error) ? (error.retryAfterMs ?? 0) : 0
    // A database that was away says nothing about the account: it is renewed as soon as the database is back.
    const step = code === 'store_unavailable' ? STORE_RETRY_MS : ladderStep(RENEWAL_LADDER, failures - 1)
    const waitMs = Math.max(step, Math.min(hint, RENEWAL_LADDER.mostMs))
    this.#setbacks.set(entry.id, { failures, retryAt: time.now() + waitMs, error })
    this.#noteIfEnded(entry)
  }

  /** Without a valid token the account cannot serve until the next try, whoever asks. */
  #noteIfEnded(entry: AccountEntry): void {
    if (entry.times.endsAt <= this.#deps.time.now()) this.noteRefused(entry)
  }

  #unlessAlive(entry: AccountEntry, error: unknown): void {
    if (entry.times.endsAt <= this.#deps.time.now()) throw error
  }

  async #renewAhead(entry: AccountEntry): Promise<void> {
    if (this.#closed || this.#deps.roster.get(entry.id) !== entry || entry.disabled) return
    if (entry.health.status === 'invalid') {
      // What it says reaches us as every change of the store does.
      await this.#deps.reread?.(entry.account.provider, entry.origin)
      return this.plan(entry)
    }
    // A reload may bring its provider back.
    if (!this.#deps.providers.has(entry.account.provider)) return this.#schedule.set(entry, this.#deps.time.now() + RENEWAL_LADDER.mostMs)
    // Somebody's request was faster: the plan was made anew then.
    if (entry.times.dueAt > this.#deps.time.now()) return this.plan(entry)
    await this.#begin(entry).catch(() => this.plan(entry))
  }

  #provider(entry: AccountEntry): Provider {
    const provider = this.#deps.providers.get(entry.account.provider)
    if (!provider) throw new GatewayError('no_account', `the provider ${entry.account.provider} is not configured`)
    return provider
  }
}

/** The gateway's own trouble says nothing about an account. */
function isOurs(error: unknown): boolean {
  return !GatewayError.is(error) || error.scope === 'gateway'
}

function stopping(): GatewayError {
  return new GatewayError('draining', 'the gateway is stopping and renews no more accounts')
}
