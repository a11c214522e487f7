import { expect } from 'chai'
import { readAnthropicStream } from '../../support/anthropic-stream.ts'

const frame = (type: string, data: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
const START = frame('message_start', { message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } } })
const open = (index = 0, content_block: object = { type: 'text', text: '' }) => frame('content_block_start', { index, content_block })
const delta = (index = 0, piece: object = { type: 'text_delta', text: 'a' }) => frame('content_block_delta', { index, delta: piece })
const close = (index = 0) => frame('content_block_stop', { index })
const END = frame('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } })
const STOP = frame('message_stop')
const PING = frame('ping')
const ERROR = frame('error', { error: { type: 'api_error', message: 'm' }, request_id: 'r' })

describe('the checker of Anthropic streams', () => {
  for (const [what, text] of [
    ['an empty message', START + END + STOP],
    ['blocks in a row, with pings anywhere', PING + START + PING + open() + PING + delta() + close() + open(1, { type: 'tool_use', id: 't', name: 'n', input: {} }) + close(1) + END + PING + STOP],
    ['an error at once', ERROR],
    ['an error inside a block', START + open() + delta() + ERROR],
  ] as const) {
    it(`takes ${what}`, () => expect(() => readAnthropicStream(text)).to.not.throw())
  }

  for (const [what, text, says] of [
    ['nothing', '', 'neither message_stop'],
    ['a block before the message', open() + STOP, 'before message_start'],
    ['two messages', START + START, 'one message'],
    ['a message without its end', START + open() + delta() + close(), 'neither message_stop'],
    ['a message that ends in an open block', START + open() + END + STOP, 'still open'],
    ['a block inside a block', START + open() + open(1), 'still open'],
    ['a gap between blocks', START + open() + close() + open(2), 'block 1 would be next'],
    ['a block that begins with text', START + open(0, { type: 'text', text: 'a' }), 'begin empty'],
    ['a delta outside a block', START + delta(), 'not open'],
    ['a delta of another block', START + open() + delta(1), 'not open'],
    ['a delta of another kind', START + open() + delta(0, { type: 'input_json_delta', partial_json: '{}' }), 'does not belong'],
    ['a delta in sealed thinking', START + open(0, { type: 'redacted_thinking', data: 'x' }) + delta(0, { type: 'thinking_delta', thinking: 'a' }), 'does not belong'],
    ['a delta without text', START + open() + delta(0, { type: 'text_delta' }), 'no text'],
    ['tool input that is no object', START + open(0, { type: 'tool_use', id: 't', name: 'n', input: {} }) + delta(0, { type: 'input_json_delta', partial_json: '[1]' }) + close(), 'no JSON object'],
    ['tool input that is cut', START + open(0, { type: 'tool_use', id: 't', name: 'n', input: {} }) + delta(0, { type: 'input_json_delta', partial_json: '{"a"' }) + close(), 'JSON'],
    ['a stop of another block', START + open() + close(1), 'not open'],
    ['an end before message_delta', START + STOP, 'before message_delta'],
    ['two ends', START + END + END, 'comes twice'],
    ['a block after message_delta', START + END + open(), 'after message_delta'],
    ['anything after the end', START + END + STOP + PING, 'ends a stream'],
    ['an end after an error', START + open() + ERROR + close(), 'ends a stream'],
    ['an error without id', START + frame('error', { error: { type: 'api_error', message: 'm' } }), 'request id'],
    ['an unknown event', START + frame('surprise'), 'no event'],
    ['a frame without event line', `${START}data: {"type":"ping"}\n\n`, 'one event line'],
    ['an event line that differs from the type', START + 'event: ping\ndata: {"type":"pong"}\n\n', 'differ'],
    ['the end of another dialect', `${START}data: [DONE]\n\n`, 'one event line'],
    ['a cut inside a frame', START + END + STOP.slice(0, -1), 'inside a frame'],
    ['a message without usage', frame('message_start', { message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null } }), 'usage'],
  ] as const) {
    it(`refuses ${what}`, () => expect(() => readAnthropicStream(text)).to.throw(says))
  }
})
