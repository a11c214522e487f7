import { isRecord } from './content.ts'

/** Keywords under which schemas stand by name, and those under which they stand in a list. */
const NAMED = ['properties', '$defs', 'definitions']
const LISTED = ['anyOf', 'oneOf', 'allOf', 'prefixItems']

/** Whether a schema is one to which arguments can be held: closed objects without optional properties, all the way down (`providers.md` §6.2). */
export function isStrict(schema: unknown): boolean {
  if (!isRecord(schema)) return false
  const { type, properties, required, additionalProperties, items } = schema
  const isObject = type === 'object' || (Array.isArray(type) && type.includes('object')) || isRecord(properties)
  if (isObject) {
    const names = Object.keys(isRecord(properties) ? properties : {})
    if (additionalProperties !== false || !Array.isArray(required) || !names.every(name => required.includes(name))) return false
  }
  const below: readonly unknown[] = [
    ...NAMED.flatMap(keyword => (isRecord(schema[keyword]) ? Object.values(schema[keyword]) : [])),
    ...LISTED.flatMap((keyword): readonly unknown[] => (Array.isArray(schema[keyword]) ? schema[keyword] : [])),
    ...(items === undefined ? [] : [items]),
  ]
  return below.every(isStrict)
}
