import { expect } from 'chai'
import fc from 'fast-check'
import { ModelName } from '../../../../providers/openai-compatible/model-name.ts'
import { inPieces, ownWords, parsePieces, summary } from '../../../support/openai-compatible.ts'

const rename = (json: string, names = new ModelName('asked "for"')) => names.rename(json, (JSON.parse(json) as { model?: unknown }).model)

describe('the model’s name in an answer', () => {
  it('becomes the one that was asked for, and nothing else changes', () => {
    const member = fc.tuple(fc.oneof(fc.constantFrom('id', 'x', 'model2', '"model"'), fc.string()), fc.jsonValue({ maxDepth: 3 }))
    fc.assert(
      fc.property(fc.array(member), fc.array(member), fc.string(), fc.constantFrom(0, 1), (before, after, model, indent) => {
        const others = (members: readonly (readonly [string, unknown])[]) => members.filter(([name]) => name !== 'model' && name !== '__proto__')
        const value = Object.fromEntries([...others(before), ['model', model] as const, ...others(after)])
        const json = JSON.stringify(value, undefined, indent)
        expect(rename(json)).to.equal(JSON.stringify({ ...value, model: 'asked "for"' }, undefined, indent))
      }),
      { numRuns: 300 },
    )
  })

  it('is changed at the root alone', () => {
    expect(rename('{"a":{"model":"u"},"b":["model","u"],"c":"\\"model\\":\\"u\\"", "model" : "u","model":"v"}'.replace(',"model":"v"', ''))).to.equal(
      '{"a":{"model":"u"},"b":["model","u"],"c":"\\"model\\":\\"u\\"", "model" : "asked \\"for\\""}',
    )
    expect(rename('{"id":1}')).to.equal('{"id":1}')
    expect(rename('{"model":null}')).to.equal('{"model":null}')
  })

  it('is found again when chunks begin alike, and when they stop doing so', () => {
    const names = new ModelName('n')
    expect(rename('{"id":"a","model":"u","x":1}', names)).to.equal('{"id":"a","model":"n","x":1}')
    expect(rename('{"id":"a","model":"u","x":2}', names)).to.equal('{"id":"a","model":"n","x":2}')
    expect(rename('{"id":"b","model":"u2","x":3}', names)).to.equal('{"id":"b","model":"n","x":3}')
  })
})

describe('a stream whose chunks differ in their text alone', () => {
  const said = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('"content":"x"', '"}', '","content":"', '\\', 'a', 'a', '\u2028', '{"choices":[]}'),
  )
  const shape = fc.constantFrom(
    (content: string) => ({ model: 'u', choices: [{ index: 0, delta: { content }, finish_reason: null }], usage: null }),
    (content: string) => ({ note: '"content":"a"', model: 'u', choices: [{ delta: { content, role: 'assistant', refusal: null } }] }),
    (content: string) => ({ model: 'u', choices: [{ index: 0, delta: { content } }], obfuscation: content.length }),
    (content: string) => ({ choices: [{ index: 0, delta: { content, tool_calls: null }, logprobs: null }], model: 'u' }),
    // The words that change stand elsewhere, the text stays.
    (content: string) => ({ model: 'u', meta: { content }, choices: [{ index: 0, delta: { content: 'a' } }] }),
  )

  it('says what it would say if each of them were read on its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(said, shape), { minLength: 1, maxLength: 12 }),
        fc.constantFrom('\n\n', '\r\n\r\n'),
        fc.boolean(),
        fc.integer({ min: 1, max: 200 }),
        (pieces, end, spaced, size) => {
          const chunks = pieces.map(([content, make]) => make(content.toWellFormed()))
          const json = (value: unknown) => (spaced ? JSON.stringify(value).replaceAll('"content":', '"content": ') : JSON.stringify(value))
          const text = `${[...chunks, { model: 'u', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }].map(chunk => `data: ${json(chunk)}${end}`).join('')}data: [DONE]${end}`
          const expected = chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')
          const events = parsePieces(inPieces(Buffer.from(text), size), { sameWire: true, thinkTags: 'none' })
          expect(events.map(event => (event.type === 'text-delta' ? event.text : '')).join('')).to.equal(expected)
          expect(ownWords(events).trimEnd()).to.equal(text.replaceAll('"model":"u"', '"model":"asked-for"').trimEnd())
          expect(summary(events).at(-1)).to.match(/^finish stop/)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('is not misled by the same words in another place', () => {
    const chunk = (content: string) => `data: ${JSON.stringify({ meta: { content }, choices: [{ index: 0, delta: { content: 'a' } }] })}\n\n`
    const events = parsePieces([Buffer.from(`${chunk('a')}${chunk('b')}${chunk('c')}data: [DONE]\n\n`)])
    expect(summary(events)[0]).to.equal('text aaa')
  })
})
