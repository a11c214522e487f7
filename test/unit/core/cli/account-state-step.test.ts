import { expect } from 'chai'
import { wordsFor } from '../../../../core/accounts/health-words.ts'
import { stateStep } from '../../../../core/cli/account-state-step.ts'
import type { AccountState } from '../../../../core/contract/account.ts'
import type { AccountSummary } from '../../../../core/contract/pool.ts'

const UNTIL = Date.UTC(2026, 10, 21, 9, 30)

function stepOf(state: Omit<AccountState, 'since' | 'failures'>) {
  const whole = { ...state, since: 0, failures: 1 }
  const words = wordsFor(whole, 'acc_1')
  return stateStep({ id: 'acc_1', state: whole, ...(words && { words }) } as AccountSummary)
}

describe('the state as a step of accounts test', () => {
  it('is a warning where it ends by itself, with its end', () => {
    for (const status of ['cooldown', 'exhausted', 'unhealthy'] as const) {
      const { result, detail, remedy } = stepOf({ status, reason: 'quota_exhausted', until: UNTIL })
      expect([result, detail.split(':')[0]]).to.deep.equal(['warn', `${status} until 2026-11-21 09`])
      expect(remedy).to.contain('accounts restore acc_1')
    }
    expect(stepOf({ status: 'cooldown', reason: 'account_suspicious', until: UNTIL }).remedy).to.equal('leave the account alone until then')
  })

  it('is a failure where somebody must act, with what to do', () => {
    expect(stepOf({ status: 'invalid', reason: 'needs-login' })).to.include({ result: 'failed' })
    expect(stepOf({ status: 'invalid', reason: 'needs-login' }).remedy).to.contain('kiro-gateway login')
    expect(stepOf({ status: 'suspended', reason: 'account_suspended' }).remedy).to.contain('accounts restore acc_1')
    expect(stepOf({ status: 'disabled', reason: 'by-operator' }).remedy).to.contain('accounts enable acc_1')
    expect(stepOf({ status: 'active' }).result).to.equal('ok')
  })
})
