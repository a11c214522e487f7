import type { Quota, QuotaBucket } from '../../core/index.ts'
import { duration } from './retry-hint.ts'

const KINDS = ['requests', 'tokens'] as const

/** What the rate-limit headers of any answer tell (`providers.md` §6.6); undefined where there are none. */
export function quotaOf(headers: Readonly<Record<string, string>>, now: number): Quota | undefined {
  const buckets = KINDS.flatMap((kind): readonly QuotaBucket[] => {
    const limit = count(headers[`x-ratelimit-limit-${kind}`])
    const remaining = count(headers[`x-ratelimit-remaining-${kind}`])
    if (limit === undefined || remaining === undefined || limit === 0) return []
    const reset = duration(headers[`x-ratelimit-reset-${kind}`])
    return [{ name: kind, used: Math.max(0, limit - remaining), limit, unit: kind, ...(reset === undefined ? {} : { resetsAt: now + reset }) }]
  })
  return buckets.length === 0 ? undefined : { buckets }
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined
}
