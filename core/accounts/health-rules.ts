import type { AccountStatus } from '../contract/account.ts'
import { CODES, type ErrorCode } from '../errors/codes.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What a failure of a given code does to the account that met it. */
export type HealthRule =
  /** Nothing, ever. */
  | { readonly effect: 'none' }
  /** Rests for the upstream's hint, at most `capMs` of it, or for `restMs`. */
  | {
      readonly effect: 'rest'
      readonly status: 'cooldown' | 'exhausted'
      readonly restMs: number
      readonly capMs: number
      readonly atLeastMs: number
      readonly ladder?: Ladder
    }
  /** Rests as above at first; the third time in a row it ends for good. */
  | { readonly effect: 'rest-then-block'; readonly restMs: number; readonly tolerated: number }
  /** Rests shortly once it has failed several times in a row. */
  | { readonly effect: 'count' }
  /** Ends until an operator, or a new credential, says otherwise. */
  | { readonly effect: 'block'; readonly status: 'suspended' | 'invalid'; readonly reason: string }

/** Rising rests for an account that nobody can stand in for. */
export interface Ladder {
  readonly firstMs: number
  readonly factor: number
  readonly mostMs: number
}

/** Failures in a row after which an account counts as unhealthy, and for how long. */
export const UNHEALTHY_AFTER = 3
export const UNHEALTHY_MS = 30 * SECOND

/** An expired token that cannot be renewed now: tried again in this time, doubled each time. */
export const RENEWAL_LADDER: Ladder = { firstMs: 5 * SECOND, factor: 2, mostMs: MINUTE }

/** How long an account's refusal of one model is remembered. */
const REFUSAL_MS = 30 * MINUTE

/** An exhausted account of which no date is known is looked at again after this long. */
export const RECHECK_MS = HOUR

/** A reset further away than this is a mistake: plans are monthly. */
export const EXHAUSTED_MOST_MS = 35 * DAY

/** How long a used-up allowance of one model is taken as used up. */
export function refusalMs(code: ErrorCode, retryAfterMs: number | undefined): number {
  if (code !== 'model_quota_exhausted' || retryAfterMs === undefined || !Number.isFinite(retryAfterMs)) return REFUSAL_MS
  return Math.min(Math.max(retryAfterMs, MINUTE), EXHAUSTED_MOST_MS)
}

/** No rest is shorter, whatever an upstream says. */
export const LEAST_REST_MS = SECOND

/** From this age on a reading that finds quota left overrules an upstream's refusal for lack of it. */
export const STALE_EXHAUSTION_MS = 15 * MINUTE

/** The same for a rate limit: one that lasts longer than the fall-back was meant for the day or the month. */
export const STALE_LIMIT_MS = 5 * MINUTE

/** States that end by themselves, and the longest that each may last, whatever an upstream or a wrong clock says. */
export const LONGEST_REST_MS: Partial<Record<AccountStatus, number>> = { cooldown: DAY, exhausted: EXHAUSTED_MOST_MS, unhealthy: MINUTE }

const RULES: Partial<Record<ErrorCode, HealthRule>> = {
  account_rate_limited: {
    effect: 'rest',
    status: 'cooldown',
    restMs: 5 * MINUTE,
    capMs: DAY,
    atLeastMs: LEAST_REST_MS,
    ladder: { firstMs: 8 * SECOND, factor: 1.5, mostMs: 90 * SECOND },
  },
  account_suspicious: { effect: 'rest', status: 'cooldown', restMs: 30 * MINUTE, capMs: DAY, atLeastMs: 30 * MINUTE },
  // Without a date the quota is asked for again each hour, by one request.
  quota_exhausted: { effect: 'rest', status: 'exhausted', restMs: RECHECK_MS, capMs: EXHAUSTED_MOST_MS, atLeastMs: LEAST_REST_MS },
  not_entitled: { effect: 'rest', status: 'cooldown', restMs: 10 * MINUTE, capMs: 10 * MINUTE, atLeastMs: 10 * MINUTE },
  // A token fresh from its refresh was refused: mostly the wrong region or host, or an upstream in trouble.
  token_rejected: { effect: 'rest-then-block', restMs: 15 * MINUTE, tolerated: 2 },
  account_suspended: { effect: 'block', status: 'suspended', reason: 'account_suspended' },
  needs_login: { effect: 'block', status: 'invalid', reason: 'needs_login' },
  // The way to the proxy is at fault, not the account behind it.
  proxy_failed: { effect: 'none' },
}

const NONE: HealthRule = { effect: 'none' }
const COUNT: HealthRule = { effect: 'count' }

/** The scope decides, and within the account's own scope the code. */
export function healthRule(code: ErrorCode): HealthRule {
  const { scope } = CODES[code]
  switch (scope) {
    case 'account':
    case 'provider':
    case 'network':
      return RULES[code] ?? COUNT
    case 'request':
    case 'offer':
    case 'model':
    case 'lane':
    case 'gateway':
      return NONE
    default:
      return scope satisfies never
  }
}

export function ladderStep(ladder: Ladder, step: number): number {
  return Math.min(ladder.firstMs * ladder.factor ** Math.max(step, 0), ladder.mostMs)
}
