import { expect } from 'chai'
import { normaliseSchema } from '../../../../../core/wire/json-schema/normalise.ts'
import { GEMINI_JSON_SCHEMA, GEMINI_SUBSET } from '../../../../../core/wire/json-schema/table.ts'
import { jsonSchemaFault, subsetFault } from '../../../../../providers/gemini/simulator/index.ts'
import { CLIENT_TOOL_SCHEMAS } from '../../../../support/client-tool-schemas.ts'

const property = (schema: unknown) => normaliseSchema(schema, GEMINI_SUBSET).schema
const lost = (schema: unknown) => normaliseSchema(schema, GEMINI_SUBSET).losses.map(({ keyword }) => keyword)
const parameters = (name: string) => normaliseSchema(CLIENT_TOOL_SCHEMAS[name], GEMINI_SUBSET, 'object')

describe("a tool's schema for Google", () => {
  for (const [name, schema] of Object.entries(CLIENT_TOOL_SCHEMAS)) {
    it(`is taken: ${name}`, () => {
      expect(subsetFault(normaliseSchema(schema, GEMINI_SUBSET, 'object').schema, 'parameters')).to.equal(undefined)
      expect(jsonSchemaFault(normaliseSchema(schema, GEMINI_JSON_SCHEMA).schema, 'schema')).to.equal(undefined)
    })
  }

  it('keeps properties that are called like keywords, and requires none that is not there', () => {
    const { schema } = parameters('an MCP tool written by hand')
    expect(Object.keys(schema['properties'] as object)).to.deep.equal(['type', 'enum', 'format', 'properties', 'items', 'required', '$ref', 'x-y'])
    expect(schema).to.have.nested.property('properties.type.enum').that.deep.equals(['file', 'folder'])
    expect(schema)
      .to.have.nested.property('properties.format')
      .that.deep.equals({ type: 'STRING', enum: ['json'] })
    expect(schema['required']).to.deep.equal(['type', 'enum'])
  })

  it('has definitions written into it, and those within themselves cut off', () => {
    const { schema, losses } = parameters('an MCP tool of pydantic')
    const properties = schema['properties'] as Record<string, Record<string, unknown>>
    expect(properties['colour']).to.deep.equal({ type: 'STRING', enum: ['red', 'green'], title: 'Colour', description: 'Of the pen', default: 'red' })
    expect(properties['origin']).to.deep.include({ type: 'OBJECT', nullable: true })
    expect(properties['tree']).to.have.nested.property('properties.children.items.properties.children.items').that.deep.equals({ type: 'OBJECT' })
    expect(losses.filter(({ keyword }) => keyword === '$ref')).to.have.length(1)
  })

  it('has numbers of an enum as strings, without a default of another type', () => {
    expect(parameters('an MCP tool of pydantic').schema)
      .to.have.nested.property('properties.level')
      .that.deep.equals({ type: 'STRING', enum: ['1', '2', '3'] })
    expect(normaliseSchema({ enum: [1, 2] }, GEMINI_JSON_SCHEMA).schema).to.deep.equal({ type: 'number', enum: [1, 2] })
  })

  it('lays alternatives of the root over each other and demands what all of them demand', () => {
    expect(parameters('a root of alternatives').schema).to.deep.equal({
      type: 'OBJECT',
      properties: { path: { type: 'STRING' }, line: { type: 'INTEGER' }, symbol: { type: 'STRING' } },
      required: ['path'],
    })
  })

  it('keeps alternatives elsewhere, and null as a mark', () => {
    const { schema } = parameters('an MCP tool of zod')
    expect(schema).to.have.nested.property('properties.action.anyOf').that.has.length(2)
    expect(schema)
      .to.have.nested.property('properties.both')
      .that.deep.equals({ type: 'OBJECT', properties: { a: { type: 'STRING' }, b: { type: 'NUMBER' } }, required: ['a', 'b'] })
    expect(property({ type: ['string', 'null'], description: 'd' })).to.deep.equal({ type: 'STRING', description: 'd', nullable: true })
    expect(property({ anyOf: [{ type: 'integer' }, { type: 'null' }], description: 'd' })).to.deep.equal({ type: 'INTEGER', description: 'd', nullable: true })
    expect(property({ type: ['string', 'number'] })).to.deep.equal({ anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] })
    expect(property({ enum: ['a', null] })).to.deep.equal({ type: 'STRING', enum: ['a'], nullable: true })
    expect(normaliseSchema({ type: ['string', 'null'] }, GEMINI_JSON_SCHEMA).schema).to.deep.equal({ anyOf: [{ type: 'string' }, { type: 'null' }] })
  })

  it('tells in words what it cannot tell by keywords, and reports it', () => {
    expect(property({ type: 'string', format: 'uuid', description: 'Its id' })).to.deep.equal({ type: 'STRING', description: 'Its id (format: uuid)' })
    expect(property({ type: 'integer', multipleOf: 5, exclusiveMaximum: 10 })).to.deep.equal({ type: 'INTEGER', maximum: 9, description: '(multiple of 5)' })
    expect(property({ type: 'number', exclusiveMinimum: 0 })).to.deep.equal({ type: 'NUMBER', minimum: 0, description: '(greater than 0)' })
    expect(property({ const: true })).to.deep.equal({ type: 'BOOLEAN', description: '(must be true)' })
    expect(lost({ type: 'string', format: 'uuid' })).to.deep.equal(['format'])
    expect(
      lost({ type: 'object', properties: { a: { type: 'string', format: 'date-time' } }, additionalProperties: false, $schema: 'x', title: 't' }),
    ).to.deep.equal([])
    expect(lost({ type: 'object', patternProperties: {}, if: {}, not: {} })).to.deep.equal(['patternProperties', 'if', 'not'])
  })

  it('says where something was lost', () => {
    const { losses } = normaliseSchema(
      { type: 'object', properties: { a: { type: 'array', items: { type: 'string', format: 'uri' } } } },
      GEMINI_SUBSET,
      'object',
    )
    expect(losses).to.deep.equal([{ keyword: 'format', path: 'a.items' }])
  })

  it('gives every value a type and every list its items', () => {
    expect(property({ type: 'array' })).to.deep.equal({ type: 'ARRAY', items: { type: 'STRING' } })
    expect(property({ properties: { a: true } }))
      .to.have.nested.property('properties.a.anyOf')
      .that.has.length(5)
    expect(property({ pattern: '^a' })).to.deep.equal({ type: 'STRING', pattern: '^a' })
    expect(property({ type: 'array', items: [{ type: 'string' }, { type: 'number' }] })).to.deep.equal({
      type: 'ARRAY',
      items: { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] },
    })
  })
})
