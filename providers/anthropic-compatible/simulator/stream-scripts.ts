import { errorBody, ERRORS } from './error-catalogue.ts'
import { sse } from './stream-events.ts'

const start = (usage: Readonly<Record<string, unknown>> = { input_tokens: 12, output_tokens: 1 }) =>
  sse({
    type: 'message_start',
    message: { id: 'msg_script', type: 'message', role: 'assistant', model: 'claude-upstream', content: [], stop_reason: null, stop_sequence: null, usage },
  })
const open = (index: number, content_block: Readonly<Record<string, unknown>>) => sse({ type: 'content_block_start', index, content_block })
const delta = (index: number, value: Readonly<Record<string, unknown>>) => sse({ type: 'content_block_delta', index, delta: value })
const text = (index: number, value: string) => delta(index, { type: 'text_delta', text: value })
const json = (index: number, value: string) => delta(index, { type: 'input_json_delta', partial_json: value })
const close = (index: number) => sse({ type: 'content_block_stop', index })
const last = (reason: string, usage: Readonly<Record<string, unknown>> = { output_tokens: 31 }, more: Readonly<Record<string, unknown>> = {}) =>
  sse({ type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null, ...more }, usage })
const STOP = sse({ type: 'message_stop' })
const PING = sse({ type: 'ping' })
const TEXT = { type: 'text', text: '' }
const tool = (id: string, name: string, input: unknown = {}) => ({ type: 'tool_use', id, name, input })
const said = (index: number, value: string) => [open(index, TEXT), text(index, value), close(index)]

/**
 * Streams in the shapes in which they come (`providers.md` §7.3): by name, each a list of whole events. What only some relays
 * do is here as well.
 */
export const STREAM_SCRIPTS = {
  text: [start(), open(0, TEXT), PING, text(0, 'Héllo '), text(0, 'wörld 🙂'), close(0), last('end_turn'), STOP],
  'thinking-text-tool': [
    start({ input_tokens: 12, cache_creation_input_tokens: 5, cache_read_input_tokens: 900, output_tokens: 1 }),
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'Let me ' }),
    delta(0, { type: 'thinking_delta', thinking: 'see.' }),
    delta(0, { type: 'signature_delta', signature: 'EqQB' }),
    close(0),
    ...said(1, 'Looking.'),
    open(2, tool('toolu_1', 'read_file')),
    json(2, ''),
    json(2, '{"path":'),
    json(2, '"a b"}'),
    close(2),
    open(3, tool('toolu_2', 'write_file')),
    close(3),
    last('tool_use', { output_tokens: 31, output_tokens_details: { thinking_tokens: 10 } }),
    STOP,
  ],
  'thinking-omitted': [
    start(),
    open(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'signature_delta', signature: 'EqQC' }),
    close(0),
    ...said(1, 'Done.'),
    last('end_turn'),
    STOP,
  ],
  redacted: [start(), open(0, { type: 'redacted_thinking', data: 'EmwKAh' }), close(0), ...said(1, 'Done.'), last('end_turn'), STOP],
  'server-tool': [
    start(),
    open(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
    json(0, '{"query":"x"}'),
    close(0),
    open(1, {
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: [{ type: 'web_search_result', title: 'T', url: 'https://example.com', encrypted_content: 'abc' }],
    }),
    close(1),
    open(2, { type: 'text', text: '', citations: [] }),
    delta(2, { type: 'citations_delta', citation: { type: 'web_search_result_location', url: 'https://example.com', cited_text: 'x' } }),
    text(2, 'Found.'),
    close(2),
    last('end_turn', { output_tokens: 9, server_tool_use: { web_search_requests: 1 } }),
    STOP,
  ],
  'unknown-events': [
    start({ input_tokens: 3, output_tokens: 1, future_tokens: 7 }),
    sse({ type: 'future_event', payload: { a: 1 } }),
    open(0, TEXT),
    delta(0, { type: 'future_delta', value: 'x' }),
    text(0, 'Hi'),
    close(0),
    open(1, { type: 'future_block', value: 1 }),
    close(1),
    last('end_turn', { output_tokens: 2 }, { future: true }),
    STOP,
  ],
  'pause-turn': [start(), ...said(0, 'Wait.'), last('pause_turn'), STOP],
  refusal: [start(), ...said(0, 'I cannot'), last('refusal', { output_tokens: 2 }, { stop_details: { type: 'refusal', category: 'other' } }), STOP],
  'max-tokens': [start(), ...said(0, 'Half of'), last('max_tokens'), STOP],
  'context-window': [start(), ...said(0, 'Half of'), last('model_context_window_exceeded'), STOP],
  'stop-sequence': [
    start(),
    ...said(0, 'One'),
    sse({ type: 'message_delta', delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' }, usage: { output_tokens: 1 } }),
    STOP,
  ],
  'max-tokens-in-tool': [start(), open(0, tool('toolu_1', 'write_file')), json(0, '{"path":"a","text":"half'), close(0), last('max_tokens'), STOP],
  'end-turn-with-tool': [start(), open(0, tool('toolu_1', 'read_file')), json(0, '{"path":"a"}'), close(0), last('end_turn'), STOP],
  'tool-use-without-tool': [start(), ...said(0, 'Nothing to do.'), last('tool_use'), STOP],
  'input-whole': [start(), open(0, tool('toolu_1', 'read_file', { path: 'a' })), close(0), last('tool_use'), STOP],
  'no-block-stop': [start(), open(0, TEXT), text(0, 'One'), open(1, tool('toolu_1', 'read_file')), json(1, '{"path":"a"}'), last('tool_use'), STOP],
  'text-in-start': [start(), open(0, { type: 'text', text: 'Begun' }), text(0, ' and done'), close(0), last('end_turn'), STOP],
  'usage-late': [
    start({ input_tokens: 0, output_tokens: 0 }),
    ...said(0, 'Hi'),
    last('end_turn', { input_tokens: 40, cache_read_input_tokens: 8, output_tokens: 2 }),
    STOP,
  ],
  'no-event-lines': [start(), ...said(0, 'Hi'), last('end_turn'), STOP].map(event => event.replace(/^event: .*\n/, '')),
  'crlf-and-comments': [': hello\n\n', start(), ...said(0, 'Hi'), 'id: 7\n\n', last('end_turn'), STOP].map(event => event.replaceAll('\n', '\r\n')),
  'done-mark': [start(), ...said(0, 'Hi'), last('end_turn'), 'data: [DONE]\n\n', STOP],
  empty: [start(), last('end_turn', { output_tokens: 1 }), STOP],
  'overloaded-first': [start(), PING, sse(errorOf('overloaded'))],
  'overloaded-inside': [start(), open(0, TEXT), text(0, 'Half of'), sse(errorOf('overloaded'))],
  'error-without-event-line': [start(), open(0, TEXT), text(0, 'Half of'), `data: ${JSON.stringify(errorOf('internal'))}\n\n`],
  'cut-after-text': [start(), open(0, TEXT), text(0, 'Half of')],
  'cut-before-stop': [start(), ...said(0, 'Half of'), last('end_turn')],
  'cut-at-once': [],
} as const satisfies Record<string, readonly string[]>

export type StreamScriptName = keyof typeof STREAM_SCRIPTS

export function isStreamScriptName(name: string): name is StreamScriptName {
  return Object.hasOwn(STREAM_SCRIPTS, name)
}

function errorOf(name: keyof typeof ERRORS) {
  return errorBody(ERRORS[name])
}
