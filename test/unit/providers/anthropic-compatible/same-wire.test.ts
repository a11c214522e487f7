import { expect } from 'chai'
import type { ChatRequest } from '../../../../core/index.ts'
import { complaintOf, passedOn } from '../../../support/anthropic-request.ts'

const BODY = {
  model: 'asked-model',
  max_tokens: 5000,
  system: [{ type: 'text', text: 'Be short.', cache_control: { type: 'ephemeral' }, future: 1 }],
  messages: [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'EqQB' },
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
        { type: 'text', text: 'Yes', citations: [] },
      ],
      future: true,
    },
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' }, note: 'x' },
        { type: 'text', text: 'This?', note: 'y' },
      ],
    },
    { role: 'system', content: 'Be brave.' },
  ],
  tools: [
    { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
    { name: 'a.b', input_schema: { type: 'object', anyOf: [] }, strict: true },
  ],
  metadata: { user_id: 'user_1' },
  thinking: { type: 'enabled', budget_tokens: 2000 },
  output_config: { task_budget: { type: 'tokens', total: 9 } },
  context_management: { edits: [] },
  future_field: { deep: [1, null] },
  stream: true,
}
const SENT = { ...BODY, model: 'claude-sonnet-4-5-20250929' }

describe('a request that came in the Messages API’s own words', () => {
  it('goes on as it is, with the model’s own name', () => {
    expect(passedOn(BODY)).to.deep.equal({ body: SENT, rules: [] })
  })

  it('goes on as it is with blocks that the hub would repair: its client knows the API', () => {
    const body = { model: 'm', max_tokens: 5, messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'x', name: 'y', input: {} }] }] }
    expect(passedOn(body).body).to.deep.equal({ ...body, model: 'claude-sonnet-4-5-20250929' })
    expect(complaintOf(JSON.stringify(passedOn(body).body))).to.equal('messages: first message must use the "user" role')
  })

  it('goes on with tools that have no name because they stand for many', () => {
    const tools = [{ type: 'mcp_toolset', mcp_server_name: 'files' }]
    expect(passedOn({ ...BODY, tools }).body.tools).to.deep.equal(tools)
  })

  it('gets the limit that the API insists on', () => {
    const { max_tokens: _limit, ...body } = BODY
    expect(passedOn(body).body.max_tokens).to.equal(64_000)
  })

  it('says anew what a plugin changed, and nothing else', () => {
    const change = (request: ChatRequest): ChatRequest => ({ ...request, stop: ['END'], maxTokens: 7000 })
    expect(passedOn(BODY, {}, change).body).to.deep.equal({ ...SENT, stop_sequences: ['END'], max_tokens: 7000 })
  })

  it('says one changed block anew and leaves its neighbours as they are', () => {
    const change = (request: ChatRequest): ChatRequest => ({
      ...request,
      messages: request.messages.map(message => ({
        ...message,
        parts: message.parts.map(part => (part.type === 'image' ? { type: 'text', text: '(an image)' } : part)),
      })),
    })
    const { messages } = passedOn(BODY, {}, change).body
    expect(messages[2]).to.deep.equal({
      role: 'user',
      content: [
        { type: 'text', text: '(an image)' },
        { type: 'text', text: 'This?', note: 'y' },
      ],
    })
    expect(messages[1].content).to.deep.equal(BODY.messages[1]?.content)
  })

  it('keeps unknown wishes for the answer when its effort is changed', () => {
    const { body } = passedOn({ ...BODY, thinking: undefined }, { model: 'claude-opus-4-7' }, request => ({
      ...request,
      reasoning: { mode: 'adaptive', effort: 'low' },
    }))
    expect(body.output_config).to.deep.equal({ task_budget: { type: 'tokens', total: 9 }, effort: 'low' })
    expect(body.thinking).to.deep.equal({ type: 'adaptive', display: 'summarized' })
  })

  it('leaves out reasoning that the vendor’s own host cannot have signed', () => {
    const messages = [
      { role: 'user', content: 'Go' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'a', signature: '' },
          { type: 'text', text: 'A' },
        ],
      },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'b', signature: 'not.base64' }] },
      { role: 'user', content: 'On' },
    ]
    const official = passedOn({ ...BODY, messages })
    expect(official.body.messages.map((message: any) => message.content.length)).to.deep.equal([2, 1, 2])
    expect(official.rules).to.deep.equal(['reasoning-replay'])
    expect(passedOn({ ...BODY, messages }, { official: false }).body.messages).to.deep.equal(messages)
  })

  it('is sent without reasoning once its signatures were refused, and then cannot go on reasoning in a tool loop', () => {
    const messages = [
      { role: 'user', content: 'Go' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'a', signature: 'EqQB' },
          { type: 'tool_use', id: 'x', name: 'a', input: {} },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: 'ok' }] },
    ]
    const { body, rules } = passedOn({ ...BODY, messages }, { official: false, remedies: new Set(['drop-signatures']) })
    expect(body.messages[1].content).to.deep.equal([{ type: 'tool_use', id: 'x', name: 'a', input: {} }])
    expect(body).not.to.have.property('thinking')
    expect(rules).to.deep.equal(['reasoning-replay', 'thinking-and-tools'])
  })

  it('is asked to think in the way of the model that stands in for the one it meant', () => {
    const style = (model: string, thinking: unknown, more = {}) => passedOn({ ...BODY, output_config: undefined, thinking, ...more }, { model }).body
    expect(style('claude-opus-4-7', { type: 'enabled', budget_tokens: 2000 })).to.deep.include({
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'medium' },
    })
    expect(style('claude-sonnet-4-5-20250929', { type: 'adaptive' }, { output_config: { effort: 'low', task_budget: 1 } })).to.deep.include({
      thinking: { type: 'enabled', budget_tokens: 1024 },
      output_config: { task_budget: 1 },
    })
    expect(style('claude-fable-5', { type: 'disabled' })).not.to.have.property('thinking')
    expect(style('glm-5', { type: 'adaptive' }).thinking).to.deep.equal({ type: 'adaptive' })
    expect(style('claude-sonnet-5', { type: 'disabled' }).thinking).to.deep.equal({ type: 'disabled' })
  })
})
