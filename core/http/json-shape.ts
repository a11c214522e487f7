import { GatewayError } from '../errors/gateway-error.ts'

/** Deep enough for any schema a person wrote; shallow enough for every recursive function behind it. */
const MAX_DEPTH = 200
const MAX_NODES = 1_000_000

/**
 * Refuses values that are nested too deep or have too many members. Strings cost nothing here, however long.
 * @throws GatewayError `bad_request`
 */
export function checkShape(root: unknown): void {
  let level: unknown[] = typeof root === 'object' && root !== null ? [root] : []
  let nodes = 0
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw new GatewayError('bad_request', `the body is nested deeper than ${MAX_DEPTH} levels`)
    const deeper: unknown[] = []
    for (const value of level) {
      const members = Array.isArray(value) ? (value as unknown[]) : Object.values(value as object)
      nodes += members.length
      if (nodes > MAX_NODES) throw new GatewayError('bad_request', `the body has more than ${MAX_NODES} members`)
      for (const member of members) if (typeof member === 'object' && member !== null) deeper.push(member)
    }
    level = deeper
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The same depth limit on the text of a large body, before it is parsed: millions of brackets would become millions of arrays.
 * @throws GatewayError `bad_request`
 */
export function checkNesting(bytes: Buffer): void {
  let depth = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) throw new GatewayError('bad_request', `the body is nested deeper than ${MAX_DEPTH} levels`)
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
}
