/** One event's data; text is sent as it is. */
export type ScriptPiece = Readonly<Record<string, unknown>> | string

const frame = (more: object) => ({
  id: 'chatcmpl-simulated',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'upstream-model-2026-01-01',
  ...more,
})
const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => frame({ choices: [{ index: 0, delta, finish_reason }], ...more })
const call = (piece: object) => chunk({ tool_calls: [piece] })
const USAGE = {
  prompt_tokens: 20,
  completion_tokens: 9,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 16 },
  completion_tokens_details: { reasoning_tokens: 4 },
}
const usage = frame({ choices: [], usage: USAGE })
const ROLE = chunk({ role: 'assistant', content: '' })
const DONE = '[DONE]'
const hello = [chunk({ content: 'Hello' }), chunk({ content: ', world' })]
const weather = (city: string) => JSON.stringify({ city })

/** Streams in the shapes that real services send them (`providers.md` §6.4, §6.5), by the trait that sets each apart. */
export const STREAM_SCRIPTS = {
  plain: [ROLE, ...hello, chunk({}, 'stop'), usage, DONE],
  'usage-in-finish-chunk': [ROLE, ...hello, chunk({}, 'stop', { usage: USAGE }), DONE],
  'usage-in-every-chunk': [
    ROLE,
    ...hello.map((piece, index) => ({ ...piece, usage: { ...USAGE, completion_tokens: index, total_tokens: 20 + index } })),
    chunk({}, 'stop', { usage: USAGE }),
    DONE,
  ],
  'usage-in-choice': [ROLE, ...hello, frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: USAGE }] }), DONE],
  'no-usage': [ROLE, ...hello, chunk({}, 'stop'), DONE],
  'no-done': [ROLE, ...hello, chunk({}, 'stop'), usage],
  'no-finish-reason': [ROLE, ...hello, usage, DONE],
  'cut-off': [ROLE, ...hello],
  'odd-finish-reason': [ROLE, ...hello, chunk({}, 'eos'), usage, DONE],
  'role-on-every-chunk': [
    ROLE,
    chunk({ role: 'assistant', content: 'Hello' }),
    chunk({ role: '', content: ', world' }),
    chunk({ role: 'assistant', content: null }, 'stop'),
    DONE,
  ],
  'prompt-filter-first': [frame({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] }), ROLE, ...hello, chunk({}, 'stop'), usage, DONE],
  'null-choices': [frame({ choices: null }), ROLE, ...hello, frame({}), chunk({}, 'stop'), DONE],
  comments: [': OPENROUTER PROCESSING', ROLE, ': keep-alive', ...hello, chunk({}, 'stop'), usage, DONE],
  'unknown-members': [
    { ...ROLE, service_tier: 'flex', x_new: { nested: ['model', { model: 'not this one' }] } },
    { x_first: '"model":"', ...hello[0], x_trace: 'a' },
    chunk({ content: ', world', annotations: [{ type: 'url_citation' }] }),
    chunk({}, 'stop', { system_fingerprint: 'fp_1' }),
    usage,
    DONE,
  ],
  length: [ROLE, ...hello, chunk({}, 'length'), usage, DONE],
  'content-filter': [ROLE, ...hello, chunk({}, 'content_filter'), DONE],
  refusal: [chunk({ role: 'assistant', content: null, refusal: '' }), chunk({ refusal: 'I cannot ' }), chunk({ refusal: 'do that.' }), chunk({}, 'stop'), DONE],
  'tool-call': [
    chunk({ role: 'assistant', content: null }),
    call({ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }),
    call({ index: 0, function: { arguments: '{"city":' } }),
    call({ index: 0, function: { arguments: '"Oslo"}' } }),
    chunk({}, 'tool_calls'),
    usage,
    DONE,
  ],
  'tool-calls-parallel': [
    ROLE,
    chunk({ content: 'Let me look.' }),
    call({ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: weather('Oslo') } }),
    call({ index: 1, id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{"city":' } }),
    call({ index: 1, function: { arguments: '"Rome"}' } }),
    chunk({}, 'tool_calls'),
    DONE,
  ],
  'tool-calls-interleaved': [
    ROLE,
    call({ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":' } }),
    call({ index: 1, id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{"city":' } }),
    call({ index: 0, function: { arguments: '"Oslo"}' } }),
    call({ index: 1, function: { arguments: '"Rome"}' } }),
    chunk({}, 'tool_calls'),
    DONE,
  ],
  'tool-calls-without-index': [
    ROLE,
    call({ id: 'call_1', type: 'function', function: { name: 'weather', arguments: weather('Oslo') } }),
    call({ id: 'call_2', type: 'function', function: { name: 'weather', arguments: weather('Rome') } }),
    chunk({}, 'stop'),
    DONE,
  ],
  'tool-calls-all-index-0': [
    ROLE,
    call({ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: weather('Oslo') } }),
    call({ index: 0, id: 'call_2', type: 'function', function: { name: 'weather', arguments: weather('Rome') } }),
    chunk({}, 'tool_calls'),
    DONE,
  ],
  'tool-call-without-id': [
    ROLE,
    call({ index: 0, type: 'function', function: { name: 'weather', arguments: weather('Oslo') } }),
    chunk({}, 'tool_calls'),
    DONE,
  ],
  'tool-call-object-arguments': [
    ROLE,
    call({ index: 0, id: 'call_1', function: { name: 'weather', arguments: { city: 'Oslo' } } }),
    chunk({}, 'tool_calls'),
    DONE,
  ],
  'tool-call-repeated-name': [
    ROLE,
    call({ index: 0, id: 'call_1', function: { name: 'wea', arguments: '' } }),
    call({ index: 0, id: 'call_1', function: { name: 'ther', arguments: '' } }),
    call({ index: 0, id: 'call_1', function: { name: 'weather', arguments: '{"city":' } }),
    call({ index: 0, id: 'call_1', function: { name: 'weather', arguments: '"Oslo"}' } }),
    chunk({}, 'tool_calls'),
    DONE,
  ],
  'tool-call-cumulative': [
    ROLE,
    call({ index: 0, id: 'call_1', function: { name: 'weather', arguments: '{"city"' } }),
    call({ index: 0, function: { arguments: '{"city":"Os' } }),
    call({ index: 0, function: { arguments: weather('Oslo') } }),
    chunk({}, 'tool_calls'),
    DONE,
  ],
  'tool-call-no-arguments': [ROLE, call({ index: 0, id: 'call_1', function: { name: 'now', arguments: '' } }), chunk({}, 'tool_calls'), DONE],
  'tool-call-truncated': [ROLE, call({ index: 0, id: 'call_1', function: { name: 'weather', arguments: '{"city":"Os' } }), chunk({}, 'length'), usage, DONE],
  'tool-call-finish-stop': [ROLE, call({ index: 0, id: 'call_1', function: { name: 'weather', arguments: weather('Oslo') } }), chunk({}, 'stop'), DONE],
  'reasoning-content': [ROLE, chunk({ reasoning_content: 'Let me ' }), chunk({ reasoning_content: 'think.' }), ...hello, chunk({}, 'stop'), usage, DONE],
  'reasoning-field': [ROLE, chunk({ reasoning: 'Let me ' }), chunk({ reasoning: 'think.' }), ...hello, chunk({}, 'stop'), DONE],
  'reasoning-details': [
    ROLE,
    chunk({ content: '', reasoning: 'Let me ', reasoning_details: [{ type: 'reasoning.text', text: 'Let me ', format: 'anthropic-claude-v1', index: 0 }] }),
    chunk({ content: '', reasoning: 'think.', reasoning_details: [{ type: 'reasoning.text', text: 'think.', format: 'anthropic-claude-v1', index: 0 }] }),
    chunk({ content: '', reasoning_details: [{ type: 'reasoning.text', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 }] }),
    ...hello,
    chunk({}, 'stop'),
    DONE,
  ],
  'reasoning-encrypted': [
    ROLE,
    chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'c2VhbGVk', id: 'rs_1', format: 'openai-responses-v1', index: 0 }] }),
    ...hello,
    chunk({}, 'stop'),
    DONE,
  ],
  'think-tags': [
    ROLE,
    chunk({ content: '<thi' }),
    chunk({ content: 'nk>\nLet me think.</thin' }),
    chunk({ content: 'k>\n\nHello' }),
    chunk({ content: ', world' }),
    chunk({}, 'stop'),
    DONE,
  ],
  'content-parts': [
    ROLE,
    chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Let me think.' }] }] }),
    chunk({ content: [{ type: 'text', text: 'Hello, world' }] }),
    chunk({}, 'stop'),
    DONE,
  ],
  'two-choices': [
    frame({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello' }, finish_reason: null }] }),
    frame({ choices: [{ index: 1, delta: { role: 'assistant', content: 'Servus' }, finish_reason: null }] }),
    frame({ choices: [{ index: 0, delta: { content: ', world' }, finish_reason: 'stop' }] }),
    frame({ choices: [{ index: 1, delta: { content: ', Welt' }, finish_reason: 'stop' }] }),
    usage,
    DONE,
  ],
  'error-first': [{ error: { message: 'The server is overloaded.', type: 'server_error', code: 'server_is_overloaded' } }],
  'error-in-the-middle': [ROLE, ...hello, { error: { message: 'Something broke in org-abcdef123456.', type: 'server_error', code: null } }],
  'error-beside-choices': [ROLE, ...hello, { ...chunk({ content: '' }, 'error'), error: { code: 502, message: 'Provider disconnected' } }],
  'no-json': [ROLE, 'not json at all'],
  empty: [ROLE, chunk({}, 'stop'), usage, DONE],
} as const satisfies Readonly<Record<string, readonly ScriptPiece[]>>

export type StreamScriptName = keyof typeof STREAM_SCRIPTS

/** A script as the bytes of an event stream. */
export function streamText(pieces: readonly ScriptPiece[], lineEnd: '\n' | '\r\n' = '\n'): string {
  return pieces
    .map(
      piece =>
        (typeof piece === 'string' && piece.startsWith(':') ? piece : `data: ${typeof piece === 'string' ? piece : JSON.stringify(piece)}`) + lineEnd + lineEnd,
    )
    .join('')
}
