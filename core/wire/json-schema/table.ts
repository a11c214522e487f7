/** What may stand at a keyword: decides how its value is read, so that a property called `enum` is never taken for one. */
export type Position = 'schema' | 'schema-or-flag' | 'schema-list' | 'schema-map' | 'names' | 'text' | 'number' | 'count' | 'data'

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object' | 'null'

/** What one upstream takes of JSON Schema, as data. `type`, `enum`, `anyOf` and whether null is allowed are taken by all. */
export interface SchemaTable {
  /** Keywords that are taken, with what stands there; all others are left out and reported. */
  readonly keywords: Readonly<Record<string, Position>>
  /** `upper`: `STRING` instead of `string`. */
  readonly types: 'upper' | 'lower'
  /** What `enum` may list. Other values become strings where that keeps their meaning. */
  readonly enums: 'strings' | 'strings-and-numbers'
  /** How null is allowed: by a keyword of its own, or as one of several types. */
  readonly nullable: 'keyword' | 'any-of'
  /** Values of `format` that are taken. */
  readonly formats: Readonly<Partial<Record<JsonType, readonly string[]>>> | 'every'
}

/** Keywords that only speak of values of certain types; elsewhere they mean nothing, and some upstreams refuse them there. */
export const SPEAKS_OF: Readonly<Record<string, readonly JsonType[]>> = {
  properties: ['object'],
  required: ['object'],
  propertyOrdering: ['object'],
  minProperties: ['object'],
  maxProperties: ['object'],
  additionalProperties: ['object'],
  patternProperties: ['object'],
  propertyNames: ['object'],
  items: ['array'],
  prefixItems: ['array'],
  minItems: ['array'],
  maxItems: ['array'],
  uniqueItems: ['array'],
  contains: ['array'],
  minLength: ['string'],
  maxLength: ['string'],
  pattern: ['string'],
  contentEncoding: ['string'],
  contentMediaType: ['string'],
  minimum: ['number', 'integer'],
  maximum: ['number', 'integer'],
  exclusiveMinimum: ['number', 'integer'],
  exclusiveMaximum: ['number', 'integer'],
  multipleOf: ['number', 'integer'],
}

/** What a keyword that was left out can still tell the model, as words for the description. */
export const HINTS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  format: value => (typeof value === 'string' ? `format: ${value}` : undefined),
  pattern: value => (typeof value === 'string' ? `matches ${value}` : undefined),
  minLength: value => (typeof value === 'number' ? `at least ${value} characters` : undefined),
  maxLength: value => (typeof value === 'number' ? `at most ${value} characters` : undefined),
  multipleOf: value => (typeof value === 'number' ? `multiple of ${value}` : undefined),
  exclusiveMinimum: value => (typeof value === 'number' ? `greater than ${value}` : undefined),
  exclusiveMaximum: value => (typeof value === 'number' ? `less than ${value}` : undefined),
  uniqueItems: value => (value === true ? 'no item twice' : undefined),
  additionalProperties: value => (typeof value === 'object' && value !== null ? 'further keys are free' : undefined),
  patternProperties: () => 'further keys are free',
}

/** Keywords that say nothing about values: leaving them out loses nothing. */
export const SILENT: ReadonlySet<string> = new Set(
  (
    '$schema $id $anchor $dynamicAnchor $comment $vocabulary $defs definitions id title examples example deprecated readOnly writeOnly markdownDescription ' +
    'enumDescriptions enumTitles nullable type enum const anyOf oneOf allOf $ref'
  ).split(' '),
)

const SHARED = {
  title: 'text',
  description: 'text',
  format: 'text',
  properties: 'schema-map',
  required: 'names',
  propertyOrdering: 'names',
  items: 'schema',
  minItems: 'count',
  maxItems: 'count',
  minimum: 'number',
  maximum: 'number',
} as const satisfies SchemaTable['keywords']

/** Google's own subset, for `parameters` of a function and for `responseSchema` (`providers.md` §0.6). */
export const GEMINI_SUBSET: SchemaTable = {
  keywords: {
    ...SHARED,
    minLength: 'count',
    maxLength: 'count',
    minProperties: 'count',
    maxProperties: 'count',
    pattern: 'text',
    default: 'data',
    example: 'data',
  },
  types: 'upper',
  enums: 'strings',
  nullable: 'keyword',
  formats: { string: ['date-time'], number: ['float', 'double'], integer: ['int32', 'int64'] },
}

/** What Google takes where it reads JSON Schema proper: `responseJsonSchema`, `parametersJsonSchema`. */
export const GEMINI_JSON_SCHEMA: SchemaTable = {
  keywords: { ...SHARED, prefixItems: 'schema-list', additionalProperties: 'schema-or-flag' },
  types: 'lower',
  enums: 'strings-and-numbers',
  nullable: 'any-of',
  formats: 'every',
}
