import { expect } from 'chai'
import fc from 'fast-check'
import { anthropic } from '../../../../../core/dialects/anthropic/index.ts'
import { type Batch, fold, GatewayError, type StreamEvent, type Usage } from '../../../../../core/index.ts'
import { type AnthropicBlock, readAnthropicStream } from '../../../../support/anthropic-stream.ts'
import { anyAnswer, anyBrokenAnswer, inBatches } from '../../../../support/arbitrary-events.ts'
import { trackedCall } from '../../../../support/calls.ts'
import { checkGrammar } from '../../../../../core/testing/event-grammar.ts'
import { FINISH, START, textBlock } from '../../../../support/scripted-provider.ts'

const chat = anthropic.chat as NonNullable<typeof anthropic.chat>
const call = trackedCall({ id: 'req_abc', requestedModel: 'kiro/claude-x' })

function stream(batches: readonly Batch[]): string {
  const encoder = chat.encoder(call)
  return batches.map(batch => encoder.encode(batch)).join('')
}
async function whole(events: readonly StreamEvent[]) {
  const one = async function* () {
    yield events
  }
  return chat.complete(await fold(one()), call) as { content: AnthropicBlock[]; stop_reason: string; stop_sequence: string | null; usage: Record<string, number>; id: string; model: string }
}
const finishWith = (usage: Usage): StreamEvent => ({ type: 'finish', reason: 'stop', usage })

describe('rendering for Anthropic clients', () => {
  it('writes a stream exactly as documented', () => {
    const events: Batch = [{ ...START, usage: { input: 12 } }, ...textBlock(['Hi']), { type: 'finish', reason: 'stop', usage: { output: 3 } }]
    expect(stream([events])).to.equal(
      [
        'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_abc","type":"message","role":"assistant","model":"kiro/claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}}',
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}',
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}',
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3,"input_tokens":12}}',
        'event: message_stop\ndata: {"type":"message_stop"}',
        '',
      ].join('\n\n'),
    )
  })

  it('makes of every stream of the grammar, however it is cut, one that a strict client takes', () => {
    fc.assert(
      fc.property(anyAnswer.chain(events => fc.tuple(fc.constant(events), inBatches(events))), ([events, batches]) => {
        checkGrammar(events.filter(event => !('text' in event) || event.text !== ''))
        const text = stream(batches)
        expect(text).to.equal(stream([events]))
        expect(readAnthropicStream(text).error).to.equal(undefined)
      }),
      { numRuns: 300 },
    )
  })

  it('tells a whole answer the same as its stream: content, reason and usage', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, async events => {
        const { message } = readAnthropicStream(stream([events]))
        const complete = await whole(events)
        expect(complete.content).to.deep.equal(message.content)
        expect({ reason: complete.stop_reason, sequence: complete.stop_sequence, id: complete.id, model: complete.model }).to.deep.equal({ reason: message.stop_reason, sequence: message.stop_sequence, id: message.id, model: message.model })
        expect(complete.usage).to.deep.equal(message.usage)
      }),
      { numRuns: 300 },
    )
  })

  it('ends a stream that broke off anywhere with its error and nothing after it', () => {
    fc.assert(
      fc.property(anyBrokenAnswer.chain(events => inBatches(events)), batches => {
        const { error, types } = readAnthropicStream(stream(batches))
        expect(error).to.be.an('object')
        expect(types.at(-1)).to.equal('error')
        expect(types).to.not.include('message_stop')
      }),
      { numRuns: 300 },
    )
  })

  it('keeps a sign of life well-formed between any two batches', () => {
    const encoder = chat.encoder(call)
    const batches: readonly Batch[] = [[START], ...textBlock(['a', 'b']).map((event): Batch => [event]), [FINISH]]
    const text = batches.map(batch => encoder.keepAlive + encoder.encode(batch)).join('')
    expect(readAnthropicStream(text).pings).to.equal(batches.length)
  })

  it('folds the pieces of a signature into one, after text that came between', async () => {
    const events: Batch = [
      START,
      { type: 'reasoning-start', block: 0 },
      { type: 'reasoning-delta', block: 0, text: 'a' },
      { type: 'reasoning-signature', block: 0, signature: 'x' },
      { type: 'reasoning-delta', block: 0, text: 'b' },
      { type: 'reasoning-signature', block: 0, signature: 'y' },
      { type: 'block-end', block: 0 },
      FINISH,
    ]
    expect(readAnthropicStream(stream([events])).message.content).to.deep.equal([{ type: 'thinking', thinking: 'ab', signature: 'xy' }])
    expect((await whole(events)).content).to.deep.equal([{ type: 'thinking', thinking: 'ab', signature: 'xy' }])
  })

  for (const [reason, word] of [
    ['stop', 'end_turn'],
    ['stop-sequence', 'stop_sequence'],
    ['tool-calls', 'tool_use'],
    ['length', 'max_tokens'],
    ['context-window', 'model_context_window_exceeded'],
    ['refusal', 'refusal'],
  ] as const) {
    it(`calls the reason ${reason} ${word}`, async () => {
      const events: Batch = [START, { type: 'finish', reason, usage: {}, ...(reason === 'stop-sequence' ? { stopSequence: 'END' } : {}) }]
      const { message } = readAnthropicStream(stream([events]))
      expect([message.stop_reason, message.stop_sequence]).to.deep.equal([word, reason === 'stop-sequence' ? 'END' : null])
      expect((await whole(events)).stop_reason).to.equal(word)
    })
  }

  describe('usage', () => {
    const told = async (start: Usage | undefined, end: Usage) => (await whole([{ ...START, ...(start ? { usage: start } : {}) }, finishWith(end)])).usage

    it('leaves what the cache took out of the input, and never goes below nothing', async () => {
      expect(await told(undefined, { input: 100, cacheRead: 70, cacheWrite: 20, output: 5 })).to.deep.equal({ input_tokens: 10, cache_read_input_tokens: 70, cache_creation_input_tokens: 20, output_tokens: 5 })
      expect(await told(undefined, { input: 10, cacheRead: 70 })).to.deep.include({ input_tokens: 0 })
    })

    it('always has both counts, and leaves out caches that nobody told of', async () => {
      expect(await told(undefined, {})).to.deep.equal({ input_tokens: 0, output_tokens: 0 })
    })

    it('keeps the estimate of the input when the upstream never tells better', async () => {
      expect(await told({ input: 250 }, { output: 7 })).to.deep.equal({ input_tokens: 250, output_tokens: 7 })
      expect(await told({ input: 250 }, { input: 300, output: 7 })).to.deep.equal({ input_tokens: 300, output_tokens: 7 })
    })
  })

  it('refuses to show a tool call that is not whole as one that is', async () => {
    const events: Batch = [START, { type: 'tool-start', block: 0, id: 't', name: 'n' }, { type: 'tool-delta', block: 0, json: '{"a":' }, { type: 'block-end', block: 0 }, FINISH]
    let thrown: unknown
    await whole(events).catch((error: unknown) => (thrown = error))
    expect(thrown).to.be.instanceOf(Error)
  })
})

describe('faults for Anthropic clients', () => {
  // `reliability.md` §3.1
  for (const [code, status, type] of [
    ['bad_request', 400, 'invalid_request_error'],
    ['context_too_long', 400, 'invalid_request_error'],
    ['unsupported', 400, 'invalid_request_error'],
    ['unauthorized', 401, 'authentication_error'],
    ['forbidden', 403, 'permission_error'],
    ['not_found', 404, 'not_found_error'],
    ['model_not_found', 404, 'not_found_error'],
    ['method_not_allowed', 405, 'invalid_request_error'],
    ['too_large', 413, 'request_too_large'],
    ['unsupported_media', 415, 'invalid_request_error'],
    ['rate_limited', 429, 'rate_limit_error'],
    ['all_cooling', 429, 'rate_limit_error'],
    ['all_exhausted', 429, 'rate_limit_error'],
    ['model_overloaded', 529, 'overloaded_error'],
    ['upstream_overloaded', 529, 'overloaded_error'],
    ['draining', 503, 'overloaded_error'],
    ['no_account', 503, 'api_error'],
    ['store_unavailable', 503, 'api_error'],
    ['upstream_unreachable', 502, 'api_error'],
    ['upstream_nonsense', 502, 'api_error'],
    ['upstream_cut', 502, 'api_error'],
    ['upstream_timeout', 504, 'timeout_error'],
    ['token_rejected', 502, 'api_error'],
    ['internal', 500, 'api_error'],
  ] as const) {
    it(`tell ${code} as ${status} ${type}`, () => {
      const answer = anthropic.fault(new GatewayError(code, 'thing, reason, remedy', { reason: 'upstream-word' }), 'req_1')
      expect(answer).to.deep.equal({ status, body: { type: 'error', error: { type, message: 'thing, reason, remedy' }, request_id: 'req_1' } })
    })
  }
})
