import type { Clock, Timer } from '../contract/clock.ts'
import { DueQueue } from './due-queue.ts'
import type { AccountEntry } from './entry.ts'
import type { SteadyTime } from './steady-time.ts'

/** Renewals ahead of need that run together: enough for thousands of accounts, few enough not to look like an attack. */
const AT_ONCE = 4

/** A machine that slept wakes with its timers late: the queue is looked at this often whatever it says. */
const LONGEST_WAIT_MS = 60_000

export interface ScheduleDeps {
  readonly clock: Clock
  readonly time: SteadyTime
  /** Never rejects; resolves when the account may be scheduled again. */
  readonly renew: (entry: AccountEntry) => Promise<void>
}

/** Renews credentials ahead of their end: one timer for the earliest of all accounts. */
export class RefreshSchedule {
  readonly #deps: ScheduleDeps
  readonly #due = new DueQueue<AccountEntry>()
  #timer: Timer | undefined
  #timerAt = Infinity
  #running = 0
  #closed = false

  constructor(deps: ScheduleDeps) {
    this.#deps = deps
  }

  set(entry: AccountEntry, at: number): void {
    this.#due.set(entry, at)
    this.#arm()
  }

  delete(entry: AccountEntry): void {
    this.#due.delete(entry)
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #arm(): void {
    const next = this.#due.next()
    if (this.#closed || next === undefined || this.#running >= AT_ONCE) return
    const now = this.#deps.time.now()
    const at = Math.min(Math.max(next, now), now + LONGEST_WAIT_MS)
    if (this.#timer && this.#timerAt <= at) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#deps.clock.timer(at - now, () => {
      this.#timer = undefined
      this.#timerAt = Infinity
      this.#runDue()
      this.#arm()
    })
  }

  #runDue(): void {
    const now = this.#deps.time.now()
    while (!this.#closed && this.#running < AT_ONCE) {
      const entry = this.#due.take(now)
      if (!entry) return
      this.#running++
      void this.#deps.renew(entry).finally(() => {
        this.#running--
        this.#arm()
      })
    }
  }
}
