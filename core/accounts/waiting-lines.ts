import type { Clock, Timer } from '../contract/clock.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Roster } from './roster.ts'
import type { RulesInForce } from './rules-in-force.ts'
import { lineTooLong, waitedTooLong } from './unavailable.ts'
import { Busy } from './verdict.ts'

/** Timers may come a little early. */
const LEAST_PAUSE_MS = 1

export interface WaitingLinesDeps {
  readonly clock: Clock
  readonly now: () => number
  readonly roster: Pick<Roster, 'group'>
  readonly rules: Pick<RulesInForce, 'of'>
}

/** Somebody who would be served if an account were free. */
export interface Seeker<T extends object> {
  /** Takes a place if there is one now, says who is busy, or that nobody is there any more. Must not wait. */
  readonly seek: () => T | Busy | undefined
  readonly signal: AbortSignal
  /** Seekers of one kind are served by the same accounts: where one found nobody free, the others need not look. */
  readonly kind?: string
}

interface Waiter<T extends object> extends Seeker<T> {
  readonly deadline: number
  readonly settle: (found: T | undefined) => void
  readonly refuse: (error: GatewayError) => void
}

/**
 * Requests that wait until an account's pace allows another one: a line per provider, served in the order of arrival.
 * Who waits holds nothing; a place is taken in the moment in which it is handed over.
 */
export class WaitingLines<T extends object> {
  readonly #deps: WaitingLinesDeps
  readonly #lines = new Map<string, Set<Waiter<T>>>()
  #timer: { readonly at: number; readonly timer: Timer } | undefined
  #closed = false

  constructor(deps: WaitingLinesDeps) {
    this.#deps = deps
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0
  }

  /**
   * @returns the place, or undefined once nobody is left who could ever give one
   * @throws GatewayError `all_cooling` when the line is full or the wait too long, `cancelled`, `draining`
   */
  wait({ provider, until }: Busy, seeker: Seeker<T>): Promise<T | undefined> {
    const { queue = 0, queueMs = 0 } = this.#deps.rules.of(provider).pacing ?? {}
    const line = this.#lines.get(provider) ?? new Set()
    const now = this.#deps.now()
    if (this.#closed) return Promise.reject(stopping())
    if (seeker.signal.aborted) return Promise.reject(left(seeker.signal))
    if (line.size >= queue) return Promise.reject(lineTooLong(line.size, until - now))
    this.#lines.set(provider, line)
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#remove(provider, waiter)
        reject(left(seeker.signal))
      }
      const done = () => {
        this.#remove(provider, waiter)
        seeker.signal.removeEventListener('abort', leave)
      }
      const waiter: Waiter<T> = {
        ...seeker,
        deadline: now + queueMs,
        settle: found => {
          done()
          resolve(found)
        },
        refuse: error => {
          done()
          reject(error)
        },
      }
      line.add(waiter)
      seeker.signal.addEventListener('abort', leave, { once: true })
      this.#wakeAt(Math.min(until, waiter.deadline, this.#nextReturn(provider)))
    })
  }

  /** Hands over what is free: to be called whenever an account may have become so, and before anybody new is served. */
  serve(): void {
    if (this.isEmpty || this.#closed) return
    const now = this.#deps.now()
    const inVain = new Map<string, Busy>()
    let next = Infinity
    for (const [provider, line] of [...this.#lines]) {
      next = Math.min(next, this.#nextReturn(provider))
      for (const waiter of line) {
        const found = (waiter.kind === undefined ? undefined : inVain.get(waiter.kind)) ?? waiter.seek()
        if (!(found instanceof Busy)) {
          waiter.settle(found)
        } else if (waiter.deadline <= now) {
          waiter.refuse(waitedTooLong(found.until - now))
        } else {
          if (waiter.kind !== undefined) inVain.set(waiter.kind, found)
          next = Math.min(next, found.until, waiter.deadline)
        }
      }
    }
    this.#wakeAt(next)
  }

  /** Nobody waits for accounts of a gateway that stops. */
  close(): void {
    this.#closed = true
    for (const line of [...this.#lines.values()]) for (const waiter of line) waiter.refuse(stopping())
    this.#timer?.timer.cancel()
    this.#timer = undefined
  }

  /** When an account of the provider comes back from a rest: it may serve as well. */
  #nextReturn(provider: string): number {
    return this.#deps.roster.group(provider)?.returns.next() ?? Infinity
  }

  #remove(provider: string, waiter: Waiter<T>): void {
    const line = this.#lines.get(provider)
    line?.delete(waiter)
    if (line?.size === 0) this.#lines.delete(provider)
    if (this.isEmpty) {
      this.#timer?.timer.cancel()
      this.#timer = undefined
    }
  }

  /** Keeps an earlier time: being woken once too often costs little. */
  #wakeAt(at: number): void {
    if (this.isEmpty || at === Infinity || (this.#timer && this.#timer.at <= at)) return
    this.#timer?.timer.cancel()
    const wake = () => {
      this.#timer = undefined
      this.serve()
    }
    const pause = Math.max(Math.ceil(at - this.#deps.now()), LEAST_PAUSE_MS)
    this.#timer = { at, timer: this.#deps.clock.timer(pause, wake) }
  }
}

function left({ reason }: AbortSignal): GatewayError {
  return new GatewayError('cancelled', 'the client left', { cause: reason })
}

function stopping(): GatewayError {
  return new GatewayError('draining', 'the gateway is stopping')
}
