import { LRUCache } from 'lru-cache'
import type { ModelCard, StaticCatalog } from '../../core/index.ts'
import { canonicalName, looksLikeClaude } from './model-names.ts'
import type { ListedModel } from './models.ts'
import { FALLBACK_MODELS, KNOWN_FIELDS, KNOWN_MODELS } from './static-models.ts'

/** Accounts whose lists are kept; the oldest go first and are then served by what is known of models in general. */
const MAX_ACCOUNTS = 2_000
const MAX_NAMES = 500

/**
 * What the accounts' lists said that their cards cannot: which request fields a model takes, and which names there are.
 * The lists themselves, their age and their renewal are core's.
 */
export class ModelDirectory implements StaticCatalog {
  readonly models: readonly ModelCard[] = FALLBACK_MODELS
  readonly #lists = new Map<string, ReadonlyMap<string, ListedModel>>()
  /** Ids of any list under the names that clients give them. */
  readonly #names = new Map<string, string>()
  /** Clients' words as ids, the latest ones. */
  readonly #read = new LRUCache<string, { readonly id: string | undefined }>({ max: MAX_NAMES })

  remember(account: string, models: readonly ListedModel[]): void {
    this.#lists.delete(account)
    this.#lists.set(account, new Map(models.map(model => [model.card.id, model])))
    if (this.#lists.size > MAX_ACCOUNTS) this.#lists.delete(this.#lists.keys().next().value as string)
    for (const { card } of models) {
      const name = canonicalName(card.id)
      // `claude-sonnet-4` may be listed as `claude-sonnet-4.0`, but where both occur each means itself.
      if (name !== undefined && (!this.#names.has(name) || name === card.id)) this.#names.set(name, card.id)
    }
  }

  card(account: string, model: string): ModelCard | undefined {
    return this.#lists.get(account)?.get(model)?.card ?? KNOWN_MODELS.get(model)
  }

  /** As the account's list says; while none is known, as models of this name usually do. A refusal takes them back. */
  fields(account: string, model: string): readonly string[] {
    const list = this.#lists.get(account)
    return (list === undefined ? KNOWN_FIELDS.get(model) : list.get(model)?.fields) ?? []
  }

  /** Kiro's id for a client's word. While no list is known, any name of Claude's form is left for the upstream to judge. */
  resolve(name: string): string | undefined {
    const canonical = this.#canonical(name)
    if (canonical === undefined) return undefined
    const listed = this.#names.get(canonical)
    if (listed !== undefined) return listed
    if (KNOWN_MODELS.has(canonical)) return canonical
    return this.#names.size === 0 && looksLikeClaude(canonical) ? canonical : undefined
  }

  /** Each name is asked for once per account looked at, and there are few of them. */
  #canonical(name: string): string | undefined {
    const known = this.#read.get(name)
    if (known !== undefined) return known.id
    const id = canonicalName(name)
    this.#read.set(name, { id })
    return id
  }
}
