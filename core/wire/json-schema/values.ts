import type { Node } from './nodes.ts'
import type { JsonType, SchemaTable } from './table.ts'
import { valuesOf } from './variants.ts'

export interface AllowedValues {
  /** What the values are in the target's form: an enum of numbers may have become one of strings. */
  readonly type: JsonType
  /** The only values; absent: all of the type. */
  readonly values?: readonly unknown[]
  /** What could not be said by values, in words. */
  readonly hint?: string
  /** The list is not what its author wrote. */
  readonly changed: boolean
}

/** `enum` and `const` in the form that the target takes. Null is not among them: it is told elsewhere. */
export function allowedValues(node: Node, type: JsonType, { enums }: SchemaTable): AllowedValues {
  const given = valuesOf(node)?.filter(value => value !== null)
  if (given === undefined || given.length === 0) return { type, changed: false }
  if (type === 'boolean' || type === 'object' || type === 'array') return { type, changed: true, ...inWords(given, type) }
  // An empty string is refused as a value of an enum, and what is no scalar has no place in one.
  const scalars = given.filter(
    value => (typeof value === 'string' && value !== '') || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)),
  )
  if (scalars.length === 0) return { type, changed: true }
  const complete = scalars.length === given.length
  if (type !== 'string' && enums === 'strings-and-numbers' && scalars.every(value => typeof value === 'number')) {
    return { type: type === 'integer' ? type : 'number', values: [...new Set(scalars)], changed: !complete }
  }
  return { type: 'string', values: [...new Set(scalars.map(String))], changed: !complete || scalars.some(value => typeof value !== 'string') }
}

function inWords(values: readonly unknown[], type: JsonType): { readonly hint?: string } {
  // Both of two says nothing.
  if (type === 'boolean' && values.length > 1) return {}
  const listed = values.slice(0, 8).map(value => JSON.stringify(value))
  return { hint: `must be ${listed.join(' or ')}` }
}

/** Bounds that are not part of their range, as bounds that are, where the target knows no others: exact for integers. */
export function withBounds(node: Node, type: JsonType, { keywords }: SchemaTable): Node {
  const { exclusiveMinimum: above, exclusiveMaximum: below, ...rest } = node
  const bounds: Record<string, unknown> = { ...rest }
  if (typeof above === 'number' && keywords['exclusiveMinimum'] === undefined) {
    if (type === 'integer') bounds['minimum'] ??= Math.floor(above) + 1
    else Object.assign(bounds, { minimum: rest['minimum'] ?? above, exclusiveMinimum: above })
  }
  if (typeof below === 'number' && keywords['exclusiveMaximum'] === undefined) {
    if (type === 'integer') bounds['maximum'] ??= Math.ceil(below) - 1
    else Object.assign(bounds, { maximum: rest['maximum'] ?? below, exclusiveMaximum: below })
  }
  return bounds
}
