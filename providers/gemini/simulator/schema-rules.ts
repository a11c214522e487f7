import { arrayOf, isObject, type JsonObject, objectOf } from './json.ts'

const TYPES = new Set(['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'])
const FORMATS: Readonly<Record<string, readonly string[]>> = { STRING: ['date-time', 'enum'], NUMBER: ['float', 'double'], INTEGER: ['int32', 'int64'] }
const SUBSET = new Set(
  (
    'type format title description nullable enum items properties required propertyOrdering anyOf default example minimum maximum minItems maxItems ' +
    'minLength maxLength minProperties maxProperties pattern'
  ).split(' '),
)
const JSON_SCHEMA = new Set(
  (
    '$id $defs $ref $anchor type format title description enum items prefixItems minItems maxItems minimum maximum anyOf oneOf properties additionalProperties ' +
    'required propertyOrdering'
  ).split(' '),
)
const COUNTS = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']

/** What the service refuses in a schema of its own subset, or undefined (`providers.md` §0.6). */
export function subsetFault(schema: unknown, at: string): string | undefined {
  if (!isObject(schema)) return `${at}: a schema must be an object`
  const unknown = Object.keys(schema).find(word => !SUBSET.has(word))
  if (unknown !== undefined) return `Invalid JSON payload received. Unknown name "${unknown}" at '${at}': Cannot find field.`
  const type = typeof schema['type'] === 'string' ? schema['type'].toUpperCase() : undefined
  return typeFault(schema, type, at) ?? valueFault(schema, type, at) ?? nestedFault(schema, at, subsetFault)
}

/** The same where JSON Schema proper is read: fewer keywords of conditions, but references and numbers in enums. */
export function jsonSchemaFault(schema: unknown, at: string): string | undefined {
  if (!isObject(schema)) return `${at}: a schema must be an object`
  const unknown = Object.keys(schema).find(word => !JSON_SCHEMA.has(word))
  if (unknown !== undefined) return `${at}: unsupported keyword ${unknown}`
  const { type, enum: values } = schema
  if (type !== undefined && (typeof type !== 'string' || !TYPES.has(type.toUpperCase()))) return `${at}: bad type`
  if (values !== undefined && !(Array.isArray(values) && values.length > 0 && values.every(value => typeof value === 'string' || typeof value === 'number')))
    return `${at}: enum values must be strings or numbers`
  return nestedFault(schema, at, jsonSchemaFault)
}

function typeFault(schema: JsonObject, type: string | undefined, at: string): string | undefined {
  if (schema['type'] !== undefined && (type === undefined || !TYPES.has(type))) return `Invalid value at '${at}.type' (type)`
  if (type === undefined && arrayOf(schema['anyOf']).length === 0) return `${at}: must specify a type`
  if (type === 'ARRAY' && !isObject(schema['items'])) return `${at}.items: missing field.`
  const { format } = schema
  if (format !== undefined && (typeof format !== 'string' || FORMATS[type ?? '']?.includes(format) !== true))
    return `${at}.format: only supported formats are allowed for ${type} type`
  if (schema['nullable'] !== undefined && typeof schema['nullable'] !== 'boolean') return `Invalid value at '${at}.nullable' (TYPE_BOOL)`
  return undefined
}

function valueFault(schema: JsonObject, type: string | undefined, at: string): string | undefined {
  const { enum: values, required, properties } = schema
  if (values !== undefined) {
    if (!Array.isArray(values) || values.some(value => typeof value !== 'string')) return `Invalid value at '${at}.enum[0]' (TYPE_STRING)`
    if (type !== 'STRING') return `${at}.enum: only allowed for STRING type`
    if (values.length === 0 || values.includes('')) return `${at}.enum[0]: cannot be empty`
  }
  for (const word of ['title', 'description', 'pattern'])
    if (schema[word] !== undefined && typeof schema[word] !== 'string') return `Invalid value at '${at}.${word}' (TYPE_STRING)`
  for (const word of ['minimum', 'maximum'])
    if (schema[word] !== undefined && typeof schema[word] !== 'number') return `Invalid value at '${at}.${word}' (TYPE_DOUBLE)`
  for (const word of COUNTS) if (schema[word] !== undefined && !Number.isSafeInteger(schema[word])) return `Invalid value at '${at}.${word}' (TYPE_INT64)`
  for (const [word, names] of [
    ['required', required],
    ['property_ordering', schema['propertyOrdering']],
  ] as const) {
    if (names === undefined) continue
    if (!Array.isArray(names) || names.some(name => typeof name !== 'string')) return `Invalid value at '${at}.${word}' (TYPE_STRING)`
    if (names.some(name => !Object.hasOwn(objectOf(properties), name as string))) return `${at}.${word}[0]: property is not defined`
  }
  return undefined
}

function nestedFault(schema: JsonObject, at: string, check: (schema: unknown, at: string) => string | undefined): string | undefined {
  const { items, properties, anyOf, prefixItems, additionalProperties, $defs } = schema
  const places: (readonly [unknown, string])[] = [
    ...(items === undefined ? [] : [[items, `${at}.items`] as const]),
    ...(isObject(additionalProperties) ? [[additionalProperties, `${at}.additional_properties`] as const] : []),
    ...Object.entries(objectOf(properties)).map(([name, value]) => [value, `${at}.properties[${name}]`] as const),
    ...Object.entries(objectOf($defs)).map(([name, value]) => [value, `${at}.$defs[${name}]`] as const),
    ...arrayOf(anyOf).map((value, index) => [value, `${at}.any_of[${index}]`] as const),
    ...arrayOf(prefixItems).map((value, index) => [value, `${at}.prefix_items[${index}]`] as const),
  ]
  if (properties !== undefined && !isObject(properties)) return `Invalid value at '${at}.properties'`
  for (const [value, place] of places) {
    const fault = check(value, place)
    if (fault !== undefined) return fault
  }
  return undefined
}
