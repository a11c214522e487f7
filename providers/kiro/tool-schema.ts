import { wellFormed } from './preflight/rework.ts'

type Node = Readonly<Record<string, unknown>>

/** Keywords that some of the upstream's hosts refuse (`kiro.md` §5.7), and those that only name the schema itself. */
const REFUSED = new Set(
  (
    '$schema $id $anchor $dynamicAnchor $comment $vocabulary additionalProperties additionalItems pattern format minLength maxLength minimum maximum ' +
    'exclusiveMinimum exclusiveMaximum minItems maxItems minContains maxContains minProperties maxProperties multipleOf uniqueItems ' +
    'patternProperties propertyNames if then else dependencies dependentRequired dependentSchemas contains unevaluatedItems ' +
    'unevaluatedProperties contentEncoding contentMediaType contentSchema'
  ).split(' '),
)
/** Keywords whose value maps names to schemas: the names are the author's own and no keywords. */
const BY_NAME = new Set(['properties', '$defs', 'definitions'])
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const COMBINATORS = ['allOf', 'anyOf', 'oneOf'] as const
/** What a root cannot keep: it is merged into it, or it leads nowhere. */
const MERGED = new Set<string>([...COMBINATORS, '$ref'])
const LOCAL_REFERENCE = /^#\/(\$defs|definitions)\/([^/]+)$/

/** By identity: a request's tools are sanitised once however many attempts it takes. */
const sanitised = new WeakMap<object, Node>()

/**
 * A tool's JSON Schema as the upstream takes it. Pure.
 * Dropped constraints were hints to the model; what a property may be called is never touched.
 */
export function sanitizeSchema(schema: Node): Node {
  if (!isNode(schema)) return EMPTY
  const known = sanitised.get(schema)
  if (known) return known
  const result = rootOf(schema)
  sanitised.set(schema, result)
  return result
}

const EMPTY: Node = { type: 'object', properties: {} }

/** Whether the root says "one of several": the upstream wants one object there, so alternatives are merged. */
export function hasRootCombinator(schema: Node): boolean {
  return isNode(schema) && COMBINATORS.some(word => Array.isArray(schema[word]))
}

function rootOf(schema: Node): Node {
  const root = subschema(flatten(schema, schema, new Set()))
  const { type: _type, properties, ...rest } = root
  return { type: 'object', properties: properties ?? {}, ...rest }
}

/**
 * The node with its root combinators and local references merged into it. What the node itself says comes first.
 * Each target of a reference is followed once: they may go in circles.
 */
function flatten(node: Node, root: Node, followed: Set<Node>): Node {
  const target = resolved(node['$ref'], root)
  const branches = COMBINATORS.flatMap(word => {
    const list = node[word]
    return Array.isArray(list) ? list.filter(isNode).map(branch => ({ branch, binding: word === 'allOf' })) : []
  })
  if (target && !followed.has(target)) {
    followed.add(target)
    branches.push({ branch: target, binding: true })
  }
  const bare = Object.fromEntries(Object.entries(node).filter(([word]) => !MERGED.has(word)))
  if (branches.length === 0) return bare
  const properties = new Map<string, unknown>(isNode(bare['properties']) ? Object.entries(bare['properties']) : [])
  const required: unknown[] = Array.isArray(bare['required']) ? [...bare['required']] : []
  for (const { branch, binding } of branches) {
    const flat = flatten(branch, root, followed)
    if (isNode(flat['properties'])) for (const [name, value] of Object.entries(flat['properties'])) if (!properties.has(name)) properties.set(name, value)
    // Only what holds in every case may be demanded.
    if (binding && Array.isArray(flat['required'])) required.push(...flat['required'])
  }
  return { ...bare, properties: Object.fromEntries(properties), required }
}

function resolved(reference: unknown, root: Node): Node | undefined {
  const match = typeof reference === 'string' ? LOCAL_REFERENCE.exec(reference) : null
  const table = match?.[1] === undefined ? undefined : root[match[1]]
  const found = isNode(table) && match?.[2] !== undefined && Object.hasOwn(table, match[2]) ? table[match[2]] : undefined
  return isNode(found) ? found : undefined
}

function subschema(node: Node): Node {
  const copy: Record<string, unknown> = {}
  for (const word of Object.keys(node)) {
    if (REFUSED.has(word) || word === 'required') continue
    const value = keyword(word, node[word])
    if (value !== undefined) put(copy, word, value)
  }
  const required = requiredOf(node)
  if (required.length > 0) copy['required'] = required
  return copy
}

/** Assigning to `__proto__` would lose the member. */
function put(copy: Record<string, unknown>, name: string, value: unknown): void {
  const clean = wellFormed(name)
  if (clean === '__proto__') Object.defineProperty(copy, clean, { value, enumerable: true, configurable: true, writable: true })
  else copy[clean] = value
}

/** A keyword's value, read by its position; undefined: leave the keyword out. */
function keyword(word: string, value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (BY_NAME.has(word)) return isNode(value) ? schemasByName(value) : undefined
  if (LISTS.has(word)) return Array.isArray(value) ? schemasOf(value) : undefined
  switch (word) {
    case 'items':
      return Array.isArray(value) ? schemasOf(value) : schemaOf(value)
    case 'not':
      return schemaOf(value)
    case 'type':
      return typeOf(value)
    case 'enum':
      return Array.isArray(value) ? filled(withoutNulls(value)) : undefined
    case 'title':
    case 'description':
      return typeof value === 'string' ? wellFormed(value) : undefined
    default:
      return dataOf(value)
  }
}

function schemasByName(table: Node): Node {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(table)) {
    const schema = schemaOf(table[name])
    if (schema !== undefined) put(copy, name, schema)
  }
  return copy
}

/** `true` and `false` are schemas too, but the upstream wants objects; anything else is none. */
function schemaOf(value: unknown): Node | undefined {
  if (isNode(value)) return subschema(value)
  return typeof value === 'boolean' ? {} : undefined
}

function schemasOf(list: readonly unknown[]): readonly Node[] | undefined {
  return filled(list.map(schemaOf).filter(schema => schema !== undefined))
}

function typeOf(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value)
  const types = Array.isArray(value) ? value.filter(type => typeof type === 'string') : []
  return types.length > 1 ? types.map(wellFormed) : types[0]
}

function requiredOf(node: Node): readonly string[] {
  const { required, properties } = node
  if (!Array.isArray(required) || !isNode(properties)) return []
  const names = required.filter(name => typeof name === 'string' && schemaExists(properties, name))
  return [...new Set(names.map(wellFormed))]
}

function schemaExists(properties: Node, name: string): boolean {
  return Object.hasOwn(properties, name) && (isNode(properties[name]) || typeof properties[name] === 'boolean')
}

/** Plain data, such as a default, without nulls: they are refused wherever they stand. */
function dataOf(value: unknown): unknown {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return wellFormed(value)
  if (Array.isArray(value)) return withoutNulls(value)
  if (!isNode(value)) return value
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const member = dataOf(value[name])
    if (member !== undefined) put(copy, name, member)
  }
  return copy
}

function withoutNulls(list: readonly unknown[]): readonly unknown[] {
  return list.map(dataOf).filter(member => member !== undefined)
}

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
