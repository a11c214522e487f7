/** Beyond this many, older outcomes fade. */
const REMEMBERED = 100

/** How an account's last answers went: a bad day of last month must not count today. */
export class RecentOutcomes {
  #successes = 0
  #failures = 0

  get calls(): number {
    return this.#successes + this.#failures
  }

  /** Share of successes, 0 to 1; of an account not asked yet 1. */
  get rate(): number {
    return this.calls === 0 ? 1 : this.#successes / this.calls
  }

  note(outcome: 'success' | 'failure'): void {
    if (outcome === 'success') this.#successes++
    else this.#failures++
    if (this.calls < REMEMBERED) return
    this.#successes /= 2
    this.#failures /= 2
  }
}
