import type { Clock, Timer } from '../contract/clock.ts'

interface Waiting {
  at: number
  order: number
  readonly ms: number
  readonly callback: () => void
}

/** Time that moves only when told to. Wall clock and monotonic clock go together unless one of them is set apart. */
export class FakeClock implements Clock {
  #wall: number
  #monotonic = 0
  #order = 0
  readonly #waiting = new Set<Waiting>()

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wall = wall
  }

  now(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#monotonic
  }

  timer(ms: number, callback: () => void): Timer {
    const waiting: Waiting = { at: this.#monotonic + Math.max(ms, 0), order: this.#order++, ms: Math.max(ms, 0), callback }
    this.#waiting.add(waiting)
    return {
      refresh: () => {
        waiting.at = this.#monotonic + waiting.ms
        waiting.order = this.#order++
        this.#waiting.add(waiting)
      },
      cancel: () => void this.#waiting.delete(waiting),
    }
  }

  /** Lets time pass; timers that fall due are called in their order, each at its own moment. */
  advance(ms: number): void {
    const end = this.#monotonic + ms
    for (let due = this.#next(end); due; due = this.#next(end)) this.#fire(due)
    this.#moveTo(end)
  }

  /** As `advance`, and lets what the timers set off settle before the next of them. */
  async pass(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    await settle()
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#fire(due)
      await settle()
    }
    this.#moveTo(end)
    await settle()
  }

  /** Moves the wall clock alone, as an operator or a time server would. */
  setWall(wall: number): void {
    this.#wall = wall
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#waiting.size
  }

  #next(end: number): Waiting | undefined {
    let first: Waiting | undefined
    for (const waiting of this.#waiting) {
      if (waiting.at <= end && (!first || waiting.at < first.at || (waiting.at === first.at && waiting.order < first.order))) first = waiting
    }
    return first
  }

  #fire(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    this.#moveTo(Math.max(waiting.at, this.#monotonic))
    waiting.callback()
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}

/** Lets promises that are ready run, several links of them. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}
