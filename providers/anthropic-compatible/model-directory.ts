import type { ModelCard, StaticCatalog } from '../../core/index.ts'
import { cardOf, KNOWN_MODELS, knownModel } from './known-models.ts'
import { claudeVersion, plainName, undatedName } from './model-names.ts'
import type { AnthropicOptions } from './options.ts'

/** Accounts whose lists are kept; the oldest go first and are then served by what is known of models in general. */
const MAX_ACCOUNTS = 2_000

/** Which models there are under which names, and their limits. The lists' age and renewal are core's. */
export class ModelDirectory implements StaticCatalog {
  readonly models: readonly ModelCard[]
  readonly #configured: readonly ModelCard[]
  readonly #official: boolean
  readonly #lists = new Map<string, ReadonlyMap<string, ModelCard>>()
  /** Ids under every name that clients may give them: of the accounts' own lists, and of the list that stands in for them. */
  readonly #listed = new Map<string, string>()
  readonly #static = new Map<string, string>()

  /** @param official whether the API is the vendor's own, whose models are known without asking */
  constructor(models: AnthropicOptions['models'], official: boolean) {
    this.#configured = models.map(model => cardOf(typeof model === 'string' ? { id: model } : model))
    this.#official = official
    this.models = this.#configured.length === 0 && official ? KNOWN_MODELS : this.#configured
    learn(this.#static, this.models)
  }

  /** What an account has: its list, in which the operator has the last word. */
  remember(account: string, listed: readonly ModelCard[]): readonly ModelCard[] {
    const cards = new Map([...listed, ...this.#configured].map(card => [card.id, card]))
    if (listed.length > 0) {
      this.#lists.delete(account)
      this.#lists.set(account, cards)
      if (this.#lists.size > MAX_ACCOUNTS) this.#lists.delete(this.#lists.keys().next().value as string)
      learn(this.#listed, [...cards.values()])
    }
    return [...cards.values()]
  }

  card(account: string, model: string): ModelCard | undefined {
    return this.#lists.get(account)?.get(model) ?? this.models.find(({ id }) => id === model) ?? knownModel(model)
  }

  /**
   * The upstream's id for a client's word. While nothing is known of what there is, a name is left for the upstream to
   * judge: the vendor's own has models of one family, any other may have all.
   */
  resolve(name: string): string | undefined {
    const names = [name, plainName(name), undatedName(name)]
    for (const ids of [this.#listed, this.#static]) {
      const id = names.map(each => ids.get(each)).find(found => found !== undefined)
      if (id !== undefined) return id
    }
    if (this.#lists.size > 0 || this.#configured.length > 0) return undefined
    return !this.#official || claudeVersion(name) !== undefined ? plainName(name) : undefined
  }
}

/** Ids win over other names, and of two dates of one model the one listed first, which is the newer. */
function learn(names: Map<string, string>, cards: readonly ModelCard[]): void {
  for (const { id } of cards) {
    names.set(id, id)
    names.set(plainName(id), id)
  }
  for (const { id, aliases = [] } of cards) {
    for (const name of [...aliases, undatedName(id)]) if (!names.has(name)) names.set(name, id)
  }
}
