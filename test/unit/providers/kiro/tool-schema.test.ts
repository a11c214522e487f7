import { expect } from 'chai'
import fc from 'fast-check'
import { sanitizeSchema } from '../../../../providers/kiro/tool-schema.ts'
import { arbitrarySchema } from '../../../support/arbitrary-conversation.ts'

const properties = (schema: object) => sanitizeSchema({ type: 'object', properties: schema })['properties']

describe('tool schemas for Kiro', () => {
  it('lose validation keywords wherever a schema stands', () => {
    const deep = {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'object', additionalProperties: false, properties: { n: { type: 'number', minimum: 0, multipleOf: 2 } } },
    }
    expect(
      properties({
        list: deep,
        either: {
          anyOf: [
            { type: 'string', pattern: '^a' },
            { $schema: 'x', const: 1 },
          ],
        },
      }),
    ).to.deep.equal({
      list: { type: 'array', items: { type: 'object', properties: { n: { type: 'number' } } } },
      either: { anyOf: [{ type: 'string' }, { const: 1 }] },
    })
  })

  it('keep properties and definitions that are only named like keywords', () => {
    const named = {
      format: { type: 'string' },
      pattern: { type: 'string' },
      required: { type: 'boolean' },
      properties: { type: 'object', properties: { if: { type: 'string' } } },
      $schema: { type: 'string' },
    }
    expect(properties(named)).to.deep.equal(named)
    expect(sanitizeSchema({ type: 'object', properties: {}, $defs: { pattern: { type: 'string', format: 'x' } } })['$defs']).to.deep.equal({
      pattern: { type: 'string' },
    })
  })

  it('keep a property called __proto__', () => {
    const schema = sanitizeSchema(JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}'))
    expect(JSON.stringify(schema)).to.equal('{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}')
  })

  it('do not read data as schemas', () => {
    const value = { format: 'x', additionalProperties: 1, minimum: 2 }
    expect(properties({ a: { default: value, enum: [value, ['b', 'c']], examples: [value] } })).to.deep.equal({
      a: { default: value, enum: [value, ['b', 'c']], examples: [value] },
    })
  })

  it('hold no null anywhere', () => {
    const schema = { type: null, properties: { a: null, b: { type: ['string', null], enum: ['x', null], default: null } }, required: null, description: null }
    expect(sanitizeSchema(schema)).to.deep.equal({ type: 'object', properties: { b: { type: 'string', enum: ['x'] } } })
  })

  it('are one object at the root, whatever was written there', () => {
    for (const type of [undefined, 'string', ['object', 'null'], null])
      expect(sanitizeSchema({ type, description: 'd' })).to.deep.equal({ type: 'object', properties: {}, description: 'd' })
    for (const nothing of [undefined, null, 'x', []]) expect(sanitizeSchema(nothing as never)).to.deep.equal({ type: 'object', properties: {} })
  })

  it('demand only what exists and never an empty list', () => {
    expect(sanitizeSchema({ properties: { a: {} }, required: ['a', 'b', 'a', 3] })['required']).to.deep.equal(['a'])
    expect(sanitizeSchema({ properties: { a: {} }, required: [] })).not.to.have.property('required')
    expect(sanitizeSchema({ properties: {}, required: ['toString'] })).not.to.have.property('required')
    expect(properties({ a: { type: 'object', properties: {}, required: ['x'] } })).to.deep.equal({ a: { type: 'object', properties: {} } })
  })

  it('merge alternatives at the root and demand only what all of them do', () => {
    const schema = {
      properties: { kind: { type: 'string' } },
      required: ['kind'],
      oneOf: [
        { properties: { a: { type: 'string' }, kind: { type: 'number' } }, required: ['a'] },
        { properties: { b: { type: 'string' } }, required: ['b'] },
      ],
      allOf: [{ properties: { c: { type: 'string' } }, required: ['c'] }],
    }
    expect(sanitizeSchema(schema)).to.deep.equal({
      type: 'object',
      properties: { kind: { type: 'string' }, c: { type: 'string' }, a: { type: 'string' }, b: { type: 'string' } },
      required: ['kind', 'c'],
    })
  })

  it('follow references at the root, in circles too', () => {
    const $defs = {
      A: { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] },
      B: { anyOf: [{ $ref: '#/$defs/B' }, { $ref: '#/$defs/A' }] },
    }
    expect(sanitizeSchema({ $ref: '#/$defs/A', $defs })).to.deep.include({ type: 'object', properties: { x: { type: 'string' } }, required: ['x'] })
    expect(sanitizeSchema({ anyOf: [{ $ref: '#/$defs/B' }], $defs })).to.deep.include({ properties: { x: { type: 'string' } } })
  })

  it('write true and false as schemas that allow anything', () => {
    expect(properties({ a: true, b: { items: false } })).to.deep.equal({ a: {}, b: { items: {} } })
  })

  it('keep tuples, references and descriptions', () => {
    const kept = { a: { type: 'array', items: [{ type: 'string' }, { type: 'number' }] }, b: { $ref: '#/$defs/X', description: 'text' } }
    expect(properties(kept)).to.deep.equal(kept)
  })

  it('are read once for all attempts of a request, and left as they were', () => {
    const schema = { type: 'object', properties: { a: { pattern: 'x' } } }
    expect(sanitizeSchema(schema)).to.equal(sanitizeSchema(schema))
    expect(schema).to.deep.equal({ type: 'object', properties: { a: { pattern: 'x' } } })
  })

  it('come to rest: what is sanitised stays as it is', () => {
    fc.assert(
      fc.property(arbitrarySchema(), schema => {
        const once = sanitizeSchema(schema)
        expect(sanitizeSchema(once)).to.deep.equal(once)
      }),
      { numRuns: 200 },
    )
  })
})
