/** A wrong clock or a hostile proxy must not bench an account for years. */
const MOST_MS = 24 * 3_600_000

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

type Headers = Readonly<Record<string, string>>

/** How long an upstream asks us to stay away, best source first (`providers.md` §6.6). `now` is wall clock. */
export function retryHint(headers: Headers, message: string, now: number): number | undefined {
  const told = milliseconds(headers['retry-after-ms']) ?? secondsOrDate(headers['retry-after'], now) ?? spent(headers) ?? fromMessage(message)
  return told === undefined || told <= 0 ? undefined : Math.min(Math.ceil(told), MOST_MS)
}

/** `6m0s`, `1.5s`, `120ms`, a bare number of seconds: how these headers tell durations. */
export function duration(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  if (/^\d+(?:\.\d+)?$/.test(text.trim())) return Number(text) * 1_000
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text.trim()) return undefined
  return parts.reduce((sum, [, amount, unit = 's']) => sum + Number(amount) * (UNITS[unit] ?? 0), 0)
}

/** The reset of whichever limit is used up. */
function spent(headers: Headers): number | undefined {
  const resets = ['requests', 'tokens'].flatMap(kind =>
    headers[`x-ratelimit-remaining-${kind}`] === '0' ? [duration(headers[`x-ratelimit-reset-${kind}`]) ?? 0] : [],
  )
  return resets.length === 0 ? undefined : Math.max(...resets)
}

function milliseconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : undefined
}

function secondsOrDate(text: string | undefined, now: number): number | undefined {
  const value = text?.trim() ?? ''
  if (value === '') return undefined
  const wait = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return Number.isFinite(wait) ? wait : undefined
}

function fromMessage(message: string): number | undefined {
  const [, amount, unit = ''] = /try again in (\d+(?:\.\d+)?)\s?(ms|s|m|h|seconds?|minutes?)\b/i.exec(message) ?? []
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit.toLowerCase()] ?? (unit.toLowerCase().startsWith('m') ? 60_000 : 1_000))
}
