import type { AccountSummary } from '../contract/pool.ts'
import { type AccountStep, ok, SIGN_IN_AGAIN } from './account-step.ts'
import { formatTime } from './output.ts'

/** Whether the account's state lets it be chosen: what it could do besides is of no use to a client. */
export function stateStep({ id, state, words }: AccountSummary): AccountStep {
  const { status, reason, until } = state
  const why = words?.why ?? reason ?? 'no reason is noted'
  const failed = (remedy: string): AccountStep => ({ name: 'state', result: 'failed', detail: `${status}: ${why}`, remedy })
  switch (status) {
    case 'active':
      return ok('state', state.failures === 0 ? 'active' : `active; before that ${why}`)
    case 'cooldown':
    case 'exhausted':
    case 'unhealthy':
      return {
        name: 'state',
        result: 'warn',
        detail: `${status}${until === undefined ? '' : ` until ${formatTime(until)}`}: ${why}`,
        remedy: isSuspected(state) ? 'leave the account alone until then' : `wait for its end, or run "kiro-gateway accounts restore ${id}"`,
      }
    case 'invalid':
      return failed(SIGN_IN_AGAIN)
    case 'suspended':
      return failed(`settle it with the upstream's support, then run "kiro-gateway accounts restore ${id}"`)
    case 'disabled':
      return failed(`enable it with "kiro-gateway accounts enable ${id}"`)
    default:
      return status satisfies never
  }
}

/** An account under suspicion gets no traffic, not even ours. */
export function isSuspected({ status, reason }: AccountSummary['state']): boolean {
  return status === 'cooldown' && reason === 'account_suspicious'
}
