import type { AccountState } from '../contract/account.ts'
import type { EventBus } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import { wordsFor } from './health-words.ts'

/** Says in the log when an account stops for a reason that time alone will not mend, and what the operator must do. */
export class HealthAlarms {
  readonly #events: EventBus
  readonly #log: Logger
  readonly #listener = (change: { readonly account: string; readonly from: AccountState; readonly to: AccountState }) => this.#told(change)

  constructor({ events, log }: { readonly events: EventBus; readonly log: Logger }) {
    this.#events = events
    this.#log = log
    events.on('account.state', this.#listener)
  }

  close(): void {
    this.#events.off('account.state', this.#listener)
  }

  #told({ account, from, to }: { readonly account: string; readonly from: AccountState; readonly to: AccountState }): void {
    if (from.status === to.status && from.reason === to.reason) return
    const level = levelOf(to)
    const words = level && wordsFor(to, account)
    if (level && words) this.#log[level]('an account stopped', { account, state: to.status, reason: to.reason, why: words.why, ends: words.ends })
  }
}

function levelOf({ status, reason }: AccountState): 'warn' | 'error' | undefined {
  if (status === 'suspended' || status === 'invalid') return 'error'
  return reason === 'account_suspicious' && status === 'cooldown' ? 'warn' : undefined
}
