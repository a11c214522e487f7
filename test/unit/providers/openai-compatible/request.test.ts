import { expect } from 'chai'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import type { ChatRequest, Reasoning } from '../../../../core/index.ts'
import { PLAIN, type Quirks } from '../../../../providers/openai-compatible/quirks.ts'
import { carryDetail } from '../../../../providers/openai-compatible/reasoning-details.ts'
import { buildChatRequest } from '../../../../providers/openai-compatible/request.ts'
import { VENDORS } from '../../../../providers/openai-compatible/vendors.ts'
import { chatRequest } from '../../../support/calls.ts'

type Body = Record<string, unknown>
const text = (value: string) => ({ type: 'text', text: value }) as const
const user = (value: string) => ({ role: 'user', parts: [text(value)] }) as const
const PNG = 'iVBORw0KGgoAAAANSUhEUg=='

function build(
  changes: Partial<ChatRequest>,
  quirks: Partial<Quirks> = {},
  remedies: readonly string[] = [],
): { readonly body: Body; readonly rules: readonly string[] } {
  const built = buildChatRequest(chatRequest(changes), { model: 'm', quirks: { ...PLAIN, ...quirks }, remedies: new Set(remedies) })
  return { body: JSON.parse(built.body) as Body, rules: built.warnings.map(({ rule }) => rule) }
}
const parse = (body: object) =>
  openaiChat.chat?.parse(
    { model: 'asked', messages: [{ role: 'user', content: 'Hi' }], ...body },
    { headers: {}, params: {}, query: new URLSearchParams() },
  ) as ChatRequest

describe('a request of another API for an OpenAI-compatible upstream', () => {
  it('says everything that the hub knows in these words', () => {
    const { body, rules } = build({
      system: [text('x-anthropic-billing-header: cc_version=1;\nBe short.')],
      messages: [
        { role: 'user', parts: [text('Look'), { type: 'image', source: { kind: 'base64', mediaType: 'image/jpg', data: PNG } }] },
        { role: 'assistant', parts: [text('I look.'), { type: 'tool-call', id: 'c1', name: 'read', input: { path: 'a' } }] },
        { role: 'user', parts: [{ type: 'tool-result', id: 'c1', isError: false, content: [text('done')] }, text('And now?')] },
      ],
      tools: [{ name: 'read', description: 'Reads', schema: { type: 'object', properties: { path: { type: 'string' } } } }],
      toolChoice: { mode: 'tool', name: 'read' },
      parallelToolCalls: false,
      ...{ maxTokens: 9, temperature: 0.5, topP: 0.9, stop: ['END'], stream: false },
      responseFormat: { type: 'json-schema', name: 'my form', schema: { type: 'object' } },
    })
    expect(rules).to.deep.equal([])
    expect(body).to.deep.equal({
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ],
        },
        { role: 'assistant', content: 'I look.', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } }] },
        { role: 'tool', tool_call_id: 'c1', content: 'done' },
        { role: 'user', content: 'And now?' },
      ],
      tools: [{ type: 'function', function: { name: 'read', description: 'Reads', parameters: { type: 'object', properties: { path: { type: 'string' } } } } }],
      tool_choice: { type: 'function', function: { name: 'read' } },
      parallel_tool_calls: false,
      ...{ max_tokens: 9, temperature: 0.5, top_p: 0.9, stop: ['END'] },
      response_format: { type: 'json_schema', json_schema: { name: 'my_form', schema: { type: 'object' } } },
      ...{ model: 'm', stream: false },
    })
  })

  it('moves what a tool shows into a message of the user, and says that a tool failed', () => {
    const { body, rules } = build({
      messages: [
        { role: 'assistant', parts: [{ type: 'tool-call', id: 'c1', name: 'shot', input: {} }] },
        {
          role: 'user',
          parts: [
            {
              type: 'tool-result',
              id: 'c1',
              isError: true,
              content: [text('partly'), { type: 'image', source: { kind: 'base64', mediaType: '', data: PNG } }],
            },
          ],
        },
      ],
    })
    expect((body['messages'] as Body[]).slice(1)).to.deep.equal([
      { role: 'tool', tool_call_id: 'c1', content: 'Error: partly' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }] },
    ])
    expect(rules).to.deep.equal(['tool-result-media', 'tool-error'])
  })

  it('keeps an instruction between a call and its result from tearing them apart', () => {
    const { body } = build({
      messages: [
        { role: 'assistant', parts: [{ type: 'tool-call', id: 'c1', name: 'f', input: {} }] },
        { role: 'system', parts: [text('Hurry.')] },
        { role: 'user', parts: [{ type: 'tool-result', id: 'c1', isError: false, content: [text('x')] }] },
      ],
    })
    expect((body['messages'] as Body[]).map(({ role }) => role)).to.deep.equal(['assistant', 'tool', 'system'])
  })

  const REASONING: readonly (readonly [quirk: Quirks['reasoning'], asked: Reasoning, fields: object, rules?: readonly string[]])[] = [
    ['reasoning_effort', { mode: 'adaptive' }, {}],
    ['reasoning_effort', { mode: 'adaptive', effort: 'low' }, { reasoning_effort: 'low' }],
    ['reasoning_effort', { mode: 'on', budgetTokens: 8_192 }, { reasoning_effort: 'medium' }],
    ['reasoning_effort', { mode: 'on', effort: 'max' }, { reasoning_effort: 'high' }, ['reasoning-effort']],
    ['reasoning_effort', { mode: 'off' }, {}, ['reasoning-off']],
    ['thinking', { mode: 'adaptive' }, { thinking: { type: 'enabled' } }],
    ['thinking', { mode: 'off' }, { thinking: { type: 'disabled' } }],
    ['enable_thinking', { mode: 'on', budgetTokens: 500 }, { enable_thinking: true, thinking_budget: 500 }],
    ['enable_thinking', { mode: 'off' }, { enable_thinking: false }],
    ['reasoning', { mode: 'on', budgetTokens: 500 }, { reasoning: { max_tokens: 500 } }],
    ['reasoning', { mode: 'adaptive' }, { reasoning: { enabled: true } }],
    ['reasoning', { mode: 'off' }, { reasoning: { enabled: false } }],
    ['none', { mode: 'on', effort: 'high' }, {}, ['reasoning-effort']],
  ]
  for (const [quirk, asked, fields, rules = []] of REASONING) {
    it(`asks for ${JSON.stringify(asked)} by ${quirk}`, () => {
      const plain = build({}).body
      const { body, rules: told } = build({ reasoning: asked }, { reasoning: quirk })
      expect(body).to.deep.equal({ ...plain, ...fields })
      expect(told).to.deep.equal(rules)
    })
  }

  it('leaves the reasoning fields out after the model refused them', () => {
    expect(build({ reasoning: { mode: 'on', effort: 'low' } }, {}, ['drop-model-fields']).body).not.to.have.property('reasoning_effort')
  })

  it('sends earlier reasoning back as each upstream wants it, and only what came from there', () => {
    const signed = carryDetail({ type: 'reasoning.text', text: '', signature: 'c2ln', format: 'f', index: 0 })?.signature ?? ''
    const thought = (signature?: string) => ({ type: 'reasoning', text: 'Hm.', ...(signature === undefined ? {} : { signature }) }) as const
    const messages: ChatRequest['messages'] = [
      user('A'),
      { role: 'assistant', parts: [thought('foreign'), text('B')] },
      user('C'),
      { role: 'assistant', parts: [thought(signed), { type: 'tool-call', id: 'c1', name: 'f', input: {} }] },
      { role: 'user', parts: [{ type: 'tool-result', id: 'c1', isError: false, content: [text('x')] }] },
    ]
    const assistants = (quirk: Quirks['reasoningHistory']) =>
      (build({ messages }, { reasoningHistory: quirk }).body['messages'] as Body[]).filter(({ role }) => role === 'assistant')
    expect(assistants('none').map(message => Object.keys(message).filter(key => key.startsWith('reasoning')))).to.deep.equal([[], []])
    expect(assistants('reasoning_content').map(message => message['reasoning_content'])).to.deep.equal(['', 'Hm.'])
    expect(assistants('reasoning_details').map(message => message['reasoning_details'])).to.deep.equal([
      undefined,
      [{ type: 'reasoning.text', signature: 'c2ln', format: 'f', index: 0, text: 'Hm.' }],
    ])
    expect(build({ messages }, { reasoningHistory: 'reasoning_details' }).rules).to.deep.equal(['reasoning-history'])
  })
})

describe('a request in these words for an OpenAI-compatible upstream', () => {
  const send = (body: object, quirks: Partial<Quirks> = {}, change: Partial<ChatRequest> = {}) => {
    const built = buildChatRequest({ ...parse(body), ...change }, { model: 'm', quirks: { ...PLAIN, ...quirks }, remedies: new Set() })
    return { ...built, body: JSON.parse(built.body) as Body, rules: built.warnings.map(({ rule }) => rule) }
  }

  it('names the limit of the answer as this upstream does', () => {
    expect(send({ max_completion_tokens: 5 }, VENDORS.vllm.quirks).body)
      .to.include({ max_tokens: 5 })
      .and.not.to.have.property('max_completion_tokens')
    expect(send({ max_tokens: 5 }, VENDORS.openai.quirks).body)
      .to.include({ max_completion_tokens: 5 })
      .and.not.to.have.property('max_tokens')
    expect(send({ max_tokens: 5 }).body).to.include({ max_tokens: 5 })
  })

  it('has its developers go as system where there are none, and says so', () => {
    const messages = [
      { role: 'developer', content: 'Be short.', name: 'kept' },
      { role: 'user', content: 'Hi' },
    ]
    const { body, rules } = send({ messages }, VENDORS.deepseek.quirks)
    expect(body['messages']).to.deep.equal([
      { role: 'system', content: 'Be short.', name: 'kept' },
      { role: 'user', content: 'Hi' },
    ])
    expect(rules).to.deep.equal(['developer-role'])
    expect(send({ messages }).body['messages']).to.deep.equal(messages)
  })

  it('gets the key that DeepSeek wants beside calls, where its client took it out', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'x' },
    ]
    expect((send({ messages }, VENDORS.deepseek.quirks).body['messages'] as Body[])[1]).to.have.property('reasoning_content', '')
  })

  it('loses the fields that the configuration says are refused, and says so', () => {
    const { body, rules } = send({ store: true, metadata: {} }, { leaveOut: ['store', 'absent'] })
    expect(body).not.to.have.property('store')
    expect(body).to.have.property('metadata')
    expect(rules).to.deep.equal(['left-out-fields'])
  })

  it('asks for the counts of a stream always, and knows whether the client did', () => {
    expect(send({ stream: true }).body['stream_options']).to.deep.equal({ include_usage: true })
    expect(send({ stream: true }).wantsUsage).to.equal(false)
    expect(send({ stream: true, stream_options: { include_usage: true, include_obfuscation: false } })).to.deep.include({ wantsUsage: true })
    expect(send({ stream: true, stream_options: { include_usage: true, include_obfuscation: false } }).body['stream_options']).to.deep.equal({
      include_usage: true,
      include_obfuscation: false,
    })
    expect(send({ stream: true }, { streamUsage: false }).body).not.to.have.property('stream_options')
    expect(send({ stream: false, stream_options: { include_usage: true } }).body).not.to.have.property('stream_options')
  })

  it('has said anew what a plugin changed, and everything else as it was', () => {
    const given = { temperature: 0.25, logit_bias: { 5: 1 }, tools: [{ type: 'function', function: { name: 'f', strict: true } }], reasoning_effort: 'low' }
    const { body } = send(given, {}, { messages: [user('Changed')], reasoning: { mode: 'on', effort: 'high' } })
    expect(body).to.deep.equal({ ...given, messages: [{ role: 'user', content: 'Changed' }], reasoning_effort: 'high', model: 'm' })
  })
})
