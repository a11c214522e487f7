/** A schema, or anything else that is an object; nobody has checked its members. */
export type Node = Readonly<Record<string, unknown>>

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Assigning to `__proto__` would lose the member. */
export function put(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
  else target[name] = value
}

/** The node without some of its members. */
export function without(node: Node, names: ReadonlySet<string>): Node {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(node)) if (!names.has(name)) put(copy, name, node[name])
  return copy
}

/** What a local reference points at: `#`, `#/$defs/Name`, or any other JSON pointer into the document. */
export function pointedAt(reference: string, root: Node): Node | undefined {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  let found: unknown = root
  for (const step of reference.slice(2).split('/')) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Node)[name]
  }
  return isNode(found) ? found : undefined
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}
