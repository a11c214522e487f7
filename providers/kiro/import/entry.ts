import type { Fields } from '../untrusted.ts'

/** One credential as its source wrote it, readable in camelCase whatever the source's habit. */
export class Entry {
  readonly #fields: Fields
  /** Where the source's own name of each member is kept. */
  readonly #names: ReadonlyMap<string, string>
  readonly #read = new Set<string>()

  constructor(fields: Fields) {
    this.#fields = fields
    this.#names = new Map(Object.keys(fields).map(name => [camelCase(name), name]))
  }

  /** The first of these members that holds anything. */
  get(...members: readonly string[]): unknown {
    let found: unknown
    for (const member of members) {
      const name = this.#names.get(member)
      if (name === undefined) continue
      this.#read.add(name)
      const value = this.#fields[name]
      if (found === undefined && value !== null && value !== '') found = value
    }
    return found
  }

  text(...members: readonly string[]): string | undefined {
    const value = this.get(...members)
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }

  /** What nobody asked for. */
  rest(): Fields | undefined {
    const unread = Object.entries(this.#fields).filter(([name, value]) => !this.#read.has(name) && value !== null)
    return unread.length === 0 ? undefined : Object.fromEntries(unread)
  }
}

/** `refresh_token`, `REFRESH_TOKEN`, `refreshToken` → `refreshToken`. */
export function camelCase(name: string): string {
  const lower = /[a-z]/.test(name) ? name : name.toLowerCase()
  return lower.replace(/[_-]+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
