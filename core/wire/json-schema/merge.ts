import { isNode, type Node, pointedAt, put, without } from './nodes.ts'

/** Where in the document a node stands, and what was followed to get there. */
export interface Place {
  readonly root: Node
  readonly path: string
  /** Targets of references that this node lies in. */
  readonly within: readonly Node[]
  lost(keyword: string, path: string): void
  /** Counts the work: false once there is too much of it, since definitions that name each other can multiply without end. */
  spend(): boolean
}

/** How often a definition may lie within itself before it is cut off: a list of lists keeps its shape, and the end comes soon. */
const UNFOLDED = 2
const RESOLVED = new Set(['$ref', 'allOf'])

export interface Merged {
  readonly node: Node
  readonly within: readonly Node[]
}

/** The node with the definitions it refers to and the conditions that hold beside it written into it. */
export function merge(node: Node, place: Place): Merged {
  let merged = without(node, RESOLVED)
  let { within } = place
  const { $ref: reference, allOf } = node
  if (typeof reference === 'string') {
    const target = pointedAt(reference, place.root)
    if (target === undefined) place.lost('$ref', place.path)
    else if (within.filter(outer => outer === target).length >= UNFOLDED || !place.spend()) {
      place.lost('$ref', place.path)
      merged = both({ type: 'object' }, merged)
    } else {
      const inner = merge(target, { ...place, within: [...within, target] })
      merged = both(merged, inner.node)
      within = inner.within
    }
  }
  for (const branch of Array.isArray(allOf) ? allOf.filter(isNode) : []) {
    if (!place.spend()) break
    const inner = merge(branch, { ...place, within })
    merged = both(merged, inner.node)
    within = inner.within
  }
  return { node: merged, within }
}

/** Two schemas that both hold, as one. Where they contradict each other the first one is right. */
export function both(first: Node, second: Node): Node {
  const joined: Record<string, unknown> = {}
  for (const name of Object.keys(first)) put(joined, name, first[name])
  for (const name of Object.keys(second)) {
    const value = second[name]
    put(joined, name, Object.hasOwn(first, name) ? bothOf(name, first[name], value) : value)
  }
  return joined
}

function bothOf(keyword: string, first: unknown, second: unknown): unknown {
  switch (keyword) {
    case 'properties':
      return isNode(first) && isNode(second) ? bothMaps(first, second) : first
    case 'items':
      return isNode(first) && isNode(second) ? { allOf: [first, second] } : first
    case 'required':
      return Array.isArray(first) && Array.isArray(second) ? [...new Set([...first, ...second])] : first
    case 'enum': {
      const common = Array.isArray(first) && Array.isArray(second) ? first.filter(value => second.includes(value)) : []
      return common.length > 0 ? common : first
    }
    default:
      return first
  }
}

function bothMaps(first: Node, second: Node): Node {
  const joined: Record<string, unknown> = {}
  for (const name of Object.keys(first)) put(joined, name, first[name])
  for (const name of Object.keys(second))
    put(joined, name, Object.hasOwn(first, name) && first[name] !== second[name] ? { allOf: [first[name], second[name]] } : second[name])
  return joined
}
