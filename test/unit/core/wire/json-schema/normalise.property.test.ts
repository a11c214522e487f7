import { expect } from 'chai'
import fc from 'fast-check'
import { normaliseSchema } from '../../../../../core/wire/json-schema/normalise.ts'
import { GEMINI_JSON_SCHEMA, GEMINI_SUBSET } from '../../../../../core/wire/json-schema/table.ts'
import { jsonSchemaFault, subsetFault } from '../../../../../providers/gemini/simulator/index.ts'
import { arbitrarySchema } from '../../../../support/arbitrary-conversation.ts'

const any = fc.oneof({ weight: 9, arbitrary: arbitrarySchema() as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: fc.anything() })
const targets = [
  { name: "Google's subset", table: GEMINI_SUBSET, fault: subsetFault },
  { name: 'JSON Schema as Google reads it', table: GEMINI_JSON_SCHEMA, fault: jsonSchemaFault },
]

describe('any JSON Schema', () => {
  for (const { name, table, fault } of targets) {
    for (const shape of ['object', 'any'] as const) {
      it(`becomes one that is taken as ${name} (${shape}), and stays as it is from then on`, () => {
        fc.assert(
          fc.property(any, given => {
            const { schema } = normaliseSchema(given, table, shape)
            expect(fault(schema, 'schema')).to.equal(undefined)
            if (shape === 'object') expect(String(schema['type']).toLowerCase()).to.equal('object')
            const again = normaliseSchema(schema, table, shape)
            expect(again.schema).to.deep.equal(schema)
            expect(again.losses).to.deep.equal([])
          }),
          { numRuns: 500 },
        )
      })
    }
  }

  it('is left as it was', () => {
    fc.assert(
      fc.property(arbitrarySchema(), given => {
        const before = JSON.stringify(given)
        normaliseSchema(given, GEMINI_SUBSET, 'object')
        expect(JSON.stringify(given)).to.equal(before)
      }),
      { numRuns: 100 },
    )
  })

  it('is done soon, however its definitions multiply', () => {
    const names = Array.from({ length: 12 }, (_, index) => `D${index}`)
    const $defs = Object.fromEntries(
      names.map((name, index) => [name, { anyOf: Array.from({ length: 12 }, () => ({ $ref: `#/$defs/${names[(index + 1) % names.length]}` })) }]),
    )
    const properties = Object.fromEntries(names.map(name => [name, { $ref: `#/$defs/${name}` }]))
    const { schema } = normaliseSchema({ type: 'object', properties, $defs }, GEMINI_SUBSET, 'object')
    expect(subsetFault(schema, 'schema')).to.equal(undefined)
    expect(JSON.stringify(schema).length).to.be.lessThan(2_000_000)
  })
})
