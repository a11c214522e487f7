import { expect } from 'chai'
import fc from 'fast-check'
import { readToolInput } from '../../../../providers/kiro/tool-input.ts'

const parsed = (text: string): unknown => {
  const read = readToolInput(text)
  return read.kind === 'object' ? JSON.parse(read.json) : read.kind
}

describe('kiro tool arguments', () => {
  it('keeps the upstream text of whole arguments, numbers beyond doubles included', () => {
    const json = '{ "n": 12345678901234567890, "n2": 1.0 }'
    expect(readToolInput(json)).to.deep.equal({ kind: 'object', json })
  })

  it('repairs raw control characters and illegal escapes inside strings', () => {
    expect(parsed('{"a":"line\nbreak\ttab\u0001"}')).to.deep.equal({ a: 'line\nbreak\ttab\u0001' })
    expect(parsed('{"path":"C:\\Users\\users"}')).to.deep.equal({ path: 'C:\\Users\\users' })
    expect(parsed('{"path":"C:\\Work\\dir"}')).to.deep.equal({ path: 'C:\\Work\\dir' })
    expect(parsed('{"re":"\\d+\\\\\\"\\."}')).to.deep.equal({ re: '\\d+\\"\\.' })
  })

  it('never closes what is open and never invents', () => {
    for (const text of ['{', '{"a"', '{"a":1', '{"a":"x', '{"a":"x\\', '{"a":1}}', "{'a':1}", '{"a":1,}', '{}{"a":1}', 'null,', 'text']) {
      expect(parsed(text), text).to.equal('broken')
    }
  })

  it('takes nothing but an object', () => {
    for (const text of ['null', '1', '"{}"', '[]', 'true', '"a\nb"']) expect(parsed(text), text).to.equal('other')
  })

  it('reads any arguments that are JSON, and refuses any that were cut', () => {
    const input = fc.dictionary(fc.string(), fc.jsonValue()).map(value => JSON.stringify(value))
    fc.assert(
      fc.property(input, fc.nat(), (json, at) => {
        expect(readToolInput(json)).to.deep.equal({ kind: 'object', json })
        expect(readToolInput(json.slice(0, at % json.length)).kind).to.equal('broken')
      }),
      { numRuns: 300 },
    )
  })

  it('repairs any characters that a model writes raw into a string', () => {
    // Without quotes and backslashes the raw text and the meant text are the same.
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), raw => {
        const text = raw.replaceAll(/["\\]/g, '')
        expect(parsed(`{"a":"${text}"}`)).to.deep.equal({ a: text })
      }),
      { numRuns: 300 },
    )
  })
})
