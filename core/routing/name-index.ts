/** Which providers have somebody who names a model, counted, so that asking costs the same however many accounts there are. */
export class NameIndex {
  readonly #counts = new Map<string, Map<string, number>>()
  readonly #named = new Map<string, { readonly provider: string; readonly names: readonly string[] }>()

  has(provider: string, name: string): boolean {
    return this.#counts.get(provider)?.has(name) === true
  }

  accounts(): IterableIterator<string> {
    return this.#named.keys()
  }

  /** What an account names, instead of what it named before. */
  set(account: string, provider: string, names: readonly string[]): void {
    const before = this.#named.get(account)
    if (before?.provider === provider && before.names === names) return
    this.delete(account)
    if (names.length === 0) return
    this.#named.set(account, { provider, names })
    let counts = this.#counts.get(provider)
    if (counts === undefined) this.#counts.set(provider, (counts = new Map()))
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  }

  delete(account: string): void {
    const before = this.#named.get(account)
    if (before === undefined) return
    this.#named.delete(account)
    const counts = this.#counts.get(before.provider)
    for (const name of before.names) {
      const left = (counts?.get(name) ?? 0) - 1
      if (left > 0) counts?.set(name, left)
      else counts?.delete(name)
    }
  }
}
