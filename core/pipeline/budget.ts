import type { AttemptRecord } from '../contract/call.ts'
import type { Lease } from '../contract/pool.ts'
import type { GatewayError, Remedy } from '../errors/gateway-error.ts'

/** What one call may still spend, and what it has learned. Lives as long as the call, found by its trail. */
export class Budget {
  readonly trail: AttemptRecord[] = []
  readonly startedAt: number
  readonly #maxMs: number
  readonly #remedies = new Set<string>()
  readonly #tried = new Set<string>()
  /** Committed replies that have not ended, by what pays for them. */
  readonly open = new Map<Lease, { return(): Promise<unknown> }>()
  lastError: GatewayError | undefined
  firstEventAt: number | undefined

  constructor(startedAt: number, maxMs: number) {
    this.startedAt = startedAt
    this.#maxMs = maxMs
  }

  /** Changes to the request that hold for every further attempt. */
  get remedies(): ReadonlySet<string> {
    return this.#remedies
  }

  /** Milliseconds left before a first byte must have come. */
  left(now: number): number {
    return this.#maxMs - (now - this.startedAt)
  }

  /** Whether this remedy is still worth a try: each once per call, those that mend an account once per account. */
  take(remedy: Remedy, account: string): boolean {
    const key = remedy === 'refresh-token' || remedy === 'resolve-profile' ? `${remedy} ${account}` : remedy
    if (this.#tried.has(key)) return false
    this.#tried.add(key)
    this.#remedies.add(remedy)
    return true
  }
}
