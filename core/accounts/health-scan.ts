import type { AccountState } from '../contract/account.ts'
import type { Clock, Timer } from '../contract/clock.ts'
import type { EventBus, GatewayEvents } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import { DueQueue } from './due-queue.ts'
import type { AccountEntry } from './entry.ts'
import type { Roster } from './roster.ts'
import type { SteadyTime } from './steady-time.ts'

/** Every account is looked at this often, whatever the times say that were noted. */
const SCAN_MS = 900_000

export interface HealthScanDeps {
  readonly roster: Roster
  readonly clock: Clock
  readonly time: SteadyTime
  readonly log: Logger
  readonly events: EventBus
}

/**
 * Brings accounts back at the moment their rest ends, also when no request asks for them, and now and then looks at all
 * of them: what a lost note or a clock that jumped has left behind is put right.
 */
export class HealthScan {
  readonly #deps: HealthScanDeps
  readonly #due = new DueQueue<AccountEntry>()
  readonly #onState: GatewayEvents['account.state']
  #timer: Timer | undefined
  #timerAt = Infinity
  #scanAt = 0
  #closed = false

  constructor(deps: HealthScanDeps) {
    this.#deps = deps
    this.#onState = ({ account, to }) => {
      const entry = deps.roster.get(account)
      if (entry) this.#expect(entry, to)
    }
    deps.events.on('account.state', this.#onState)
  }

  open(): void {
    this.scan()
  }

  /** @returns how many accounts were not as they should be */
  scan(): number {
    const { roster, time, log } = this.#deps
    let corrected = 0
    for (const entry of roster.entries()) {
      if (roster.correct(entry)) {
        corrected++
        log.warn('the state of an account was stuck and has been put right', { account: entry.id, state: entry.health.status })
      }
      this.#expect(entry, entry.health)
    }
    this.#scanAt = time.now() + SCAN_MS
    this.#arm()
    return corrected
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#deps.events.off('account.state', this.#onState)
  }

  #expect(entry: AccountEntry, { until }: AccountState): void {
    this.#due.set(entry, until ?? Infinity)
    this.#arm()
  }

  #arm(): void {
    const { clock, time } = this.#deps
    const at = Math.min(this.#due.next() ?? Infinity, this.#scanAt)
    if (this.#closed || (this.#timer && this.#timerAt <= at)) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = clock.timer(Math.max(at - time.now(), 0), () => {
      this.#timer = undefined
      this.#timerAt = Infinity
      this.#run()
    })
  }

  #run(): void {
    const { roster, time } = this.#deps
    const now = time.now()
    for (let entry = this.#due.take(now); entry; entry = this.#due.take(now)) if (roster.get(entry.id) === entry) roster.refreshState(entry)
    if (this.#scanAt <= now) this.scan()
    else this.#arm()
  }
}
