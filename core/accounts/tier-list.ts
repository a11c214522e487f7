import { AccountTier } from './account-tier.ts'
import type { AccountEntry } from './entry.ts'

/** Accounts sorted into tiers, the highest rank first. Nearly always there is one. */
export class TierList implements Iterable<AccountTier> {
  /** A tier that everybody has left stays: it knows whose turn it is. */
  readonly #tiers: AccountTier[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  [Symbol.iterator](): IterableIterator<AccountTier> {
    return this.#tiers.values()
  }

  tierOf(entry: AccountEntry): AccountTier {
    const index = this.#tiers.findIndex(({ rank }) => rank <= entry.rank)
    const found = this.#tiers[index]
    if (found?.rank === entry.rank) return found
    const tier = new AccountTier(entry.rank)
    this.#tiers.splice(index === -1 ? this.#tiers.length : index, 0, tier)
    return tier
  }

  add(entry: AccountEntry): void {
    this.tierOf(entry).add(entry)
    this.#size++
  }

  remove(entry: AccountEntry): void {
    this.tierOf(entry).remove(entry)
    this.#size--
  }
}
