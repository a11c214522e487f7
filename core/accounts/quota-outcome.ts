import type { QuotaReading } from '../contract/account.ts'
import type { HealthOutcome } from './health.ts'
import { RECHECK_MS } from './health-rules.ts'
import { isUsedUp, nextReset } from './quota-reading.ts'

/** When a reading was begun, on the steady clock, and what the wall clock says now. */
export interface ReadingTimes {
  readonly startedAt: number
  readonly wall: number
}

/** What is filled up again so soon is a rate limit and no plan's quota: a client that waits is served, one that is told of a used-up quota gives up. */
const RATE_WINDOW_MS = 15 * 60_000

/** What a reading says of the account's health; undefined when it says nothing, or nothing any more. */
export function outcomeOf({ quota, readAt }: QuotaReading, { startedAt, wall }: ReadingTimes): HealthOutcome | undefined {
  if (quota.buckets.length === 0) return undefined
  const refilled = quota.buckets.some(({ resetsAt }) => resetsAt !== undefined && resetsAt > readAt && resetsAt <= wall)
  if (refilled) return undefined
  if (!isUsedUp(quota)) return { kind: 'quota-left', startedAt }
  const reset = nextReset(quota, wall)
  if (reset !== undefined && reset - wall <= RATE_WINDOW_MS) {
    return { kind: 'failure', code: 'account_rate_limited', startedAt, retryAfterMs: reset - wall, alone: false, detail: 'found when its limits were read' }
  }
  if (reset !== undefined) return { kind: 'quota-empty', startedAt, restMs: reset - wall }
  return wall - readAt < RECHECK_MS ? { kind: 'quota-empty', startedAt } : undefined
}
