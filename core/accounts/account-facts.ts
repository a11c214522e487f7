import type { Facts } from '../contract/account.ts'
import type { Logger } from '../contract/log.ts'
import type { Egress } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { AccountEntry } from './entry.ts'
import type { AccountRepository } from './repository.ts'

const NO_REMEDIES: ReadonlySet<string> = new Set()

export interface AccountFactsDeps {
  readonly providers: ReadonlyMap<string, Provider>
  readonly egress: Egress
  readonly repository: Pick<AccountRepository, 'change'>
  readonly log: Logger
}

/** What a provider must find out about an account before its first use: asked once however many wait, and kept. */
export class AccountFacts {
  readonly #deps: AccountFactsDeps
  readonly #running = new Map<string, Promise<void>>()

  constructor(deps: AccountFactsDeps) {
    this.#deps = deps
  }

  /** Undefined, at once, when nothing is lacking. */
  prepare(entry: AccountEntry, remedies: ReadonlySet<string> = NO_REMEDIES): Promise<void> | undefined {
    const running = this.#running.get(entry.id)
    if (running) return running
    const { providers, egress } = this.#deps
    // What is kept for a provider has its credential's type.
    const asked = providers.get(entry.account.provider)?.prepare?.(entry.account as never, egress.clientFor(entry.account), remedies)
    if (!asked) return undefined
    const preparing = asked.then(facts => this.#keep(entry, facts)).finally(() => this.#running.delete(entry.id))
    this.#running.set(entry.id, preparing)
    return preparing
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running.values())
  }

  async #keep(entry: AccountEntry, found: Facts): Promise<void> {
    const facts = { ...entry.account.facts, ...found }
    if (JSON.stringify(facts) === JSON.stringify(entry.account.facts)) return
    entry.account = { ...entry.account, facts }
    // In use already: facts are found again if the store should lose them.
    await this.#deps.repository
      .change(entry.id, { facts: JSON.stringify(facts) })
      .catch((error: unknown) => this.#deps.log.warn('facts of an account could not be stored', { account: entry.id, error }))
  }
}
