import type { Lane } from '../contract/account.ts'
import { CODES, type ErrorCode } from '../errors/codes.ts'
import { UNHEALTHY_AFTER, UNHEALTHY_MS } from './health-rules.ts'

/** How one account fares over one lane. Kept in memory only: it is learned again within a few requests. */
export interface LaneHealth {
  readonly failures: number
  /** Steady time until which other lanes are preferred. */
  readonly until: number
}

export const WELL_LANE: LaneHealth = { failures: 0, until: 0 }

/** A host that does not know the operation will not learn it soon. */
const UNAVAILABLE_MS = 60_000
const UNAVAILABLE_MOST_MS = 600_000

/** The lane after a failure over it: pure. */
export function laneAfterFailure(lane: LaneHealth, failure: { readonly code: ErrorCode; readonly restMs: number }, now: number): LaneHealth {
  if (failure.code === 'account_rate_limited') return { failures: lane.failures, until: Math.max(lane.until, now + failure.restMs) }
  if (failure.code === 'proxy_failed') return lane
  const { scope } = CODES[failure.code]
  const failures = lane.failures + 1
  if (scope === 'lane') return { failures, until: now + Math.min(UNAVAILABLE_MS * 2 ** (failures - 1), UNAVAILABLE_MOST_MS) }
  if (scope !== 'network' && scope !== 'provider') return lane
  return { failures, until: failures >= UNHEALTHY_AFTER ? now + UNHEALTHY_MS : lane.until }
}

/** Whether a failure over one lane says that the next lane of the same account should be tried before another account. */
export function asksForNextLane(code: ErrorCode): boolean {
  const { scope } = CODES[code]
  return code === 'account_rate_limited' || scope === 'lane' || (scope === 'network' && code !== 'proxy_failed')
}

export function bucketOf(lane: Lane): string {
  return lane.bucket ?? lane.id
}

export interface LaneView {
  readonly lanes: readonly Lane[]
  health(lane: Lane): LaneHealth
  /** Lanes that this call has used with this account. */
  readonly used: ReadonlySet<string>
  readonly now: number
}

/** The next lane: a well one not used yet, in the provider's order; then a well one; then the one that is back first. */
export function chooseLane(view: LaneView): Lane | undefined {
  let well: Lane | undefined
  let earliest: Lane | undefined
  for (const lane of view.lanes) {
    const { until } = view.health(lane)
    if (until <= view.now) {
      if (!view.used.has(lane.id)) return lane
      well ??= lane
    }
    if (!earliest || until < view.health(earliest).until) earliest = lane
  }
  return well ?? earliest
}

/** A well lane that this call has not used, in another rate-limit bucket if the last failure was of that kind. */
export function nextLane(view: LaneView, last: { readonly lane: string; readonly code: ErrorCode }): Lane | undefined {
  const failed = view.lanes.find(lane => lane.id === last.lane)
  return view.lanes.find(lane => {
    if (view.used.has(lane.id) || view.health(lane).until > view.now) return false
    return last.code !== 'account_rate_limited' || !failed || bucketOf(lane) !== bucketOf(failed)
  })
}
