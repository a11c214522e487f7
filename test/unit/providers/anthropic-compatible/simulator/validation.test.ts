import { expect } from 'chai'
import { Signatures } from '../../../../../providers/anthropic-compatible/simulator/signatures.ts'
import { readRequest } from '../../../../../providers/anthropic-compatible/simulator/validation/request.ts'

const seals = new Signatures('here')
const OLD = 'claude-sonnet-4-5-20250929'
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (...content: unknown[]) => ({ role: 'assistant', content })
const call = (id: string) => ({ type: 'tool_use', id, name: 'read', input: {} })
const result = (id: string, more = {}) => ({ type: 'tool_result', tool_use_id: id, content: 'x', ...more })
const tool = (more = {}) => ({ name: 'read', input_schema: { type: 'object' }, ...more })
const mark = { cache_control: { type: 'ephemeral' } }
const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } }
const text = (value: string, more = {}) => ({ type: 'text', text: value, ...more })
const thinking = (value: string, signature: string) => ({ type: 'thinking', thinking: value, signature })
const messages = (...list: unknown[]) => ({ messages: list })

function complaint(more: Record<string, unknown>, betas: readonly string[] = []): string | undefined {
  const { raw, ...fields } = more
  const body = { model: OLD, max_tokens: 4000, messages: [user('Hi')], ...fields }
  const read = readRequest(typeof raw === 'string' ? raw : JSON.stringify(body), {
    betas: new Set(betas),
    signed: (said, signature) => seals.holds(said, signature),
    future: new Set(),
  })
  return 'message' in read ? read.message : undefined
}

const TAKEN: readonly (readonly [what: string, body: Record<string, unknown>])[] = [
  ['a plain question', {}],
  ['neighbours of one role', messages(user('a'), user('b'), assistant(text('c')), assistant(text('d')), user('e'))],
  ['calls in pairs', messages(user('a'), assistant(call('1'), call('2')), user([result('1'), result('2', { is_error: true }), text('b')]))],
  ['its own signature', messages(user('a'), assistant(thinking('Hm.', seals.mint('Hm.')), text('b')), user('c'))],
  ['a prefill', messages(user('a'), assistant(text('Once')))],
  ['four marks, the longer first', { system: [text('a', hour), text('b', hour)], tools: [tool(hour)], ...messages(user([text('c', mark)])) }],
  ['a budget below the limit', { thinking: { type: 'enabled', budget_tokens: 3999 } }],
  ['a name without its date', { model: 'claude-haiku-4-5' }],
  ['a system turn at a newer model', { model: 'claude-opus-4-8', ...messages(user('a'), { role: 'system', content: 'b' }) }],
  ['hosted tools', { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 1 }] }],
]

const REFUSED: readonly (readonly [words: string, body: Record<string, unknown>])[] = [
  ['not valid JSON', { raw: '{' }],
  ['no low surrogate', { raw: `{"model":"${OLD}","max_tokens":1,"messages":[{"role":"user","content":"\\ud83d"}]}` }],
  ['foo: Extra inputs are not permitted', { foo: 1 }],
  ['context_management: Extra inputs', { context_management: {} }],
  ['messages.0.content.0.text.foo: Extra inputs', messages(user([text('a', { foo: 1 })]))],
  ['max_tokens: Field required', { max_tokens: undefined }],
  ['max_tokens: 70000 > 64000', { max_tokens: 70_000 }],
  ['model: nothing', { model: 'nothing' }],
  ['at least one message', { messages: [] }],
  ['first message must use the "user" role', messages(assistant(text('a')), user('b'))],
  ["messages.1.role: Input should be 'user'", messages(user('a'), { role: 'system', content: 'b' })],
  ['must be non-empty', messages(user([text('')]))],
  ['non-whitespace', messages(user([text(' \n')]))],
  ['all messages must have non-empty content', messages(user(''))],
  ['`image` blocks can only be in `user`', messages(user('a'), assistant({ type: 'image', source: { type: 'url', url: 'https://x.y' } }), user('b'))],
  ['media_type', messages(user([{ type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: 'Qk0=' } }]))],
  ['appears to be a image/png', messages(user([{ type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'iVBORw0K' } }]))],
  ['Could not process image', messages(user([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }]))],
  ["'future' found using 'type'", messages(user([{ type: 'future' }]))],
  ['String should match pattern', messages(user('a'), assistant(call('a:b')), user([result('a:b')]))],
  ['without `tool_result` blocks', messages(user('a'), assistant(call('1')), user('b'))],
  ['unexpected `tool_use_id`', messages(user([result('1')]))],
  ['unexpected `tool_use_id`', messages(user('a'), assistant(call('1')), user([result('1'), result('1')]))],
  ['must come first', messages(user('a'), assistant(call('1')), user([text('b'), result('1')]))],
  ['ids must be unique', messages(user('a'), assistant(call('1')), user([result('1')]), assistant(call('1')), user([result('1')]))],
  [
    'all content must be type "text"',
    messages(
      user('a'),
      assistant(call('1')),
      user([result('1', { is_error: true, content: [{ type: 'image', source: { type: 'url', url: 'https://x.y' } }] })]),
    ),
  ],
  ['Invalid `signature`', messages(user('a'), assistant(thinking('Hm.', new Signatures('elsewhere').mint('Hm.')), text('b')), user('c'))],
  ['cannot be `thinking`', messages(user('a'), assistant(text('b'), thinking('Hm.', seals.mint('Hm.'))))],
  ['trailing whitespace', messages(user('a'), assistant(text('b ')))],
  ['does not support assistant message prefill', { model: 'claude-opus-4-6', ...messages(user('a'), assistant(text('b'))) }],
  ['Expected `thinking`', { thinking: { type: 'enabled', budget_tokens: 1024 }, ...messages(user('a'), assistant(call('1')), user([result('1')])) }],
  ['names must be unique', { tools: [tool(), tool()] }],
  ['custom.name', { tools: [tool({ name: 'a.b' })] }],
  ["input_schema.type: Input should be 'object'", { tools: [tool({ input_schema: {} })] }],
  ['does not support oneOf', { tools: [tool({ input_schema: { type: 'object', oneOf: [] } })] }],
  ['while providing tools', { tool_choice: { type: 'auto' } }],
  ["'write' not found", { tools: [tool()], tool_choice: { type: 'tool', name: 'write' } }],
  ['maximum of 4 blocks', messages(user([1, 2, 3, 4, 5].map(each => text(`${each}`, mark))))],
  ["ttl='1h'", { system: [text('a', mark)], ...messages(user([text('b', hour)])) }],
  ['thinking.type: `adaptive`', { thinking: { type: 'adaptive' } }],
  ['thinking.type: `enabled`', { model: 'claude-opus-4-7', thinking: { type: 'enabled', budget_tokens: 1024 } }],
  ['greater than or equal to 1024', { thinking: { type: 'enabled', budget_tokens: 1000 } }],
  ['must be greater than `thinking.budget_tokens`', { thinking: { type: 'enabled', budget_tokens: 4000 } }],
  ['forces tool use', { tools: [tool()], tool_choice: { type: 'any' }, thinking: { type: 'enabled', budget_tokens: 1024 } }],
  ['only be set to 1', { temperature: 0.5, thinking: { type: 'enabled', budget_tokens: 1024 } }],
  ['cannot both be specified', { temperature: 0.5, top_p: 0.5 }],
  ['temperature: Input should be between', { temperature: 1.5 }],
  ['not supported by this model', { model: 'claude-opus-4-7', temperature: 0.5 }],
  ['effort', { output_config: { effort: 'low' } }],
  ['non-whitespace', { stop_sequences: ['\n'] }],
]

describe('the strict Messages API', () => {
  for (const [what, body] of TAKEN) it(`takes ${what}`, () => expect(complaint(body)).to.equal(undefined))
  for (const [words, body] of REFUSED) it(`refuses with "${words}"`, () => expect(complaint(body)).to.contain(words))
  it('takes fields of a beta with its flag', () => expect(complaint({ context_management: {} }, ['context-management-2025-06-27'])).to.equal(undefined))
})
