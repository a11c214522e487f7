import { isObject, type JsonObject } from '../json.ts'

/** Keywords whose value is one schema. */
const ONE = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else']
/** Keywords whose value is a list of schemas. */
const LISTS = ['oneOf', 'anyOf', 'allOf', 'prefixItems', 'items']
/** Keywords whose value maps names to schemas. The names are the author's: a property may be called `format`. */
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']

/** Asks every schema inside a schema, by position, so that a property's name is never taken for a keyword. */
export function findInSchema(schema: unknown, complaint: (schema: JsonObject, path: string) => string | undefined, path = '$'): string | undefined {
  if (!isObject(schema)) return undefined
  const found = complaint(schema, path)
  if (found !== undefined) return found
  for (const [inner, innerPath] of innerSchemas(schema, path)) {
    const inside = findInSchema(inner, complaint, innerPath)
    if (inside !== undefined) return inside
  }
  return undefined
}

function* innerSchemas(schema: JsonObject, path: string): Iterable<readonly [schema: unknown, path: string]> {
  for (const keyword of ONE) yield [schema[keyword], `${path}.${keyword}`]
  for (const keyword of LISTS) {
    const list = schema[keyword]
    if (Array.isArray(list)) for (const [index, inner] of list.entries()) yield [inner, `${path}.${keyword}[${index}]`]
  }
  for (const keyword of MAPS) {
    const map = schema[keyword]
    if (isObject(map)) for (const [name, inner] of Object.entries(map)) yield [inner, `${path}.${keyword}.${name}`]
  }
}
