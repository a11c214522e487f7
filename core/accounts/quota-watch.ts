import type { Quota, QuotaReading } from '../contract/account.ts'
import { type Clock, sleep, type Timer } from '../contract/clock.ts'
import type { EventBus, GatewayEvents } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import type { Egress } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { AccountReadiness } from './account-readiness.ts'
import type { AccountEntry } from './entry.ts'
import { ladderStep, type Ladder } from './health-rules.ts'
import { NO_HISTORY, type QuotaHistory, withReading } from './quota-forecast.ts'
import { nextReading } from './quota-pace.ts'
import { readingOf, withLive } from './quota-reading.ts'
import type { QuotaStore, StoredQuota } from './quota-store.ts'
import { RefreshSchedule } from './refresh-schedule.ts'
import type { Roster } from './roster.ts'
import type { SteadyTime } from './steady-time.ts'

/** However many ways to ask a provider tries, a reading that takes longer has failed. */
const DEADLINE_MS = 60_000

/** After readings that failed. */
const BACK_OFF: Ladder = { firstMs: 60_000, factor: 2, mostMs: 3_600_000 }

/** What answers tell of the quota is written down this often at most. */
const LIVE_FLUSH_MS = 15_000

export interface QuotaWatchDeps {
  readonly roster: Roster
  readonly store: QuotaStore
  readonly providers: ReadonlyMap<string, Provider>
  readonly egress: Egress
  readonly clock: Clock
  readonly time: SteadyTime
  readonly log: Logger
  readonly events: EventBus
  readonly random: () => number
  readonly readiness: Pick<AccountReadiness, 'ensure' | 'mend'>
}

/** What is kept about the readings of one account. */
interface Track {
  history: QuotaHistory
  failures: number
  retryAt: number
  /** Asked for an answer since its last reading. */
  used: boolean
  /** When it was refused for lack of quota since its last reading, which is why the next one comes soon. */
  refusedAt: number | undefined
  random: number
  readonly seenAt: number
}

/** Reads what is left of each account: on demand, now and then by itself, and from answers that tell it. No request waits for it. */
export class QuotaWatch {
  readonly #deps: QuotaWatchDeps
  readonly #schedule: RefreshSchedule
  readonly #tracks = new WeakMap<AccountEntry, Track>()
  readonly #flights = new Map<string, Promise<QuotaReading>>()
  readonly #onState: GatewayEvents['account.state']
  #live = new Set<AccountEntry>()
  #liveTimer: Timer | undefined
  #closed = false

  constructor(deps: QuotaWatchDeps) {
    this.#deps = deps
    this.#schedule = new RefreshSchedule({ clock: deps.clock, time: deps.time, renew: entry => this.#readAhead(entry) })
    this.#onState = ({ account, cause }) => {
      const entry = deps.roster.get(account)
      if (!entry) return
      if (cause?.code === 'quota_exhausted') this.#track(entry).refusedAt ??= deps.time.now()
      this.plan(entry)
    }
    deps.events.on('account.state', this.#onState)
  }

  /** Takes in what the store has: from before this start, or from another process. */
  adopt(entry: AccountEntry, stored: StoredQuota): void {
    if ((entry.quota?.readAt ?? -1) >= stored.reading.readAt) return
    const { clock, time, roster } = this.#deps
    Object.assign(this.#track(entry), { history: stored.history, ...this.#freshPace() })
    roster.observe(entry, stored.reading, { startedAt: time.now() - Math.max(clock.now() - stored.reading.readAt, 0), elsewhere: true })
  }

  /** Plans the next reading. */
  plan(entry: AccountEntry): void {
    const { clock, time, providers, roster } = this.#deps
    if (this.#closed || !providers.get(entry.account.provider)?.quota) return
    const { retryAt, ...pace } = this.#track(entry)
    const readAt = entry.quota && time.now() - Math.max(clock.now() - entry.quota.readAt, 0)
    const at = nextReading(entry, { ...pace, readAt, accounts: roster.size })
    if (at === undefined) this.#schedule.delete(entry)
    else this.#schedule.set(entry, Math.max(at, retryAt))
  }

  /** The account was asked for an answer; called now and then, not with each request. */
  used(entry: AccountEntry): void {
    const track = this.#track(entry)
    if (track.used) return
    track.used = true
    this.plan(entry)
  }

  forget(entry: AccountEntry): void {
    this.#schedule.delete(entry)
  }

  /**
   * Reads it now, once however many ask.
   * @throws GatewayError what the provider met, or `unsupported` where it does not tell
   */
  read(entry: AccountEntry): Promise<QuotaReading> {
    const flying = this.#flights.get(entry.id)
    if (flying) return flying
    const flight = this.#read(entry).finally(() => {
      this.#flights.delete(entry.id)
      this.plan(entry)
    })
    this.#flights.set(entry.id, flight)
    return flight
  }

  /** What an answer told on its way, of an attempt that began at `startedAt`. */
  observed(entry: AccountEntry, quota: Quota, startedAt: number): void {
    const told = readingOf(quota, this.#deps.clock.now())
    this.#keep(entry, entry.quota === undefined ? told : withLive(entry.quota, told), startedAt)
    this.#live.add(entry)
    if (this.#closed) return
    this.#liveTimer ??= this.#deps.clock.timer(LIVE_FLUSH_MS, () => {
      this.#liveTimer = undefined
      void this.#flushLive()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#schedule.close()
    this.#liveTimer?.cancel()
    this.#deps.events.off('account.state', this.#onState)
    await this.#flushLive()
  }

  async #readAhead(entry: AccountEntry): Promise<void> {
    if (this.#closed || this.#deps.roster.get(entry.id) !== entry) return
    await this.read(entry).catch(() => undefined)
  }

  async #read(entry: AccountEntry): Promise<QuotaReading> {
    const track = this.#track(entry)
    const { clock, time, roster, log } = this.#deps
    try {
      await this.#deps.readiness.ensure(entry)
      let startedAt = time.now()
      const quota = await this.#ask(entry).catch(async (error: unknown) => {
        await this.#mend(entry, error)
        startedAt = time.now()
        return this.#ask(entry)
      })
      if (entry.unproven === entry.account.generation) entry.unproven = undefined
      const reading = readingOf(quota, clock.now())
      Object.assign(track, { failures: 0, retryAt: 0, ...this.#freshPace() })
      this.#keep(entry, reading, startedAt)
      if (!this.#closed) await this.#store([entry], true)
      return reading
    } catch (thrown) {
      const error = GatewayError.from(thrown)
      track.failures++
      track.refusedAt = undefined
      track.retryAt = time.now() + ladderStep(BACK_OFF, track.failures - 1)
      log.debug('the quota of an account could not be read', { account: entry.id, code: error.code, error })
      // The one failure that is certain and that somebody must hear of; every other says as much of the reading as of the account.
      if (error.code === 'account_suspended') {
        roster.apply(entry, { kind: 'failure', code: error.code, startedAt: time.now(), alone: false, detail: 'found while its quota was read' })
      }
      throw error
    }
  }

  /** A token may be refused before its time. One that was renewed for that and has not worked since is not renewed again. */
  async #mend(entry: AccountEntry, error: unknown): Promise<void> {
    const { generation } = entry.account
    if (!GatewayError.is(error) || error.code !== 'token_rejected' || error.remedy !== 'refresh-token' || entry.unproven === generation) throw error
    await this.#deps.readiness.mend(entry, { generation, remedy: error.remedy })
  }

  async #ask(entry: AccountEntry): Promise<Quota> {
    const { providers, egress, clock } = this.#deps
    const { account } = entry
    const provider = providers.get(account.provider)
    if (!provider?.quota) throw new GatewayError('unsupported', `${account.provider} does not tell what is left of an account`)
    const over = new AbortController()
    const late = sleep(clock, DEADLINE_MS, over.signal).then(() =>
      Promise.reject(new GatewayError('upstream_timeout', `${provider.name} did not tell the quota within a minute`)),
    )
    // What is kept for a provider has its credential's type.
    const asked = provider.quota(account as never, egress.clientFor(account))
    return Promise.race([asked, late]).finally(() => over.abort())
  }

  #keep(entry: AccountEntry, reading: QuotaReading, startedAt: number): void {
    const track = this.#track(entry)
    track.history = withReading(track.history, reading)
    this.#deps.roster.observe(entry, reading, { startedAt })
  }

  async #flushLive(): Promise<void> {
    const entries = this.#live
    this.#live = new Set()
    await this.#store([...entries], false)
  }

  /** @param announce whether other processes are to take it as their own at once */
  async #store(entries: readonly AccountEntry[], announce: boolean): Promise<void> {
    const quotas = new Map<string, StoredQuota>()
    for (const entry of entries) if (entry.quota) quotas.set(entry.id, { reading: entry.quota, history: this.#track(entry).history })
    // It is in memory and read again soon: a store that is away costs no more than that.
    await this.#deps.store.write(quotas, { announce }).catch((error: unknown) => this.#deps.log.warn('quota readings could not be stored', { error }))
  }

  #track(entry: AccountEntry): Track {
    const known = this.#tracks.get(entry)
    if (known) return known
    const track: Track = { history: NO_HISTORY, failures: 0, retryAt: 0, ...this.#freshPace(), seenAt: this.#deps.time.now() }
    this.#tracks.set(entry, track)
    return track
  }

  /** Nothing has happened since a reading. */
  #freshPace(): Pick<Track, 'used' | 'refusedAt' | 'random'> {
    return { used: false, refusedAt: undefined, random: this.#deps.random() }
  }
}
