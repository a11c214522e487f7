import { createHash } from 'node:crypto'

/** What the API takes as a tool's name or a call's id (`providers.md` §7.2); 128 for the former, but relays stop at 64. */
const ACCEPTED = /^[A-Za-z0-9_-]{1,64}$/
const NOT_ACCEPTED = /[^A-Za-z0-9_-]/g
const PREFIX = 55

/** A reversible map between the client's tool names and those that are sent; made anew for each request. */
export interface ToolNames {
  upstream(name: string): string
  /** The client's name for what the upstream calls; a name that was never sent stays as it is. */
  original(name: string): string
}

/** Names that need no change are kept, so that a rewritten one never takes the place of a real one. */
export function mapToolNames(names: Iterable<string>): ToolNames {
  const all = new Set(names)
  const taken = new Set([...all].filter(name => ACCEPTED.test(name)))
  const forward = new Map<string, string>()
  const backward = new Map<string, string>()
  for (const name of all) {
    const own = taken.has(name) && ACCEPTED.test(name) ? name : unique(name, taken)
    taken.add(own)
    forward.set(name, own)
    backward.set(own, name)
  }
  return { upstream: name => forward.get(name) ?? rewritten(name, 0), original: name => backward.get(name) ?? name }
}

/** Gives calls ids that are accepted and stand in the conversation once: the same for the same conversation. */
export class CallIds {
  readonly #taken: Set<string>
  readonly #used = new Set<string>()

  /** @param ids of all calls of the conversation: what is rewritten never takes the place of one of them */
  constructor(ids: Iterable<string>) {
    this.#taken = new Set(ids)
  }

  next(id: string): string {
    const own = ACCEPTED.test(id) && !this.#used.has(id) ? id : unique(id, this.#taken)
    this.#taken.add(own)
    this.#used.add(own)
    return own
  }
}

/** What the API itself takes, which sets no limit to the length (`providers.md` §7.2). */
const SAFE_ID = /^[A-Za-z0-9_-]+$/

/**
 * Ids of calls that are not accepted with the ones that stand for them: the same for the same conversation, none twice and
 * none in the place of another. Undefined, as nearly always, where all are.
 */
export function safeCallIds(ids: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (ids.every(id => SAFE_ID.test(id))) return undefined
  const taken = new Set(ids)
  const safe = new Map<string, string>()
  for (const id of taken) {
    if (SAFE_ID.test(id)) continue
    const own = unique(id, new Set([...taken, ...safe.values()]))
    safe.set(id, own)
  }
  return safe
}

function unique(name: string, taken: ReadonlySet<string>): string {
  let salt = 0
  while (taken.has(rewritten(name, salt))) salt += 1
  return rewritten(name, salt)
}

function rewritten(name: string, salt: number): string {
  if (salt === 0 && ACCEPTED.test(name)) return name
  const digest = createHash('sha256').update(`${name}\0${salt}`).digest('hex')
  return `${name.replace(NOT_ACCEPTED, '_').slice(0, PREFIX)}_${digest.slice(0, 8)}`
}
