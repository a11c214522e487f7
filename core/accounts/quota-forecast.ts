import type { QuotaForecast, QuotaReading } from '../contract/account.ts'
import { fullestPool, nextReset } from './quota-reading.ts'

/** What was left at a time, in one unit; the oldest first. */
export interface QuotaHistory {
  readonly unit: string
  readonly points: readonly QuotaPoint[]
}

type QuotaPoint = readonly [at: number, left: number]

export const NO_HISTORY: QuotaHistory = { unit: '', points: [] }

/** A working day of readings a quarter of an hour apart. */
const MOST_POINTS = 40
/** Two points closer than this are one: live readings come with every answer. */
const LEAST_APART_MS = 600_000
/** The present rate is the last day's. */
const WINDOW_MS = 86_400_000
const HOUR = 3_600_000

/** The history with one more reading. */
export function withReading(history: QuotaHistory, { quota, readAt }: QuotaReading): QuotaHistory {
  const pool = fullestPool(quota)
  if (pool === undefined) return history
  const before = history.unit === pool.unit ? history.points.filter(([at]) => at < readAt) : []
  const last = before.at(-1)
  // Filled up again: what was used before says nothing of what is left now.
  const kept = last !== undefined && pool.left > last[1] ? [] : before
  const previous = kept.at(-2)
  // The newest point is always the newest reading; the one before it stays only if it is far enough from its own predecessor.
  const settled = previous !== undefined && last !== undefined && last[0] - previous[0] < LEAST_APART_MS ? kept.slice(0, -1) : kept
  return { unit: pool.unit, points: [...settled, [readAt, pool.left] as const].slice(-MOST_POINTS) }
}

/** How long what is left will do, if the last day's use goes on; undefined while there is too little to tell from. */
export function forecastOf(history: QuotaHistory, reading: QuotaReading): QuotaForecast | undefined {
  const { points, unit } = history
  const newest = points.at(-1)
  if (newest === undefined) return undefined
  const [at, left] = newest
  const first = points.find(([time]) => time >= at - WINDOW_MS)
  if (first === undefined || at - first[0] < LEAST_APART_MS) return undefined
  const rate = Math.max(((first[1] - left) / (at - first[0])) * HOUR, 0)
  const resetsAt = nextReset(reading.quota, at)
  const emptyAt = rate > 0 ? Math.round(at + (left / rate) * HOUR) : Infinity
  const before = Number.isSafeInteger(emptyAt) && (resetsAt === undefined || emptyAt < resetsAt)
  return { rate, unit, ...(before && { emptyAt }), ...(resetsAt !== undefined && { resetsAt }) }
}
