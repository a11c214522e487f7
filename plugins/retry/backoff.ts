import type { ErrorCode, ErrorScope } from '../../core/index.ts'

/** What time or somebody else may mend. The request itself, and our own faults, they cannot. */
const WORTH_ANOTHER_TRY: ReadonlySet<ErrorScope> = new Set(['offer', 'model', 'lane', 'account', 'provider', 'network'])

/** Another account or lane answers at once: waiting would help nobody. */
const MOVES_ON: ReadonlySet<ErrorScope> = new Set(['offer', 'lane', 'account'])

const LONGEST_HINT_MS = 30_000

/**
 * How long after its beginning a call may still be tried again at an overloaded upstream. Streams are kept alive from 12 s on,
 * which commits status 200: before that the client can be told of the overload in a status that it acts upon.
 */
const OVERLOAD_PATIENCE_MS = 10_000
const OVERLOADED: ReadonlySet<ErrorCode> = new Set(['model_overloaded', 'upstream_overloaded'])

export interface Failure {
  readonly code: ErrorCode
  readonly scope: ErrorScope
  readonly retryAfterMs?: number
}

export interface Progress {
  /** How many tries failed so far. */
  readonly tried: number
  /** Since the first of them began. */
  readonly elapsedMs: number
}

/**
 * How long to wait before the next try, in milliseconds, or undefined when another try is useless.
 * @param chance 0…1, for jitter: callers that failed together must not come back together
 */
export function pauseAfter(failure: Failure, { tried, elapsedMs }: Progress, chance: number): number | undefined {
  const pause = patientPause(failure, tried, chance)
  return pause !== undefined && pause > 0 && OVERLOADED.has(failure.code) && elapsedMs + pause > OVERLOAD_PATIENCE_MS ? undefined : pause
}

function patientPause({ code, scope, retryAfterMs }: Failure, tried: number, chance: number): number | undefined {
  if (!WORTH_ANOTHER_TRY.has(scope)) return undefined
  if (MOVES_ON.has(scope)) return 0
  if (retryAfterMs !== undefined) return retryAfterMs > LONGEST_HINT_MS ? undefined : retryAfterMs
  const [base, longest] = code === 'model_overloaded' ? [1_000, 30_000] : [200, 2_000]
  return Math.min(longest, base * 2 ** (tried - 1)) * (0.75 + chance / 2)
}
