import { expect } from 'chai'
import { chosenAccounts } from '../../../../core/cli/chosen-accounts.ts'
import type { AccountSummary } from '../../../../core/contract/pool.ts'

const account = (id: string, label: string, origin = 'store') => ({ id, label, origin }) as AccountSummary
const ACCOUNTS = [account('acc_alpha1', 'one'), account('acc_alpha2', 'two'), account('acc_beta01', 'two'), account('acc_own001', 'caller', 'caller')]
const ids = (...words: string[]) => chosenAccounts(ACCOUNTS, { words }).map(({ id }) => id)

describe('accounts that a command names', () => {
  it('are found by id, by a beginning that only one has, and by a label that only one has', () => {
    expect(ids('acc_alpha2', 'acc_be', 'one', 'acc_alpha1')).to.deep.equal(['acc_alpha2', 'acc_beta01', 'acc_alpha1'])
  })

  it('must be named without doubt', () => {
    for (const [word, complaint] of [
      ['two', 'names 2 accounts'],
      ['acc_alpha', 'names 2 accounts'],
      ['acc_', 'names 4 accounts; use the id of one: acc_alpha1, acc_alpha2, acc_beta01, acc_own001'],
      ['acc_b', 'is too short a beginning'],
      ['acc_x', 'there is no account'],
      ['', 'there is no account'],
    ] as const)
      expect(() => ids(word), word).to.throw(complaint)
  })

  it('are all but those that single callers brought when all are meant', () => {
    expect(chosenAccounts(ACCOUNTS, { words: [], all: true })).to.have.length(3)
  })
})
