import type { Quota, QuotaBucket, QuotaReading } from '../contract/account.ts'

/** An upstream that lists more pots than this is not describing a plan. */
const MOST_BUCKETS = 32
const LONGEST_WORD = 80

/** A quota as it can be kept and compared: numbers that are none are left out, whoever sent them. */
export function readingOf(given: Quota, readAt: number): QuotaReading {
  const quota: Quota = {
    ...(given.plan === undefined ? {} : { plan: word(given.plan) }),
    buckets: given.buckets.slice(0, MOST_BUCKETS).flatMap(sound),
  }
  const remaining = Math.max(...poolsOf(quota).map(({ left, limit }) => (limit > 0 ? left / limit : 0)))
  return { quota, readAt, ...(Number.isFinite(remaining) && { remaining }) }
}

/** What an answer told, over what was read before: pots of the same name are the same, and the others are still there. */
export function withLive(before: QuotaReading, live: QuotaReading): QuotaReading {
  const told = new Set(live.quota.buckets.map(bucket => bucket.name))
  const others = before.quota.buckets.filter(({ name, resetsAt }) => !told.has(name) && (resetsAt === undefined || resetsAt > live.readAt))
  const plan = live.quota.plan ?? before.quota.plan
  return readingOf({ ...(plan !== undefined && { plan }), buckets: [...live.quota.buckets, ...others] }, live.readAt)
}

/** Whether every pot is empty. Without a pot nothing is known, which is not the same. */
export function isUsedUp({ buckets }: Quota): boolean {
  return buckets.length > 0 && buckets.every(bucket => leftIn(bucket) === 0)
}

function leftIn({ used, limit }: QuotaBucket): number {
  return Math.max(limit - used, 0)
}

/** The next time at which a pot is filled up again. */
export function nextReset({ buckets }: Quota, now: number): number | undefined {
  const times = buckets.flatMap(({ resetsAt }) => (resetsAt !== undefined && resetsAt > now ? [resetsAt] : []))
  return times.length === 0 ? undefined : Math.min(...times)
}

export interface QuotaPool {
  readonly unit: string
  readonly left: number
  readonly limit: number
}

/** The pots of each unit together: what one of them lacks the others give. */
function poolsOf({ buckets }: Quota): readonly QuotaPool[] {
  const pools = new Map<string, QuotaPool>()
  for (const bucket of buckets) {
    const { unit, limit } = bucket
    const known = pools.get(unit)
    pools.set(unit, { unit, left: (known?.left ?? 0) + leftIn(bucket), limit: (known?.limit ?? 0) + limit })
  }
  return [...pools.values()]
}

/** The pots that the account as a whole is judged by. */
export function fullestPool(quota: Quota): QuotaPool | undefined {
  return poolsOf(quota).reduce<QuotaPool | undefined>((best, pool) => (best === undefined || share(pool) > share(best) ? pool : best), undefined)
}

/** How much is left, as people are shown it: `good` above 30 %, `fair` from 10 %, `low` below. */
export type QuotaBand = 'good' | 'fair' | 'low'

export function bandOf(share: number): QuotaBand {
  if (share > 0.3) return 'good'
  return share >= 0.1 ? 'fair' : 'low'
}

function share({ left, limit }: QuotaPool): number {
  return limit > 0 ? left / limit : 0
}

function sound(bucket: QuotaBucket): readonly QuotaBucket[] {
  const { name, used, limit, unit, resetsAt } = bucket
  if (!Number.isFinite(used) || !Number.isFinite(limit) || limit < 0) return []
  const reset = resetsAt !== undefined && Number.isFinite(resetsAt) && resetsAt > 0 ? { resetsAt: Math.round(resetsAt) } : {}
  return [{ name: word(name), used: Math.max(used, 0), limit, unit: word(unit), ...reset }]
}

/** It comes from the upstream and goes to terminals. */
function word(text: string): string {
  return text.replace(/\p{C}/gu, ' ').trim().slice(0, LONGEST_WORD)
}
