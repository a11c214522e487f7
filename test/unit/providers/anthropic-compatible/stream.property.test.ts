import { expect } from 'chai'
import fc from 'fast-check'
import { createAnthropicParser } from '../../../../providers/anthropic-compatible/stream.ts'
import { readPieces, streamContext, told } from '../../../support/anthropic-answer.ts'
import { checkGrammar } from '../../../../core/testing/event-grammar.ts'

const words = fc.constantFrom('', 'Hi', '🙂', '{"a":', '1}', '{}', '"\\n"')
const index = fc.constantFrom<unknown>(0, 1, 2, undefined, 'x')
const usage = fc.constantFrom<unknown>(undefined, null, { input_tokens: 3, output_tokens: 1 }, { input_tokens: -1, output_tokens: 'many' })
const block = fc.oneof(
  fc.record({ type: fc.constantFrom('text', 'thinking', 'future'), text: words, thinking: words, signature: words }),
  fc.record({ type: fc.constant('tool_use'), id: words, name: words, input: fc.constantFrom<unknown>({}, { a: 1 }, null, 'x') }),
  fc.record({ type: fc.constant('redacted_thinking'), data: words }),
  fc.constant(null),
)
const delta = fc.record({
  type: fc.constantFrom('text_delta', 'thinking_delta', 'signature_delta', 'input_json_delta', 'future_delta', '__proto__'),
  text: words,
  thinking: words,
  signature: words,
  partial_json: words,
})
const event: fc.Arbitrary<string> = fc
  .oneof(
    fc.record({ type: fc.constant('content_block_start'), index, content_block: block }),
    { weight: 3, arbitrary: fc.record({ type: fc.constant('content_block_delta'), index, delta }) },
    fc.record({ type: fc.constant('content_block_stop'), index }),
    fc.record({ type: fc.constant('message_delta'), delta: fc.constantFrom<unknown>({ stop_reason: 'end_turn' }, { stop_reason: 'new' }, null), usage }),
    fc.record({ type: fc.constantFrom('ping', 'message_stop', 'message_start', 'future') }),
    fc.record({ type: fc.constant('error'), error: fc.constantFrom<unknown>({ type: 'api_error', message: 'x' }, 'x', null) }),
  )
  .map(data => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
const noise = fc.constantFrom(': comment\n\n', 'data: nonsense\n\n', 'data: [1]\n\n', 'event: message_stop\n\n', 'id: 1\nretry: 5\n\n', '\r\n\r\n')
const start = 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":3}}}\n\n'
const streams = fc
  .array(fc.oneof({ weight: 9, arbitrary: event }, { weight: 1, arbitrary: noise }), { maxLength: 14 })
  .map(events => Buffer.from(start + events.join('')))

describe('anthropic-compatible stream parser: any stream', () => {
  it('keeps to the event grammar and says the same in every chunking', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 6 }), fc.boolean(), (bytes, points, verbatim) => {
        const read = (pieces: readonly Uint8Array[]) => readPieces(createAnthropicParser(streamContext({ verbatim })), pieces)
        const whole = read([bytes])
        const cuts = [0, ...points.map(point => point % (bytes.length + 1)).toSorted((one, other) => one - other), bytes.length]
        expect(read(cuts.slice(1).map((end, at) => bytes.subarray(cuts[at], end))).map(told)).to.deep.equal(whole.map(told))
        if (!verbatim) checkGrammar(whole)
      }),
      { numRuns: 600 },
    )
  })

  it('survives any damage', () => {
    fc.assert(
      fc.property(streams, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
        const damaged = Buffer.from(bytes)
        const place = at % damaged.length
        damaged[place] = (damaged[place] ?? 0) ^ change
        const last = readPieces(createAnthropicParser(streamContext()), [damaged]).at(-1)?.type
        expect(last).to.be.oneOf(['finish', 'failure'])
      }),
      { numRuns: 300 },
    )
  })
})
