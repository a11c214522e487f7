import type { Account } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { NamedModelCard } from '../contract/dialect.ts'
import type { Logger } from '../contract/log.ts'
import type { Egress, ModelRouter, ModelStanding } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { ModelCard } from '../model/model-card.ts'
import { allowsModel, declaredModels } from './model-restriction.ts'
import { NameIndex } from './name-index.ts'

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

/** A read, or several in a row, that brought no list. */
interface InVain {
  readonly at: number
  readonly times: number
  /** Whether it failed; else the upstream has no list. */
  readonly failed: boolean
}

export const LIST_TTL_MS = 60 * 60 * 1000
const RETRY_MS = 5 * 60 * 1000
/** Lists kept at once: with more accounts the oldest are read again when they are asked for. */
const MAX_LISTS = 2_000

/** Which models there are, by account as the upstream lists them, by provider as a fallback. */
export class Catalog implements ModelRouter {
  readonly #deps: CatalogDeps
  readonly #known = new Map<string, Known>()
  readonly #reading = new Map<string, Promise<void>>()
  readonly #inVain = new Map<string, InVain>()
  /** Names that everybody's accounts have by their lists or, without one, by their settings. */
  readonly #named = new NameIndex()
  /** By provider, everybody's accounts without a list of their own: their provider's catalogue speaks for them. Undefined: not told yet. */
  #unlisted: Map<string, Set<string>> | undefined
  /** Of static lists, by the list. */
  readonly #staticIds = new WeakMap<readonly ModelCard[], ReadonlySet<string>>()

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

  standing(provider: Provider, account: Account, name: string): ModelStanding {
    const { model } = this.split(name)
    const id = this.#idOf(provider, account, model)
    if (id === undefined || !allowsModel(account.settings, model, id)) return 'absent'
    if (this.#isNamed(provider, account, { model, id })) return 'named'
    return this.names(name) ? 'behind' : 'untold'
  }

  /** Whether anybody's account is known to have the model. */
  names(name: string): boolean {
    const { provider: wanted, model } = this.split(name)
    for (const provider of this.#deps.providers.values()) {
      if ((wanted === undefined || wanted === provider.name) && this.#hasName(provider, model)) return true
    }
    return false
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

  /** Takes in which accounts there are: what those that are gone had counts no more. */
  follow(accounts: Iterable<Account>): void {
    const here = new Set<string>()
    const unlisted = new Map<string, Set<string>>()
    for (const account of accounts) {
      here.add(account.id)
      this.#takeIn(account, unlisted)
    }
    for (const ids of [this.#known.keys(), this.#inVain.keys(), this.#named.accounts()]) {
      for (const id of ids) if (!here.has(id)) this.#forget(id)
    }
    this.#unlisted = unlisted
  }

  /** Takes in an account that may have come since. */
  note(account: Account): void {
    if (this.#unlisted !== undefined) this.#takeIn(account, this.#unlisted)
  }

  /**
   * Reads an account's list if it is not known or too old. Never throws: the last good list stays.
   * @param ready gives the account a credential that is valid now
   */
  refresh(account: Account, ready: () => Promise<Account> = () => Promise.resolve(account)): Promise<void> {
    const running = this.#reading.get(account.id)
    if (running) return running
    const provider = this.#deps.providers.get(account.provider)
    if (provider === undefined || !this.isDue(account)) return Promise.resolve()
    const reading = this.#read(provider, account, ready).finally(() => this.#reading.delete(account.id))
    this.#reading.set(account.id, reading)
    return reading
  }

  /** Whether it is time to read an account's list: it is not known, or too old, and was not asked for in vain just now. */
  isDue({ id }: Account): boolean {
    const now = this.#deps.clock.monotonic()
    const known = this.#known.get(id)
    if (known !== undefined && now - known.readAt < LIST_TTL_MS) return false
    const inVain = this.#inVain.get(id)
    return inVain === undefined || now - inVain.at >= Math.min(RETRY_MS * 2 ** (inVain.times - 1), LIST_TTL_MS)
  }

  /** Whether the account's own list is known; else its provider's usual one stands in for it. */
  hasList({ id }: Account): boolean {
    return this.#known.has(id)
  }

  /** Whether the account's list was asked for and could not be read; that there is none is no failure. */
  isUnreadable({ id }: Account): boolean {
    return !this.#known.has(id) && this.#inVain.get(id)?.failed === true
  }

  /** Everything these accounts serve, one entry per model, sorted by name. */
  list(accounts: readonly Account[]): readonly NamedModelCard[] {
    const found = new Map<string, NamedModelCard>()
    for (const account of accounts) {
      const provider = this.#deps.providers.get(account.provider)
      if (provider === undefined) continue
      for (const card of this.#cardsOf(provider, account)) {
        if (!found.has(card.id) && allowsModel(account.settings, card.id)) found.set(card.id, { ...card, provider: provider.name, publicId: card.id })
      }
    }
    return [...found.values()].sort((a, b) => (a.publicId < b.publicId ? -1 : 1))
  }

  #takeIn({ id, provider, owner, settings }: Account, unlisted: Map<string, Set<string>>): void {
    if (owner !== undefined || this.#known.has(id)) return
    this.#named.set(id, provider, declaredModels(settings))
    const ids = unlisted.get(provider)
    if (ids === undefined) unlisted.set(provider, new Set([id]))
    else ids.add(id)
  }

  async #read(provider: Provider, account: Account, ready: () => Promise<Account>): Promise<void> {
    const { egress, log } = this.#deps
    try {
      const usable = await ready()
      const cards = await provider.models(usable, egress.clientFor(usable))
      if (cards.length === 0) this.#noteInVain(account, false)
      else this.#remember(account, cards)
    } catch (error) {
      // Told once, not with each of the tries that follow by themselves.
      const level = this.#inVain.get(account.id)?.failed === true ? 'debug' : 'warn'
      log[level]('the model list of an account could not be read; the last one stays', { account: account.id, error })
      this.#noteInVain(account, true)
    }
  }

  /** It is asked for again later, and less often each time. */
  #noteInVain({ id }: Account, failed: boolean): void {
    if (this.#inVain.size > MAX_LISTS) this.#inVain.clear()
    this.#inVain.set(id, { at: this.#deps.clock.monotonic(), times: (this.#inVain.get(id)?.times ?? 0) + 1, failed })
  }

  #remember({ id, provider, owner }: Account, cards: readonly ModelCard[]): void {
    const ids = new Set(cards.map(card => card.id))
    // Of two that share a name, the one that the list has first.
    const aliases = new Map(cards.toReversed().flatMap(card => (card.aliases ?? []).map(name => [name, card.id] as const)))
    this.#inVain.delete(id)
    this.#known.delete(id)
    this.#known.set(id, { cards, ids, aliases, readAt: this.#deps.clock.monotonic() })
    if (owner === undefined) this.#named.set(id, provider, [...new Set([...ids, ...aliases.keys()])])
    this.#unlisted?.get(provider)?.delete(id)
    if (this.#known.size > MAX_LISTS) this.#forget(this.#known.keys().next().value as string)
  }

  #forget(id: string): void {
    this.#known.delete(id)
    this.#inVain.delete(id)
    this.#named.delete(id)
  }

  #cardsOf(provider: Provider, account: Account): readonly ModelCard[] {
    const live = this.#known.get(account.id)
    if (live !== undefined) return live.cards
    const usual = provider.catalog?.models ?? []
    const declared = declaredModels(account.settings).filter(name => this.#idOf(provider, account, name) === name)
    // Nothing is known of them but that they are there, so nothing is denied them.
    return declared.length === 0 ? usual : [...usual, ...declared.map((id): ModelCard => ({ id, input: ['text', 'image'], features: ['tools'] }))]
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

  /** Whether there is a list, a setting or a catalogue that says that the account has the model. */
  #isNamed(provider: Provider, account: Account, { model, id }: { readonly model: string; readonly id: string }): boolean {
    const live = this.#known.get(account.id)
    if (live !== undefined) return live.ids.has(id)
    const declared = declaredModels(account.settings)
    if (declared.length > 0 && (declared.includes(model) || declared.includes(id))) return true
    const usual = this.#staticIdsOf(provider)
    // Accounts of a provider with models of its own share an upstream: only some of them are asked, and those speak for all.
    return usual !== undefined && (usual.has(id) || this.#named.has(provider.name, id))
  }

  /** Whether an account of the provider is known to have the model. */
  #hasName(provider: Provider, model: string): boolean {
    if (this.#named.has(provider.name, model)) return true
    const id = provider.catalog?.resolve(model)
    if (id === undefined) return false
    if (this.#named.has(provider.name, id)) return true
    const unlisted = this.#unlisted
    return (unlisted === undefined || (unlisted.get(provider.name)?.size ?? 0) > 0) && this.#staticIdsOf(provider)?.has(id) === true
  }

  #staticIdsOf({ catalog }: Provider): ReadonlySet<string> | undefined {
    if (catalog === undefined || catalog.models.length === 0) return undefined
    const { models } = catalog
    let ids = this.#staticIds.get(models)
    if (ids === undefined) this.#staticIds.set(models, (ids = new Set(models.map(({ id }) => id))))
    return ids
  }
}
