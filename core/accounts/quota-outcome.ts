import type { QuotaReading } from '../contract/account.ts'
import type { HealthOutcome } from './health.ts'
import { RECHECK_MS } from './health-rules.ts'
import { isUsedUp, nextReset } from './quota-reading.ts'

/** When a reading was begun, on the steady clock, and what the wall clock says now. */
export interface ReadingTimes {
  readonly startedAt: number
  readonly wall: number
}

/** What a reading says of the account's health; undefined when it says nothing, or nothing any more. */
export function outcomeOf({ quota, readAt }: QuotaReading, { startedAt, wall }: ReadingTimes): HealthOutcome | undefined {
  if (quota.buckets.length === 0) return undefined
  const refilled = quota.buckets.some(({ resetsAt }) => resetsAt !== undefined && resetsAt > readAt && resetsAt <= wall)
  if (refilled) return undefined
  if (!isUsedUp(quota)) return { kind: 'quota-left', startedAt }
  const reset = nextReset(quota, wall)
  if (reset !== undefined) return { kind: 'quota-empty', startedAt, restMs: reset - wall }
  return wall - readAt < RECHECK_MS ? { kind: 'quota-empty', startedAt } : undefined
}
