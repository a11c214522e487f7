import type { AccountEntry } from './entry.ts'

/** What strategies see of a tier. */
export type TierView = Pick<AccountTier, 'entries' | 'even' | 'next' | 'current' | 'due'>

/** Accounts of one rank, in the order in which they came, so that turns go around whoever steps aside meanwhile. */
export class AccountTier {
  readonly rank: number
  readonly #entries: AccountEntry[] = []
  #uneven = 0
  readonly #last = new Marker()
  readonly #current = new Marker()
  #due = 0

  constructor(rank: number) {
    this.rank = rank
  }

  get entries(): readonly AccountEntry[] {
    return this.#entries
  }

  /** Whether all have the same weight. */
  get even(): boolean {
    return this.#uneven === 0
  }

  /** Where the turn goes on: behind the account that had the last one. */
  get next(): number {
    return this.#last.indexIn(this.#entries, 1)
  }

  /** The account that is used until it steps aside, or who comes after it. */
  get current(): number {
    return this.#current.indexIn(this.#entries, 0)
  }

  /** Turns that count as had by everybody: who was away must not catch up at a stretch. */
  get due(): number {
    return this.#due
  }

  add(entry: AccountEntry): void {
    if (entry.weight !== 1) this.#uneven++
    const last = this.#entries.at(-1)
    if (last === undefined || last.order < entry.order) this.#entries.push(entry)
    else this.#entries.splice(placeOf(this.#entries, entry.order), 0, entry)
  }

  remove(entry: AccountEntry): void {
    if (entry.weight !== 1) this.#uneven--
    this.#entries.splice(placeOf(this.#entries, entry.order), 1)
  }

  /** As the tier will be once an account has had its turn. */
  after(entry: AccountEntry): TierView {
    const next = placeOf(this.#entries, entry.order + 1)
    return {
      entries: this.#entries,
      even: this.even,
      current: this.current,
      next: next === this.#entries.length ? 0 : next,
      due: Math.max(this.#due, entry.turns),
    }
  }

  /** An account had its turn. */
  took(entry: AccountEntry): void {
    this.#last.order = entry.order
    if (!this.#current.isIn(this.#entries)) this.#current.order = entry.order
    this.#due = Math.max(this.#due, entry.turns)
    entry.turns = this.#due + 1 / entry.weight
  }
}

/** Remembers an account by its order, which holds while others come and go, and where it was seen last. */
class Marker {
  order = -1
  #index = 0

  isIn(entries: readonly AccountEntry[]): boolean {
    this.#find(entries)
    return entries[this.#index]?.order === this.order
  }

  /** The account's index, or of who comes so many places after it, around the end; of one that is gone, who took its place. */
  indexIn(entries: readonly AccountEntry[], after: 0 | 1): number {
    const index = this.isIn(entries) ? this.#index + after : this.#index
    return index >= entries.length ? 0 : index
  }

  #find(entries: readonly AccountEntry[]): void {
    if (entries[this.#index]?.order === this.order) return
    // Turns go on by one.
    if (entries[this.#index + 1]?.order === this.order) this.#index++
    else this.#index = placeOf(entries, this.order)
  }
}

/** The first place of an order that is not lower. */
function placeOf(entries: readonly AccountEntry[], order: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle] as AccountEntry).order < order) low = middle + 1
    else high = middle
  }
  return low
}
