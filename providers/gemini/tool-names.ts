import { createHash } from 'node:crypto'

/** A reversible map between the client's tool names and those that the API accepts; made anew for each request. */
export interface ToolNames {
  upstream(name: string): string
  /** The client's name for what the model calls; a name that we never sent stays as it is. */
  original(name: string): string
}

/** A letter or underscore first, 64 at most: newer documents allow 128, older versions of the API do not (`providers.md` §0.6). */
const ACCEPTED = /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/
const NOT_ACCEPTED = /[^A-Za-z0-9_.:-]/g
const PREFIX = 54

/** Names that need no change are kept, so that a rewritten one never takes the place of a real one. */
export function mapToolNames(names: Iterable<string>): ToolNames {
  const forward = new Map<string, string>()
  const backward = new Map<string, string>()
  const distinct = [...new Set(names)]
  for (const name of distinct.toSorted((one, other) => Number(ACCEPTED.test(other)) - Number(ACCEPTED.test(one)))) {
    let salt = 0
    let own = ACCEPTED.test(name) ? name : rewritten(name, salt)
    while (backward.has(own)) own = rewritten(name, ++salt)
    forward.set(name, own)
    backward.set(own, name)
  }
  return {
    upstream: name => forward.get(name) ?? (ACCEPTED.test(name) ? name : rewritten(name, 0)),
    // The model sometimes writes the namespace that the API itself puts before names.
    original: name => backward.get(name) ?? backward.get(name.replace(/^default_api[:.]/, '')) ?? name,
  }
}

function rewritten(name: string, salt: number): string {
  const digest = createHash('sha256')
    .update(salt === 0 ? name : `${name}\0${salt}`)
    .digest('hex')
  const readable = name.replace(NOT_ACCEPTED, '_').slice(0, PREFIX)
  return `${/^[A-Za-z_]/.test(readable) ? readable : `_${readable}`}_${digest.slice(0, 8)}`
}
