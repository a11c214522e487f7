import type { Account } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { NamedModelCard } from '../contract/dialect.ts'
import type { Logger } from '../contract/log.ts'
import type { Egress, ModelRouter } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { ModelCard } from '../model/model-card.ts'
import { allowsModel } from './model-restriction.ts'

export interface CatalogDeps {
  readonly providers: ReadonlyMap<string, Provider>
  readonly egress: Egress
  readonly clock: Clock
  readonly log: Logger
}

interface Known {
  readonly cards: readonly ModelCard[]
  readonly ids: ReadonlySet<string>
  /** Ids under the other names that the list has for them. */
  readonly aliases: ReadonlyMap<string, string>
  readonly readAt: number
}

const TTL_MS = 60 * 60 * 1000
const RETRY_MS = 5 * 60 * 1000
/** Lists kept at once: with more accounts the oldest are read again when they are asked for. */
const MAX_LISTS = 2_000

/** Which models there are, by account as the upstream lists them, by provider as a fallback. */
export class Catalog implements ModelRouter {
  readonly #deps: CatalogDeps
  readonly #known = new Map<string, Known>()
  readonly #reading = new Map<string, Promise<void>>()
  readonly #failedAt = new Map<string, number>()

  constructor(deps: CatalogDeps) {
    this.#deps = deps
  }

  split(model: string): { readonly provider?: string; readonly model: string } {
    const slash = model.indexOf('/')
    if (slash > 0 && this.#deps.providers.has(model.slice(0, slash))) return { provider: model.slice(0, slash), model: model.slice(slash + 1) }
    return { model }
  }

  resolve(provider: Provider, account: Account, name: string): string | undefined {
    const { provider: wanted, model } = this.split(name)
    if (wanted !== undefined && wanted !== provider.name) return undefined
    const id = this.#idOf(provider, account, model)
    return id === undefined || allowsModel(account.settings, model, id) ? id : undefined
  }

  #idOf(provider: Provider, account: Account, model: string): string | undefined {
    const live = this.#known.get(account.id)
    if (live?.ids.has(model)) return model
    // Accounts of one provider may list one model under different ids, where their upstreams are not the same.
    const alias = live?.aliases.get(model)
    if (alias !== undefined) return alias
    const id = provider.catalog?.resolve(model)
    // What the account's own list leaves out is not in its plan.
    if (id !== undefined) return live === undefined || live.ids.has(id) ? id : undefined
    return provider.catalog === undefined && live === undefined ? model : undefined
  }

  /** Whether any list names exactly this model, with or without its provider before it. */
  lists(name: string): boolean {
    const { provider: wanted, model } = this.split(name)
    for (const { name: provider, catalog } of this.#deps.providers.values()) {
      if ((wanted === undefined || wanted === provider) && catalog?.models.some(({ id }) => id === model) === true) return true
    }
    for (const { ids } of this.#known.values()) if (ids.has(model)) return true
    return false
  }

  /**
   * Reads an account's list if it is not known or too old. Never throws: the last good list stays.
   * @param ready gives the account a credential that is valid now
   */
  refresh(account: Account, ready: () => Promise<Account> = () => Promise.resolve(account)): Promise<void> {
    const { providers, egress, clock, log } = this.#deps
    const now = clock.monotonic()
    const known = this.#known.get(account.id)
    if (known !== undefined && now - known.readAt < TTL_MS) return Promise.resolve()
    const failedAt = this.#failedAt.get(account.id)
    if (failedAt !== undefined && now - failedAt < RETRY_MS) return Promise.resolve()
    const running = this.#reading.get(account.id)
    if (running) return running
    const provider = providers.get(account.provider)
    if (provider === undefined) return Promise.resolve()
    const reading = (async () => {
      try {
        const usable = await ready()
        const cards = await provider.models(usable, egress.clientFor(usable))
        // A provider that lists nothing is asked again later, not with every request.
        if (cards.length === 0) this.#failedAt.set(account.id, clock.monotonic())
        else {
          this.#remember(account.id, cards)
          this.#failedAt.delete(account.id)
        }
      } catch (error) {
        if (this.#failedAt.size > MAX_LISTS) this.#failedAt.clear()
        this.#failedAt.set(account.id, clock.monotonic())
        log.warn('the model list of an account could not be read; the last one stays', { account: account.id, error })
      } finally {
        this.#reading.delete(account.id)
      }
    })()
    this.#reading.set(account.id, reading)
    return reading
  }

  /** Whether the account's own list is known; else its provider's usual one stands in for it. */
  hasList({ id }: Account): boolean {
    return this.#known.has(id)
  }

  /** Everything these accounts serve, one entry per model, sorted by name. */
  list(accounts: readonly Account[]): readonly NamedModelCard[] {
    const found = new Map<string, NamedModelCard>()
    for (const account of accounts) {
      const provider = this.#deps.providers.get(account.provider)
      if (provider === undefined) continue
      const cards = this.#known.get(account.id)?.cards ?? provider.catalog?.models ?? []
      for (const card of cards) {
        if (!found.has(card.id) && allowsModel(account.settings, card.id)) found.set(card.id, { ...card, provider: provider.name, publicId: card.id })
      }
    }
    return [...found.values()].sort((a, b) => (a.publicId < b.publicId ? -1 : 1))
  }

  #remember(account: string, cards: readonly ModelCard[]): void {
    this.#known.delete(account)
    this.#known.set(account, {
      cards,
      ids: new Set(cards.map(card => card.id)),
      // Of two that share a name, the one that the list has first.
      aliases: new Map(cards.toReversed().flatMap(({ id, aliases = [] }) => aliases.map(name => [name, id] as const))),
      readAt: this.#deps.clock.monotonic(),
    })
    if (this.#known.size > MAX_LISTS) this.#known.delete(this.#known.keys().next().value as string)
  }
}
