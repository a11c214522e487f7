import { expect } from 'chai'
import { Type } from 'typebox'
import { GatewayError } from '../../../../core/index.ts'
import { checked } from '../../../../core/wire/checked.ts'

const schema = Type.Object({
  kind: Type.Enum(['a', 'b']),
  list: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
  either: Type.Optional(Type.Union([Type.String(), Type.Array(Type.Object({ type: Type.Literal('x'), size: Type.Integer({ minimum: 1 }) }))])),
})
const check = checked(schema)

function fault(value: unknown, path = ''): GatewayError {
  try {
    check(value, path)
  } catch (error) {
    return error as GatewayError
  }
  throw new Error('it was accepted')
}

describe('checked', () => {
  it('returns the very value, and lets unknown members be', () => {
    const value = { kind: 'a', more: 1 }
    expect(check(value, '')).to.equal(value)
  })

  for (const [value, field, reason] of [
    [{ kind: 'c' }, 'kind', 'must be one of a, b'],
    [{}, 'kind', 'field required'],
    [{ kind: 'a', list: [{ name: 'x' }, {}] }, 'list.1.name', 'field required'],
    [{ kind: 'a', list: 'x' }, 'list', 'must be array'],
    [{ kind: 'a', either: 5 }, 'either', 'must be string'],
    [{ kind: 'a', either: [{ type: 'x', size: 0 }] }, 'either.0.size', 'must be >= 1'],
    [{ kind: 'a', either: [{ type: 'y', size: 1 }] }, 'either.0.type', 'must be "x"'],
  ] as const) {
    it(`names ${field} and why`, () => {
      const error = fault(value)
      expect(error.code).to.equal('bad_request')
      expect(error.param).to.equal(field)
      expect(error.message).to.equal(`${field}: ${reason}`)
    })
  }

  it('puts the place before the field', () => {
    expect(fault({ kind: 'c' }, 'messages.3').param).to.equal('messages.3.kind')
    expect(fault(5, 'messages.3').message).to.equal('messages.3: must be object')
  })

  it('speaks of the body where there is no field', () => {
    expect(fault(null).message).to.equal('body: must be object')
  })
})
