import type { AttemptRecord } from '../contract/call.ts'
import type { Lease } from '../contract/pool.ts'
import type { GatewayError, Remedy } from '../errors/gateway-error.ts'

const NOTHING: ReadonlySet<string> = new Set()

interface OpenReply {
  readonly lease: Lease
  readonly reply: { return(): Promise<unknown> }
}

/** What one call may still spend, and what it has learned. Lives as long as the call, found by its trail. */
export class Budget {
  readonly trail: AttemptRecord[] = []
  readonly startedAt: number
  readonly #maxMs: number
  /** Made when something fails: most calls need neither. */
  #remedies: Set<string> | undefined
  #tried: Set<string> | undefined
  /** Committed replies that have not ended, with what pays for them. */
  #open: readonly OpenReply[] = []
  lastError: GatewayError | undefined
  firstEventAt: number | undefined

  constructor(startedAt: number, maxMs: number) {
    this.startedAt = startedAt
    this.#maxMs = maxMs
  }

  /** Changes to the request that hold for every further attempt. */
  get remedies(): ReadonlySet<string> {
    return this.#remedies ?? NOTHING
  }

  /** A reply has been committed and now holds its lease. */
  begin(lease: Lease, reply: OpenReply['reply']): void {
    this.#open = [...this.#open, { lease, reply }]
  }

  /** The lease is given back. */
  end(lease: Lease): void {
    if (this.#open.length > 0) this.#open = this.#open.filter(open => open.lease !== lease)
  }

  /** Lets go of all replies that are still open. */
  close(): void {
    for (const { reply } of this.#open) void reply.return()
  }

  /** Milliseconds left before a first byte must have come. */
  left(now: number): number {
    return this.#maxMs - (now - this.startedAt)
  }

  /** Whether this remedy is still worth a try: each once per call, those that mend an account once per account. */
  take(remedy: Remedy, account: string): boolean {
    const key = remedy === 'refresh-token' || remedy === 'resolve-profile' ? `${remedy} ${account}` : remedy
    this.#tried ??= new Set()
    this.#remedies ??= new Set()
    if (this.#tried.has(key)) return false
    this.#tried.add(key)
    this.#remedies.add(remedy)
    return true
  }
}
