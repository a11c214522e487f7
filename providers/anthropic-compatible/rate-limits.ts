import type { Quota, QuotaBucket } from '../../core/index.ts'

type Headers = Readonly<Record<string, string>>

/**
 * What the API counts per minute, by the word in its headers (`providers.md` §7.4), with a unit of its own each:
 * none of them stands in for another.
 */
const LIMITS: readonly (readonly [name: string, unit: string])[] = [
  ['requests', 'requests'],
  ['tokens', 'tokens'],
  ['input-tokens', 'input tokens'],
  ['output-tokens', 'output tokens'],
]

/** The rate limits that an answer's headers tell; undefined where they tell none. */
export function readRateLimits(headers: Headers): Quota | undefined {
  const buckets = LIMITS.flatMap(([name, unit]) => bucketOf(headers, name, unit) ?? [])
  return buckets.length === 0 ? undefined : { buckets }
}

/** How long until every limit that is used up is refilled; undefined where none is known to be. */
export function rateLimitWait(headers: Headers, now: number): number | undefined {
  const empty = readRateLimits(headers)?.buckets.filter(({ used, limit, resetsAt }) => used >= limit && resetsAt !== undefined) ?? []
  const wait = Math.max(...empty.map(({ resetsAt = now }) => resetsAt - now))
  return empty.length > 0 && wait > 0 ? wait : undefined
}

function bucketOf(headers: Headers, name: string, unit: string): QuotaBucket | undefined {
  const told = (word: string) => headers[`anthropic-ratelimit-${name}-${word}`]
  const limit = countOf(told('limit'))
  const remaining = countOf(told('remaining'))
  if (limit === undefined || limit === 0 || remaining === undefined) return undefined
  const resetsAt = Date.parse(told('reset') ?? '')
  return { name, used: Math.max(0, limit - remaining), limit, unit, ...(Number.isNaN(resetsAt) ? {} : { resetsAt }) }
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
