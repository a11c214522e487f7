import { both, merge, type Place } from './merge.ts'
import { isNode, type Node, without } from './nodes.ts'
import type { JsonType } from './table.ts'

/** One of the forms that a value may have: a node of one type, without references and alternatives. */
export interface Variant {
  readonly node: Node
  readonly type: JsonType
  readonly within: readonly Node[]
}

export interface Variants {
  /** What is said about the value whichever form it has. */
  readonly about: Node
  readonly list: readonly Variant[]
  readonly nullable: boolean
}

const TYPES: ReadonlySet<string> = new Set<JsonType>(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'])
/** What a value of no known type may be. */
const EVERY: readonly JsonType[] = ['string', 'number', 'boolean', 'object', 'array']
const ALTERNATIVES = ['anyOf', 'oneOf'] as const
const ABOUT: ReadonlySet<string> = new Set(['title', 'description', 'default', 'example', 'examples', 'deprecated'])
const NOT_SHARED: ReadonlySet<string> = new Set([...ALTERNATIVES, ...ABOUT, 'nullable'])
/** More than this no model keeps apart; generated unions can multiply. */
const MOST = 32
const DEEPEST_UNION = 8

/** All forms of a schema's values, with null told apart. */
export function variantsOf(node: Node, place: Place): Variants {
  const { node: merged, within } = merge(node, place)
  const list = spread(without(merged, ABOUT), { ...place, within }, 0)
  const about: Record<string, unknown> = {}
  for (const word of ABOUT) if (merged[word] !== undefined) about[word] = merged[word]
  const forms = list.filter(({ type }) => type !== 'null')
  const nullable = forms.length < list.length || list.some(({ node: form }) => form['nullable'] === true || allowsNull(form)) || merged['nullable'] === true
  if (forms.length > MOST) place.lost('anyOf', place.path)
  return { about, list: forms.slice(0, MOST), nullable }
}

function spread(node: Node, place: Place, depth: number): readonly Variant[] {
  const [word, ...more] = ALTERNATIVES.filter(candidate => Array.isArray(node[candidate]) && (node[candidate] as unknown[]).length > 0)
  if (word === undefined || depth > DEEPEST_UNION) return byType(node, place)
  for (const other of more) place.lost(other, place.path)
  const shared = without(node, NOT_SHARED)
  const found = (node[word] as unknown[]).flatMap(branch => {
    // `true` allows everything, and everything beside it changes nothing.
    if (!isNode(branch)) return branch === true ? byType(shared, place) : []
    if (!place.spend()) return []
    const { node: merged, within } = merge(branch, place)
    return spread(both(merged, shared), { ...place, within }, depth + 1).map(variant => inherited(variant, merged))
  })
  return found.length > 0 ? found : byType(shared, place)
}

/** What was said about a union inside a union is said of each of its forms. */
function inherited(variant: Variant, { description }: Node): Variant {
  if (description === undefined || variant.node['description'] !== undefined) return variant
  return { ...variant, node: { ...variant.node, description } }
}

function byType(node: Node, { within }: Place): readonly Variant[] {
  return typesOf(node).map(type => ({ node, type, within }))
}

function typesOf(node: Node): readonly JsonType[] {
  const { type } = node
  const known = (Array.isArray(type) ? type : [type]).filter(word => typeof word === 'string').map(word => word.toLowerCase())
  const types = [...new Set(known.filter((word): word is JsonType => TYPES.has(word)))]
  if (types.length > 0) return types
  const inferred = inferredType(node)
  return inferred === undefined ? EVERY : [inferred]
}

function inferredType(node: Node): JsonType | undefined {
  const has = (...words: readonly string[]) => words.some(word => node[word] !== undefined)
  const values = valuesOf(node)
  if (values !== undefined) {
    if (values.every(value => value === null)) return 'null'
    if (values.every(value => typeof value === 'boolean' || value === null)) return 'boolean'
    if (values.every(value => typeof value === 'number' || value === null)) return 'number'
    return values.some(value => typeof value === 'string') ? 'string' : undefined
  }
  if (has('properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames')) return 'object'
  if (has('items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems')) return 'array'
  if (has('pattern', 'minLength', 'maxLength', 'format', 'contentEncoding')) return 'string'
  return has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf') ? 'number' : undefined
}

/** The only values that a node allows: `enum`, or `const` as an enum of one. */
export function valuesOf(node: Node): readonly unknown[] | undefined {
  if (Object.hasOwn(node, 'const')) return [node['const']]
  return Array.isArray(node['enum']) && node['enum'].length > 0 ? node['enum'] : undefined
}

function allowsNull(node: Node): boolean {
  return valuesOf(node)?.includes(null) === true
}
