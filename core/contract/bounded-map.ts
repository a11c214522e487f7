/** A map that holds so much and no more: what was unused the longest goes first. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly weight: number }>()
  readonly #limit: number
  #weight = 0

  /** @param limit of the weight of all entries together, their keys' characters included */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  set(key: string, value: V, weight: number): void {
    this.#drop(key)
    this.#entries.set(key, { value, weight: weight + key.length })
    this.#weight += weight + key.length
    while (this.#weight > this.#limit) this.#drop(this.#entries.keys().next().value as string)
  }

  get(key: string): V | undefined {
    const found = this.#entries.get(key)
    if (found === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, found)
    return found.value
  }

  #drop(key: string): void {
    const found = this.#entries.get(key)
    if (found === undefined) return
    this.#entries.delete(key)
    this.#weight -= found.weight
  }
}
