type Node = Readonly<Record<string, unknown>>

/** The arguments of a call in two languages: types as the client's schema has them, and as the API's subset has them. */
export interface ArgumentTypes {
  forClient(tool: string, input: Node): Node
  forUpstream(tool: string, input: Node): Node
}

/** As deep as schemas are read for this. */
const DEEPEST = 24

/**
 * The API knows enums of strings only, so a model answers `"2"` where the client's schema lists the number 2: such a value
 * becomes what was listed, and a string again when the call comes back as history.
 * @param schemas of the tools whose enums were changed, as their client wrote them
 */
export function argumentTypes(schemas: ReadonlyMap<string, Node>): ArgumentTypes {
  const through = (change: Change) => (tool: string, input: Node) => {
    const schema = schemas.get(tool)
    return schema === undefined ? input : (changed(input, schema, { change, depth: 0 }) as Node)
  }
  return { forClient: through(asListed), forUpstream: through(asString) }
}

type Change = (value: unknown, listed: readonly unknown[]) => unknown

function asListed(value: unknown, listed: readonly unknown[]): unknown {
  if (typeof value !== 'string' || listed.includes(value)) return value
  return listed.find(member => (typeof member === 'number' || typeof member === 'boolean') && String(member) === value) ?? value
}

function asString(value: unknown, listed: readonly unknown[]): unknown {
  if (!listed.includes(value)) return value
  // Of booleans alone no strings were made.
  const mixed = typeof value === 'boolean' && listed.some(member => typeof member === 'string' || typeof member === 'number')
  return typeof value === 'number' || mixed ? String(value) : value
}

interface Changing {
  readonly change: Change
  readonly depth: number
}

function changed(value: unknown, schema: unknown, { change, depth }: Changing): unknown {
  if (!isNode(schema) || depth > DEEPEST) return value
  const deeper = { change, depth: depth + 1 }
  if (Array.isArray(value)) return value.map(item => changed(item, schema['items'], deeper))
  if (isNode(value)) {
    const { properties } = schema
    if (!isNode(properties)) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, Object.hasOwn(properties, name) ? changed(member, properties[name], deeper) : member]),
    )
  }
  const listed = Object.hasOwn(schema, 'const') ? [schema['const']] : Array.isArray(schema['enum']) ? schema['enum'] : []
  return change(value, listed)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
