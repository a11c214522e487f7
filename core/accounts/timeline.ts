import type { AccountEvent, AccountState, QuotaReading } from '../contract/account.ts'
import type { Clock, Timer } from '../contract/clock.ts'
import { ELSEWHERE, type EventBus, type GatewayEvents, REST_OVER } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import { bandOf } from './quota-reading.ts'
import type { TimelineStore } from './timeline-store.ts'

const FLUSH_MS = 1_000

/** Lines that may wait for a store that is away; beyond that the oldest are lost, which the log says. */
const MOST_WAITING = 5_000

/** Lines after which old ones are looked for. */
const PRUNE_EVERY = 500

/** A rest whose end moved by less is the same rest: requests that were under way together report one limit each. */
const SAME_END_MS = 60_000

export interface TimelineDeps {
  readonly store: TimelineStore
  readonly clock: Clock
  readonly log: Logger
  readonly events: EventBus
}

/** Of now, where it does not say when. */
type TimelineNote = Omit<AccountEvent, 'at'> & Partial<Pick<AccountEvent, 'at'>>

/** Writes down what happens to accounts, a little later and many lines at once. It watches; nothing waits for it. */
export class Timeline {
  readonly #deps: TimelineDeps
  readonly #written = new Set<string>()
  readonly #listeners: Pick<GatewayEvents, 'account.state' | 'account.refreshed' | 'account.refresh-failed' | 'account.quota'>
  #waiting: (readonly [account: string, event: AccountEvent])[] = []
  #sincePrune = PRUNE_EVERY
  #timer: Timer | undefined
  #flushing: Promise<void> = Promise.resolve()
  #failing = false
  #closed = false

  constructor(deps: TimelineDeps) {
    this.#deps = deps
    const note = (account: string, event: TimelineNote) => this.#note(account, event)
    this.#listeners = {
      'account.state': ({ account, from, to, cause }) => {
        if (cause?.code !== ELSEWHERE && isNews(from, to)) {
          const { code = to.reason, ...more } = cause ?? {}
          note(account, {
            kind: 'state',
            from: from.status,
            to: to.status,
            ...(to.until !== undefined && { until: to.until }),
            ...(code !== undefined && { cause: code }),
            ...(code === REST_OVER && { at: to.since }),
            ...more,
          })
        }
      },
      'account.refreshed': ({ account, generation }) => note(account, { kind: 'refreshed', detail: `generation ${generation}` }),
      'account.refresh-failed': ({ account, code, message }) => note(account, { kind: 'refresh-failed', cause: code, detail: message }),
      'account.quota': ({ account, reading, before, elsewhere }) => {
        const detail = elsewhere ? undefined : quotaNews(before, reading)
        if (detail !== undefined) note(account, { kind: 'quota', detail })
      },
    }
    for (const [event, listener] of Object.entries(this.#listeners)) deps.events.on(event as keyof GatewayEvents, listener as never)
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
  }

  #note(account: string, event: TimelineNote): void {
    this.#waiting.push([account, { at: this.#deps.clock.now(), ...event }])
    if (this.#waiting.length > MOST_WAITING) this.#waiting.splice(0, this.#waiting.length - MOST_WAITING)
    this.#arm()
  }

  #arm(): void {
    if (this.#closed) return
    this.#timer ??= this.#deps.clock.timer(FLUSH_MS, () => {
      this.#timer = undefined
      void this.flush()
    })
  }

  async #write(): Promise<void> {
    const events = this.#waiting
    if (events.length === 0) return
    this.#waiting = []
    const { store, clock, log } = this.#deps
    try {
      await store.append(events)
      for (const [account] of events) this.#written.add(account)
      this.#sincePrune += events.length
      if (this.#sincePrune >= PRUNE_EVERY) {
        await store.prune(this.#written, clock.now())
        this.#sincePrune = 0
        this.#written.clear()
      }
      this.#failing = false
    } catch (error) {
      if (!this.#failing) log.warn('what happened to accounts could not be written down, it is tried again', { error, lines: events.length })
      this.#failing = true
      this.#waiting = [...events, ...this.#waiting].slice(-MOST_WAITING)
      this.#arm()
    }
  }
}

function isNews(from: AccountState, to: AccountState): boolean {
  if (from.status !== to.status) return true
  return from.reason !== to.reason || Math.abs((from.until ?? 0) - (to.until ?? 0)) >= SAME_END_MS
}

/** What a reading changed that an operator wants to find later; undefined for one like the last. */
function quotaNews(before: QuotaReading | undefined, now: QuotaReading): string | undefined {
  const left = now.remaining === undefined ? 'unknown' : `${Math.round(now.remaining * 100)} %`
  const plan = now.quota.plan === undefined ? '' : ` of ${now.quota.plan}`
  if (before === undefined) return `first reading: ${left}${plan} left`
  if (before.quota.plan !== now.quota.plan) return `the plan changed from ${before.quota.plan ?? 'unknown'} to ${now.quota.plan ?? 'unknown'}; ${left} left`
  if (now.remaining === undefined || before.remaining === undefined) return undefined
  if (now.remaining > before.remaining + 0.01) return `filled up: ${left}${plan} left`
  const step = now.remaining === 0 ? before.remaining > 0 : bandOf(now.remaining) !== bandOf(before.remaining)
  return step ? `${left}${plan} left` : undefined
}
