import type { ErrorCode, ErrorScope } from '../../core/index.ts'

/** What time or somebody else may mend. The request itself, and our own faults, they cannot. */
const WORTH_ANOTHER_TRY: ReadonlySet<ErrorScope> = new Set(['offer', 'model', 'lane', 'account', 'provider', 'network'])

/** Another account or lane answers at once: waiting would help nobody. */
const MOVES_ON: ReadonlySet<ErrorScope> = new Set(['offer', 'lane', 'account'])

const LONGEST_HINT_MS = 30_000

export interface Failure {
  readonly code: ErrorCode
  readonly scope: ErrorScope
  readonly retryAfterMs?: number
}

/**
 * How long to wait before the next try, in milliseconds, or undefined when another try is useless.
 * @param tried how many tries failed so far
 * @param chance 0…1, for jitter: callers that failed together must not come back together
 */
export function pauseAfter({ code, scope, retryAfterMs }: Failure, tried: number, chance: number): number | undefined {
  if (!WORTH_ANOTHER_TRY.has(scope)) return undefined
  if (MOVES_ON.has(scope)) return 0
  if (retryAfterMs !== undefined) return retryAfterMs > LONGEST_HINT_MS ? undefined : retryAfterMs
  const [base, longest] = code === 'model_overloaded' ? [1_000, 30_000] : [200, 2_000]
  return Math.min(longest, base * 2 ** (tried - 1)) * (0.75 + chance / 2)
}
