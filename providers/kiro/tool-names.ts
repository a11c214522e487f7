import { createHash } from 'node:crypto'

/** A reversible map between the client's tool names and those that the upstream accepts; made anew for each request. */
export interface ToolNames {
  upstream(name: string): string
  /** The client's name for what the upstream calls; a name that we never sent stays as it is. */
  original(name: string): string
}

/** What the upstream takes as a tool name or a tool-use id (`kiro.md` §5.2). */
const ACCEPTED = /^[A-Za-z0-9_-]{1,64}$/
const NOT_ACCEPTED = /[^A-Za-z0-9_-]/g
const PREFIX = 55

/** Names that need no change are kept, so that a rewritten one never takes the place of a real one. */
export function mapToolNames(names: Iterable<string>): ToolNames {
  const forward = acceptedIdentifiers(names)
  const backward = new Map<string, string>()
  for (const [original, upstream] of forward) backward.set(upstream, original)
  return {
    upstream: name => forward.get(name) ?? (ACCEPTED.test(name) ? name : rewritten(name, 0)),
    original: name => backward.get(name) ?? name,
  }
}

/** Every given name with an accepted one of its own: the same for the same names, whatever their order, unless hashes collide. */
export function acceptedIdentifiers(names: Iterable<string>): ReadonlyMap<string, string> {
  const accepted = new Map<string, string>()
  const rejected: string[] = []
  for (const name of new Set(names)) {
    if (ACCEPTED.test(name)) accepted.set(name, name)
    else rejected.push(name)
  }
  if (rejected.length === 0) return accepted
  const taken = new Set(accepted.keys())
  for (const name of rejected) {
    let salt = 0
    while (taken.has(rewritten(name, salt))) salt += 1
    const own = rewritten(name, salt)
    taken.add(own)
    accepted.set(name, own)
  }
  return accepted
}

function rewritten(name: string, salt: number): string {
  const digest = createHash('sha256')
    .update(salt === 0 ? name : `${name}\0${salt}`)
    .digest('hex')
  return `${name.replace(NOT_ACCEPTED, '_').slice(0, PREFIX)}_${digest.slice(0, 8)}`
}
