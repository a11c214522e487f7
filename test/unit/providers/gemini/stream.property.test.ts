import { expect } from 'chai'
import fc from 'fast-check'
import { eventsOf, failureOf, joined, sse } from '../../../support/gemini-answer.ts'

const text = fc.oneof(fc.constantFrom('', 'a', 'END', 'E', 'ND', '你好', '🙂', '"}{"', '\n\ndata: x'), fc.string({ unit: 'binary', maxLength: 12 }))
const signature = fc.option(fc.constantFrom('QQ==', 'U0lH'), { nil: undefined })
const signed = (part: fc.Arbitrary<object>) =>
  fc.tuple(part, signature).map(([value, thoughtSignature]) => (thoughtSignature === undefined ? value : { ...value, thoughtSignature }))
const part = fc.oneof(
  { weight: 4, arbitrary: signed(fc.record({ text })) },
  { weight: 3, arbitrary: signed(fc.record({ text, thought: fc.constant(true) })) },
  {
    weight: 3,
    arbitrary: signed(
      fc.record({
        functionCall: fc.record(
          { id: fc.constantFrom('fc_1', 'fc_2', '', 'no good'), name: text, args: fc.dictionary(text, fc.jsonValue({ maxDepth: 1 })) },
          { requiredKeys: ['name'] },
        ),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { executableCode: { code: 'x' } },
      {},
      null,
      7,
      { text: 7 },
      { functionCall: null },
    ),
  },
)
const word = fc.constantFrom(undefined, undefined, 'STOP', 'MAX_TOKENS', 'SAFETY', 'OTHER', 'MALFORMED_FUNCTION_CALL', 'NEW_WORD', 'FINISH_REASON_UNSPECIFIED')
const chunk = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.array(part, { maxLength: 3 }), word, fc.nat(500))
      .map(([parts, finishReason, count]) => ({
        candidates: [{ content: { role: 'model', parts }, ...(finishReason === undefined ? {} : { finishReason }) }],
        usageMetadata: { promptTokenCount: count, candidatesTokenCount: count },
      })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      {},
      { candidates: [] },
      { promptFeedback: { blockReason: 'OTHER' } },
      { error: { code: 503, status: 'UNAVAILABLE' } },
      { candidates: 'x' },
    ),
  },
)
const stream = fc
  .tuple(fc.array(chunk, { maxLength: 6 }), fc.constantFrom('sse', 'array'))
  .map(([chunks, form]) => (form === 'sse' ? sse(...chunks) : JSON.stringify(chunks, undefined, 1)))
const context = fc.record({ reasoning: fc.constantFrom('visible' as const, 'hidden' as const), watchedStops: fc.constantFrom([], ['END']) })

describe('any stream of Gemini', () => {
  it('keeps to the event grammar and says the same in every chunking', () => {
    fc.assert(
      fc.property(stream, context, fc.array(fc.nat(), { maxLength: 8 }), (given, changes, points) => {
        const bytes = Buffer.from(given)
        const cuts = points.map(point => point % (bytes.length + 1)).toSorted((one, other) => one - other)
        const pieces = [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length))
        const whole = eventsOf([bytes], changes)
        expect(joined(eventsOf(pieces, changes))).to.deep.equal(joined(whole))
        if (changes.reasoning === 'hidden') expect(whole.some(({ type }) => type === 'reasoning-start')).to.equal(false)
      }),
      { numRuns: 600 },
    )
  })

  it('survives any damage: it ends, well or badly, and never throws', () => {
    fc.assert(
      fc.property(stream, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, change) => {
        const bytes = Buffer.from(given)
        fc.pre(bytes.length > 0)
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change
        const events = eventsOf([bytes])
        expect(events.at(-1)?.type === 'finish' || failureOf(events) !== undefined).to.equal(true)
      }),
      { numRuns: 400 },
    )
  })
})
