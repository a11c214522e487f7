import { isObject, type JsonObject, objectOf, textOf } from '../json.ts'
import { findInSchema } from './schema-walk.ts'
import { firstComplaint, type Inquiry, type Rule, UNFORGIVING } from './rule.ts'

/** What a tool's name and a tool use's id may look like. */
export const TOOL_TOKEN = /^[A-Za-z0-9_-]{1,64}$/
const DESCRIPTION_LIMIT = 10_240
const COMBINATORS = ['oneOf', 'anyOf', 'allOf']

/** Keywords that the newer service refuses inside tool schemas (`kiro.md` §5.7). */
const REFUSED_KEYWORDS = new Set(
  [
    '$schema pattern format minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength multipleOf',
    'minItems maxItems minProperties maxProperties minContains maxContains uniqueItems',
    'patternProperties propertyNames if then else dependentRequired dependentSchemas dependencies',
    'contains unevaluatedProperties unevaluatedItems contentEncoding contentMediaType',
  ].flatMap(line => line.split(' ')),
)

/** Rules about the declared tools. */
export const toolRules: readonly Rule[] = [
  {
    name: 'tool-specification',
    error: 'invalid-tool-use-format',
    violation: ({ generation }) =>
      firstComplaint(generation.tools, (tool, index) => (isObject(objectOf(tool).toolSpecification) ? undefined : `tools[${index}] has no toolSpecification`)),
  },
  {
    name: 'tool-name',
    error: 'invalid-tool-use-format',
    violation: inquiry => eachTool(inquiry, ({ name }) => (TOOL_TOKEN.test(textOf(name) ?? '') ? undefined : 'name')),
  },
  {
    name: 'tool-description',
    error: 'invalid-tool-use-format',
    violation: inquiry => eachTool(inquiry, ({ description }) => ((textOf(description) ?? '') === '' ? 'empty description' : undefined)),
  },
  {
    name: 'tool-description-length',
    error: 'improperly-formed',
    violation: inquiry =>
      eachTool(inquiry, ({ description }) =>
        (textOf(description) ?? '').length > DESCRIPTION_LIMIT ? `description over ${DESCRIPTION_LIMIT} characters` : undefined,
      ),
  },
  {
    name: 'tool-schema-root',
    error: 'tool-schema-root',
    violation: inquiry => eachTool(inquiry, tool => (schemaOf(tool)?.type === 'object' ? undefined : 'the schema’s type is not object')),
  },
  {
    name: 'tool-schema-combinators',
    error: 'tool-schema-combinators',
    violation: inquiry => eachTool(inquiry, tool => COMBINATORS.find(keyword => Object.hasOwn(schemaOf(tool) ?? {}, keyword))),
  },
  schemaRule('tool-schema-nulls', (schema, path) => {
    const member = ['type', 'properties', 'required'].find(keyword => schema[keyword] === null)
    return member === undefined ? undefined : `null at ${path}.${member}`
  }),
  {
    ...schemaRule('tool-schema-additional-properties', (schema, path) =>
      Object.hasOwn(schema, 'additionalProperties') ? `additionalProperties at ${path}` : undefined,
    ),
    profiles: UNFORGIVING,
  },
  {
    ...schemaRule('tool-schema-empty-required', (schema, path) =>
      Array.isArray(schema.required) && schema.required.length === 0 ? `required: [] at ${path}` : undefined,
    ),
    profiles: UNFORGIVING,
  },
  {
    ...schemaRule('tool-schema-keywords', (schema, path) => {
      const keyword = Object.keys(schema).find(each => REFUSED_KEYWORDS.has(each))
      return keyword === undefined ? undefined : `${keyword} at ${path}`
    }),
    profiles: UNFORGIVING,
  },
]

function schemaRule(name: string, complaint: (schema: JsonObject, path: string) => string | undefined): Rule {
  return {
    name,
    error: 'invalid-tool-use-format',
    violation: inquiry => eachTool(inquiry, tool => findInSchema(schemaOf(tool), complaint)),
  }
}

function schemaOf(tool: JsonObject): JsonObject | undefined {
  const { json } = objectOf(tool.inputSchema)
  return isObject(json) ? json : undefined
}

function eachTool({ generation }: Inquiry, complaint: (specification: JsonObject) => string | undefined): string | undefined {
  return firstComplaint(generation.tools, (tool, index) => {
    const found = complaint(objectOf(objectOf(tool).toolSpecification))
    return found === undefined ? undefined : `tools[${index}]: ${found}`
  })
}
