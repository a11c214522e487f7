import { createHash } from 'node:crypto'

/** A reversible map between the client's names of tools and those that the upstream accepts; made anew for each request. */
export interface ToolNames {
  upstream(name: string): string
  original(name: string): string
}

/** `providers.md` §6.2. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/
/** OpenAI refuses longer ids. */
const CALL_ID = /^[!-~]{1,40}$/

/** Names that need no change are kept, so that a rewritten one never takes the place of a real one. */
export function mapToolNames(names: readonly string[]): ToolNames {
  const taken = new Set(names.filter(name => NAME.test(name)))
  const forward = new Map<string, string>()
  const backward = new Map<string, string>()
  for (const name of new Set(names)) {
    if (NAME.test(name)) continue
    let salt = 0
    while (taken.has(rewritten(name, salt))) salt++
    const own = rewritten(name, salt)
    taken.add(own)
    forward.set(name, own)
    backward.set(own, name)
  }
  return { upstream: name => forward.get(name) ?? name, original: name => backward.get(name) ?? name }
}

/** An id that every such upstream takes: the same for the same id and turn of it. */
export function callId(id: string, turn: number): string {
  return turn === 0 && CALL_ID.test(id) ? id : `call_${digest(`${id}\0${turn}`).slice(0, 24)}`
}

function rewritten(name: string, salt: number): string {
  return `${name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 55)}_${digest(salt === 0 ? name : `${name}\0${salt}`).slice(0, 8)}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
