import type { Clock } from '../contract/clock.ts'

/**
 * The wall clock as it was at the start, carried on by the monotonic clock. What ends at a given time ends after exactly
 * that long, even if somebody sets the machine's clock meanwhile.
 */
export class SteadyTime {
  readonly #clock: Clock
  readonly #offset: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#offset = clock.now() - clock.monotonic()
  }

  now(): number {
    return this.#offset + this.#clock.monotonic()
  }
}
