import type { Provider } from '../contract/provider.ts'
import { CODES } from '../errors/codes.ts'
import { GatewayError, type Remedy } from '../errors/gateway-error.ts'
import type { AccountFacts } from './account-facts.ts'
import type { AccountEntry } from './entry.ts'
import type { Refresher } from './refresh.ts'
import type { Roster } from './roster.ts'

export interface ReadinessDeps {
  readonly roster: Roster
  readonly refresher: Refresher
  readonly facts: AccountFacts
  readonly providers: ReadonlyMap<string, Provider>
  readonly now: () => number
}

/** Makes a chosen account usable: a credential that is valid now, and the facts its provider needs. */
export class AccountReadiness {
  readonly #deps: ReadinessDeps

  constructor(deps: ReadinessDeps) {
    this.#deps = deps
  }

  /** Undefined, at once, when it is usable as it is. */
  ensure(entry: AccountEntry): Promise<void> | undefined {
    const renewing = this.#deps.refresher.ensure(entry)
    if (renewing) return renewing.then(() => this.#prepare(entry))
    const preparing = this.#deps.facts.prepare(entry)
    return preparing && this.#afterRefusal(entry, preparing)
  }

  /** Mends what an upstream refused. */
  async mend(entry: AccountEntry, refused: { readonly generation: number; readonly remedy: Remedy }): Promise<void> {
    if (refused.remedy === 'resolve-profile') {
      await this.#afterRefusal(entry, this.#deps.facts.prepare(entry, new Set([refused.remedy])) ?? Promise.resolve())
      return
    }
    await this.#force(entry, refused.generation)
    await this.#prepare(entry)
  }

  async #force(entry: AccountEntry, generation: number): Promise<void> {
    const provider = this.#deps.providers.get(entry.account.provider)
    const endless = provider?.lifetime && entry.times.endsAt === Infinity
    if (provider && (endless || !provider.refreshToken)) {
      entry.unproven = entry.account.generation
      throw new GatewayError('token_rejected', `${provider.name} refuses the account's credential, and there is no way to renew it: replace it`)
    }
    await this.#renewed(entry, generation)
    entry.unproven = entry.account.generation
  }

  /** How often the token endpoint may be asked says nothing of how often the account may ask for answers. */
  async #renewed(entry: AccountEntry, generation: number): Promise<void> {
    const { refresher } = this.#deps
    try {
      await refresher.force(entry, generation)
    } catch (error) {
      refresher.noteRefused(entry)
      if (!GatewayError.is(error) || error.code === 'needs_login' || error.scope !== 'account') throw error
      throw new GatewayError('token_rejected', "the upstream refuses the account's token, and it cannot be renewed at the moment; try again shortly", {
        cause: error,
        ...(error.reason === undefined ? {} : { reason: error.reason }),
      })
    }
  }

  async #prepare(entry: AccountEntry): Promise<void> {
    const preparing = this.#deps.facts.prepare(entry)
    if (preparing) await this.#afterRefusal(entry, preparing)
  }

  /** The first call of all may be the one that finds the token refused. */
  async #afterRefusal(entry: AccountEntry, preparing: Promise<void>): Promise<void> {
    const { generation } = entry.account
    try {
      await preparing
    } catch (error) {
      if (!GatewayError.is(error) || error.remedy !== 'refresh-token') throw this.#noted(entry, error)
      await this.#force(entry, generation)
      try {
        await this.#deps.facts.prepare(entry)
      } catch (again) {
        throw this.#noted(entry, again)
      }
    }
  }

  /** Nobody else reports what an account met before its lease. */
  #noted(entry: AccountEntry, error: unknown): unknown {
    const { roster, now } = this.#deps
    if (GatewayError.is(error) && CODES[error.code].scope !== 'gateway') {
      const { code, retryAfterMs } = error
      roster.apply(entry, { kind: 'failure', code, startedAt: now(), alone: false, detail: error.message, ...(retryAfterMs !== undefined && { retryAfterMs }) })
    }
    return error
  }
}
