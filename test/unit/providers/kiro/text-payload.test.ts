import { expect } from 'chai'
import fc from 'fast-check'
import { TextPayloads } from '../../../../providers/kiro/text-payload.ts'

/** What a JSON parser makes of a payload: its `content` where that is text. */
function parsed(bytes: Buffer): string | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    const content: unknown = typeof value === 'object' && value !== null && 'content' in value ? value.content : undefined
    return typeof content === 'string' ? content : undefined
  } catch {
    return undefined
  }
}

/** As the answer's parser uses it: what cannot be read at once is parsed and learned from. */
function readAll(payloads: readonly Buffer[]): { readonly texts: (string | undefined)[]; readonly quick: number } {
  const reader = new TextPayloads()
  let quick = 0
  const texts = payloads.map(payload => {
    // In the middle of other bytes, as payloads stand in their frames.
    const bytes = Buffer.concat([Buffer.from('head"'), payload, Buffer.from('"tail')])
    const span = [5, 5 + payload.length] as const
    const text = reader.read(bytes, ...span)
    if (text !== undefined) {
      quick++
      return text
    }
    const slow = parsed(payload)
    if (slow !== undefined) reader.learn(bytes, span, slow)
    return slow
  })
  return { texts, quick }
}

const payload = (value: object) => Buffer.from(JSON.stringify(value))

describe('text payloads', () => {
  it('are read without a parser after the first', () => {
    const { texts, quick } = readAll(['Hello', ' world', '', '. 你好 😀'].map(content => payload({ content, modelId: 'claude-sonnet-4.5' })))
    expect(texts).to.deep.equal(['Hello', ' world', '', '. 你好 😀'])
    expect(quick).to.equal(3)
  })

  it('are read the same as a parser reads them, whatever they are', () => {
    const content = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constantFrom('a', '"', '\\', '\n', '{"content":"x"}', ''))
    const rest = fc.constantFrom({}, { modelId: 'm' }, { modelId: 'n"', content2: 1 }, { content: 'again' }, { nested: { content: 'x' } })
    const honest = fc.record({ content, rest }).map(({ content: text, rest: members }) => payload({ content: text, ...members }))
    const doubled = content.map(text => Buffer.from(`{"content":${JSON.stringify(text)},"modelId":"m","content":"the second one"}`))
    const damaged = fc.tuple(honest, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([bytes, at, byte]) => {
      const changed = Buffer.from(bytes)
      changed[at % changed.length] = byte
      return changed
    })
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 6, arbitrary: honest }, { weight: 1, arbitrary: doubled }, { weight: 2, arbitrary: damaged }), { maxLength: 12 }), payloads => {
        expect(readAll(payloads).texts).to.deep.equal(payloads.map(parsed))
      }),
      { numRuns: 2000 },
    )
  })

  it('teach nothing that a second member or a nested event could contradict', () => {
    const { texts } = readAll([
      Buffer.from('{"content":"a","content":"b"}'),
      Buffer.from('{"content":"c","content":"b"}'),
      Buffer.from('{"content":"a","\\u0063ontent":"b"}'),
      Buffer.from('{"content":"c","\\u0063ontent":"b"}'),
    ])
    expect(texts).to.deep.equal(['b', 'b', 'b', 'b'])
  })
})
