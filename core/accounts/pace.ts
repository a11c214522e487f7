const MINUTE = 60_000

/** How fast one account may be asked. */
export interface PaceLimits {
  readonly minIntervalMs: number
  readonly requestsPerMinute: number
  readonly maxInFlight: number
}

/** When one account was asked, as far back as its limits must know: exact, in constant time. */
export class Pace {
  #last = -Infinity
  /** The latest starts within the limit's count, the oldest at `#oldest` once there are as many. */
  readonly #starts: number[] = []
  #oldest = 0

  started({ requestsPerMinute }: PaceLimits, now: number): void {
    this.#last = now
    if (requestsPerMinute === Infinity) return
    if (this.#starts.length < requestsPerMinute) {
      this.#starts.push(now)
      return
    }
    this.#starts[this.#oldest] = now
    this.#oldest = (this.#oldest + 1) % requestsPerMinute
  }

  /** When the next request may start; Infinity is never the answer. */
  freeAt({ minIntervalMs, requestsPerMinute }: PaceLimits): number {
    const afterLast = this.#last + minIntervalMs
    if (this.#starts.length < requestsPerMinute) return afterLast
    return Math.max(afterLast, (this.#starts[this.#oldest] as number) + MINUTE)
  }
}
