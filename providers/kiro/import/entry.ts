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
    for (const member of members) {
      const name = this.#names.get(member)
      if (name !== undefined) this.#read.add(name)
    }
    return this.peek(...members)
  }

  text(...members: readonly string[]): string | undefined {
    return filled(this.get(...members))
  }

  /** The same for members that stay among those we do not know: whoever wrote them may want them back. */
  peek(...members: readonly string[]): unknown {
    const values = members.map(member => this.#fields[this.#names.get(member) ?? ''])
    return values.find(value => value !== undefined && value !== null && value !== '')
  }

  peekText(...members: readonly string[]): string | undefined {
    return filled(this.peek(...members))
  }

  /** What nobody asked for. */
  unread(): Fields {
    const unread = Object.entries(this.#fields).filter(([name, value]) => !this.#read.has(name) && value !== null)
    return Object.fromEntries(unread)
  }
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** `refresh_token`, `REFRESH_TOKEN`, `refreshToken` → `refreshToken`. */
export function camelCase(name: string): string {
  const lower = /[a-z]/.test(name) ? name : name.toLowerCase()
  return lower.replace(/[_-]+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
