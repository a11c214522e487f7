import type { AccountState } from '../contract/account.ts'
import { CODES, type ErrorCode } from '../errors/codes.ts'
import { isWell } from './health.ts'
import { healthRule, UNHEALTHY_AFTER } from './health-rules.ts'

/** A state in words for people: what brought it about, and what will end it. */
export interface StateWords {
  readonly why: string
  readonly ends: string
}

/** Explains a state. Absent where there is nothing to explain: the account is well. */
export function wordsFor(state: AccountState, id: string): StateWords | undefined {
  const { status, reason } = state
  const why = (reason === undefined ? undefined : REASONS[reason]) ?? reason ?? 'not known'
  switch (status) {
    case 'active':
      if (isWell(state)) return undefined
      return { why: isOnTrial(state) ? `on trial after a rest: ${why}` : `${why} (${times(state.failures)})`, ends: 'the next request that succeeds' }
    case 'cooldown':
      if (reason === 'account_suspicious') return { why, ends: 'time alone: then one request tries it first. Use it less until then' }
      if (reason === 'token_rejected') return { why, ends: 'time: then one request tries it first; after the third refusal in a row it needs a new sign-in' }
      return {
        why,
        ends: reason === 'account_rate_limited' ? 'time, or a later quota reading that finds something left' : 'time: then one request tries it first',
      }
    case 'exhausted':
      return { why, ends: 'the reset of its quota, or a quota reading that finds something left; then one request tries it first' }
    case 'unhealthy':
      return {
        why,
        ends: reason === 'renewal-failed' ? 'the next renewal that succeeds, tried again within a minute' : 'time: then one request tries it first',
      }
    case 'suspended':
      return { why, ends: `nothing by itself: settle it with the upstream's support, then run "kiro-gateway accounts restore ${id}"` }
    case 'invalid':
      return { why, ends: reason === 'unreadable' ? 'the encryption key it was written with; or add the account again' : SIGN_IN_AGAIN }
    case 'disabled':
      return { why, ends: `"kiro-gateway accounts enable ${id}"` }
    default:
      return status satisfies never
  }
}

/** The reason for a column: a word, or why an account that is active has one. */
export function reasonInBrief(state: AccountState): string | undefined {
  const { status, reason } = state
  if (status !== 'active' || reason === undefined) return reason
  return isOnTrial(state) ? `on trial after ${reason}` : `${reason} ${times(state.failures)}`
}

/** Whether it is back from a rest, and nothing has succeeded since; an upstream's failures make it rest only after several. */
function isOnTrial({ reason, failures }: AccountState): boolean {
  return failures >= UNHEALTHY_AFTER || !STUMBLES.has(reason ?? '')
}

const STUMBLES: ReadonlySet<string> = new Set(Object.keys(CODES).filter(code => healthRule(code as ErrorCode).effect === 'count'))

const SIGN_IN_AGAIN = 'a new sign-in: "kiro-gateway login", or its credentials imported again'

const REASONS: Readonly<Record<string, string>> = {
  account_rate_limited: 'the upstream asked to slow down',
  account_suspicious: 'the upstream suspects the account of unusual activity and limits it while it looks into it',
  quota_exhausted: 'its quota is used up',
  not_entitled: 'the upstream says that its plan does not include this',
  token_rejected: 'the upstream refuses its token, though that is fresh',
  'renewal-failed': 'its token has ended and could not be renewed',
  account_suspended: 'the upstream has suspended it',
  needs_login: 'its sign-in has ended or was revoked',
  unreadable: 'its secret cannot be read with the encryption key in use',
  'by-operator': 'an operator switched it off',
  'by-source': 'the source that it came from says that it is switched off',
  upstream_overloaded: 'the upstream was overloaded',
  upstream_failed: 'the upstream failed',
  upstream_nonsense: 'the upstream answered with something else than an answer',
  upstream_unreachable: 'the upstream could not be reached',
  upstream_cut: 'the upstream broke off',
  upstream_timeout: 'the upstream did not answer in time',
  upstream_tls: 'the connection to the upstream could not be secured',
}

function times(failures: number): string {
  return failures === 1 ? 'once' : `${failures} times in a row`
}
