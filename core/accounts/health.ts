import type { AccountState, AccountStatus } from '../contract/account.ts'
import type { ErrorCode } from '../errors/codes.ts'
import {
  EXHAUSTED_MOST_MS,
  type HealthRule,
  healthRule,
  ladderStep,
  LEAST_REST_MS,
  RECHECK_MS,
  RENEWAL_LADDER,
  STALE_EXHAUSTION_MS,
  STALE_LIMIT_MS,
  UNHEALTHY_AFTER,
  UNHEALTHY_MS,
  LONGEST_REST_MS,
} from './health-rules.ts'

/** What an account lived through. Times are of one steady clock. */
export type HealthOutcome =
  /** The first visible event of an attempt that began at `startedAt` came. */
  | { readonly kind: 'success'; readonly startedAt: number }
  | HealthFailure
  /** An expired token could not be renewed, though its credential may be good. */
  | { readonly kind: 'renewal-failed'; readonly retryAfterMs: number }
  | { readonly kind: 'renewed' }
  /** The operator or a new credential ends whatever was. */
  | { readonly kind: 'restored' }
  | EmptyQuota
  /** A reading that was begun at `startedAt` found something left. */
  | { readonly kind: 'quota-left'; readonly startedAt: number }

interface HealthFailure {
  readonly kind: 'failure'
  readonly code: ErrorCode
  /** When the failed attempt began. */
  readonly startedAt: number
  /** The upstream's word for when to come back. */
  readonly retryAfterMs?: number
  /** No other account could have served the request. */
  readonly alone: boolean
  /** For the account's history: the error's message, and where it was met. */
  readonly detail?: string
  readonly call?: string
  readonly attempt?: number
}

/** A reading of the quota found every pot empty. */
interface EmptyQuota {
  readonly kind: 'quota-empty'
  /** When the reading was begun. */
  readonly startedAt: number
  /** Until something is filled up again; absent: nobody says. */
  readonly restMs?: number
}

export function wellSince(now: number): AccountState {
  return { status: 'active', since: now, failures: 0 }
}

/**
 * The state after an outcome: pure. States that end by themselves are read through `effectiveState`.
 * The same object comes back when nothing changed.
 */
export function nextState(state: AccountState, outcome: HealthOutcome, now: number): AccountState {
  const current = effectiveState(state, now)
  switch (outcome.kind) {
    case 'restored':
      return isWell(state) ? state : wellSince(now)
    case 'success':
      return afterSuccess(state, current, { startedAt: outcome.startedAt, now })
    case 'renewed':
      return state.reason === 'renewal-failed' ? wellSince(now) : state
    case 'renewal-failed': {
      const failures = current.reason === 'renewal-failed' ? current.failures + 1 : 1
      const until = now + Math.min(outcome.retryAfterMs, RENEWAL_LADDER.mostMs)
      return rest(state, { status: 'unhealthy', reason: 'renewal-failed', since: now, until, failures })
    }
    case 'failure':
      return afterFailure(state, outcome, now)
    case 'quota-empty':
      return afterEmptyQuota(current, outcome, now) ?? state
    case 'quota-left':
      return afterQuotaLeft(current, outcome.startedAt, now) ?? state
    default:
      return outcome satisfies never
  }
}

/** A state whose end has come reads as active; no timer is needed for it to be true. Failures stay, so that the next one counts on. */
export function effectiveState(state: AccountState, now: number): AccountState {
  if (state.until === undefined || state.until > now) return state
  const { until, ...rest } = state
  return { ...rest, status: 'active', since: until }
}

/**
 * How an account comes back from a state: `strict`, one request at a time until one has succeeded; `lenient`, the same
 * as long as somebody else can serve; undefined, at once.
 */
export function probationAfter(state: AccountState): Probation | undefined {
  switch (state.status) {
    case 'exhausted':
      return 'strict'
    case 'cooldown':
      return state.reason === 'account_rate_limited' ? undefined : 'strict'
    case 'unhealthy':
      return 'lenient'
    case 'active':
    case 'suspended':
    case 'invalid':
    case 'disabled':
      return undefined
    default:
      return state.status satisfies never
  }
}

export type Probation = 'strict' | 'lenient'

/** A state read from the store: its end is never further away than such a state may last, whatever the clocks did since. */
export function clampedState(state: AccountState, now: number): AccountState {
  const since = Math.min(state.since, now)
  if (RANK[state.status] === undefined) return wellSince(now)
  const longest = LONGEST_REST_MS[state.status]
  if (longest !== undefined) return { ...state, since, until: Math.min(state.until ?? now, now + longest) }
  const { until: _until, ...endless } = state
  return { ...endless, since }
}

/** A later, lesser trouble does not lift a greater one. */
export const RANK: Readonly<Record<AccountStatus, number>> = { active: 0, unhealthy: 1, cooldown: 2, exhausted: 3, suspended: 4, invalid: 4, disabled: 5 }

/** Nothing is held against it. */
export function isWell({ status, failures, reason }: AccountState): boolean {
  return status === 'active' && failures === 0 && reason === undefined
}

function afterSuccess(state: AccountState, current: AccountState, times: { readonly startedAt: number; readonly now: number }): AccountState {
  if (isWell(state)) return state
  // An answer asked for before a rate limit struck does not say that the limit is gone.
  if (current.status !== 'active' && current.status !== 'unhealthy' && current.since >= times.startedAt) return state
  return wellSince(times.now)
}

function afterFailure(state: AccountState, failure: HealthFailure, now: number): AccountState {
  const rule = healthRule(failure.code)
  const current = effectiveState(state, now)
  switch (rule.effect) {
    case 'none':
      return state
    case 'block':
      return rest(state, { status: rule.status, reason: rule.reason, since: now, failures: current.failures + 1 })
    case 'rest-then-block': {
      const failures = countOf(current, failure)
      if (failures > rule.tolerated) return rest(state, { status: 'invalid', reason: failure.code, since: now, failures })
      return rest(state, { status: 'cooldown', reason: failure.code, since: now, until: now + rule.restMs, failures })
    }
    case 'count': {
      const failures = countOf(current, failure)
      if (RANK[current.status] > RANK.unhealthy) return state
      if (current.status === 'active' && failures < UNHEALTHY_AFTER) return { ...current, reason: failure.code, failures }
      return rest(state, { status: 'unhealthy', reason: failure.code, since: now, until: now + UNHEALTHY_MS, failures })
    }
    case 'rest':
      return afterLimit(state, { rule, failure, now })
    default:
      return rule satisfies never
  }
}

function afterLimit(
  state: AccountState,
  event: { readonly rule: Extract<HealthRule, { effect: 'rest' }>; readonly failure: HealthFailure; readonly now: number },
): AccountState {
  const { rule, failure, now } = event
  const current = effectiveState(state, now)
  // Requests that were under way together hit one limit together: that is one failure, not many.
  const burst = current.status === rule.status && current.reason === failure.code && failure.startedAt <= current.since
  const failures = burst ? current.failures : countOf(current, failure)
  const ms = restFor(rule, failure, failures)
  return rest(state, { status: rule.status, reason: failure.code, since: burst ? current.since : now, until: now + ms, failures })
}

function restFor(rule: Extract<HealthRule, { effect: 'rest' }>, failure: HealthFailure, failures: number): number {
  const hint = failure.retryAfterMs
  if (hint !== undefined && Number.isFinite(hint)) return Math.min(Math.max(hint, rule.atLeastMs), rule.capMs)
  return failure.alone && rule.ladder ? ladderStep(rule.ladder, failures - 1) : rule.restMs
}

/** Known before a request had to fail: the state is the same, but no failure is counted. */
function afterEmptyQuota(current: AccountState, { startedAt, restMs }: EmptyQuota, now: number): AccountState | undefined {
  if (RANK[current.status] > RANK.exhausted) return undefined
  // Somebody has restored it since, or it has worked.
  if (current.status !== 'exhausted' && startedAt < current.since) return undefined
  const resting = current.status === 'exhausted' ? current : undefined
  const dated = restMs !== undefined && Number.isFinite(restMs)
  const until = now + (dated ? Math.min(Math.max(restMs, LEAST_REST_MS), EXHAUSTED_MOST_MS) : RECHECK_MS)
  // Each reading finds the same date a few milliseconds off; only a real difference is a change.
  if (resting?.until !== undefined && Math.abs(resting.until - until) < LEAST_REST_MS) return undefined
  if (resting !== undefined && !dated && resting.until !== undefined && resting.until > until) return undefined
  const failures = current.reason === 'quota_exhausted' ? current.failures : 0
  return { status: 'exhausted', reason: 'quota_exhausted', since: resting?.since ?? now, until, failures }
}

/**
 * The way back that no date tells: quota was added, or a limit struck that was none of the plan's. What was refused and
 * what is counted come from two services, so a reading soon after a refusal does not overrule it.
 */
function afterQuotaLeft(current: AccountState, startedAt: number, now: number): AccountState | undefined {
  const age = startedAt - current.since
  const { reason, failures } = current
  if (current.status === 'exhausted') {
    if (failures === 0) return age >= 0 ? wellSince(now) : undefined
    return age >= STALE_EXHAUSTION_MS ? { status: 'active', ...(reason !== undefined && { reason }), since: now, failures } : undefined
  }
  const limited = current.status === 'cooldown' && reason === 'account_rate_limited'
  return limited && age >= STALE_LIMIT_MS ? { status: 'active', reason, since: now, failures } : undefined
}

/** Failures in a row count on within one kind of trouble only. */
function countOf(current: AccountState, failure: HealthFailure): number {
  return current.reason !== undefined && kindOf(current.reason) === kindOf(failure.code) ? current.failures + 1 : 1
}

function kindOf(reason: string): string {
  return KINDS[reason] ?? 'upstream'
}

const KINDS: Readonly<Record<string, string>> = {
  account_rate_limited: 'rate',
  account_suspicious: 'suspicion',
  quota_exhausted: 'quota',
  not_entitled: 'entitlement',
  token_rejected: 'token',
  'renewal-failed': 'renewal',
}

function rest(state: AccountState, next: AccountState): AccountState {
  const now = next.since
  const current = effectiveState(state, now)
  if (RANK[current.status] > RANK[next.status]) return state
  if (next.until === undefined && current.status === next.status && current.reason === next.reason) return state
  // The later end holds: two hints for one limit may arrive in any order.
  if (current.status === next.status && current.until !== undefined && next.until !== undefined && current.until > next.until) {
    return { ...next, until: current.until }
  }
  return next
}
