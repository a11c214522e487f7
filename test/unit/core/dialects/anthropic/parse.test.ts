import { expect } from 'chai'
import { anthropic } from '../../../../../core/dialects/anthropic/index.ts'
import type { ChatRequest, ParseContext } from '../../../../../core/index.ts'

const context = (headers: Record<string, string> = {}): ParseContext => ({ headers, params: {}, query: new URLSearchParams() })
const parse = (body: unknown, headers?: Record<string, string>): ChatRequest => (anthropic.chat as NonNullable<typeof anthropic.chat>).parse(body, context(headers))
const body = (changes: object = {}) => ({ model: 'claude-x', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], ...changes })
const block = (content: object, role = 'user') => parse(body({ messages: [{ role, content: [content] }] })).messages[0]?.parts[0]

/** As the command-line client sends it (`providers.md` §10.1), with every member that it may carry. */
const REAL = {
  model: 'claude-sonnet-4-5-20250929',
  max_tokens: 32_000,
  stream: true,
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.154; cc_entrypoint=cli; cch=00000;' },
    { type: 'text', text: 'You are a coding agent.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ],
  messages: [
    { role: 'user', content: [{ type: 'text', text: '<system-reminder>be brief</system-reminder>' }, { type: 'text', text: 'Read a file', cache_control: { type: 'ephemeral' } }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'I should read it.', signature: 'EqQBCkgI' },
        { type: 'redacted_thinking', data: 'ZW5jcnlwdGVk' },
        { type: 'text', text: 'Reading.' },
        { type: 'tool_use', id: 'toolu_01', name: 'Read', input: { path: '/a' }, caller: { type: 'direct' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_01',
          content: [{ type: 'text', text: 'line 1' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aWNv' } }, { type: 'tool_reference', tool_name: 'Edit' }],
          is_error: false,
          cache_control: { type: 'ephemeral' },
        },
      ],
    },
    { role: 'system', content: 'The user opened another file.' },
    { role: 'user', content: 'Go on' },
  ],
  tools: [
    { name: 'Read', description: 'd'.repeat(64_000), input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] }, strict: true, eager_input_streaming: true },
    { name: 'mcp__jira__search', description: 'search', input_schema: { type: 'object' }, defer_loading: true, input_examples: [{ q: 'x' }], allowed_callers: ['direct'], cache_control: { type: 'ephemeral' } },
    { type: 'custom', name: 'Edit', input_schema: { type: 'object' } },
    { type: 'web_search_20250305', name: 'web_search', max_uses: 8 },
  ],
  thinking: { type: 'adaptive', display: 'summarized' },
  output_config: { effort: 'xhigh', task_budget: 10_000 },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  metadata: { user_id: `user_${'0'.repeat(64)}_account_11111111-2222-3333-4444-555555555555_session_aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee` },
  service_tier: 'auto',
  speed: 'fast',
  diagnostics: { previous_message_id: 'msg_1' },
}

describe('parsing an Anthropic request', () => {
  it('takes what the command-line client sends, and loses nothing', () => {
    const request = parse(REAL)
    expect(request).to.deep.include({ model: 'claude-sonnet-4-5-20250929', maxTokens: 32_000, stream: true, stop: [], session: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' })
    expect(request.system).to.deep.equal([
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.154; cc_entrypoint=cli; cch=00000;' },
      { type: 'text', text: 'You are a coding agent.', cache: { ttl: '1h' } },
    ])
    expect(request.messages.map(({ role }) => role)).to.deep.equal(['user', 'assistant', 'user', 'system', 'user'])
    expect(request.messages[0]?.parts[1]).to.deep.equal({ type: 'text', text: 'Read a file', cache: {} })
    expect(request.messages[1]?.parts).to.deep.equal([
      { type: 'reasoning', text: 'I should read it.', signature: 'EqQBCkgI' },
      { type: 'reasoning', text: '', redacted: 'ZW5jcnlwdGVk' },
      { type: 'text', text: 'Reading.' },
      { type: 'tool-call', id: 'toolu_01', name: 'Read', input: { path: '/a' } },
    ])
    expect(request.messages[2]?.parts).to.deep.equal([
      {
        type: 'tool-result',
        id: 'toolu_01',
        content: [
          { type: 'text', text: 'line 1' },
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aWNv' } },
          { type: 'text', text: '{"type":"tool_reference","tool_name":"Edit"}' },
        ],
        isError: false,
        cache: {},
      },
    ])
    expect(request.messages[3]?.parts).to.deep.equal([{ type: 'text', text: 'The user opened another file.' }])
    expect(request.tools.map(({ name, hosted, cache }) => ({ name, hosted, cache }))).to.deep.equal([
      { name: 'Read', hosted: undefined, cache: undefined },
      { name: 'mcp__jira__search', hosted: undefined, cache: {} },
      { name: 'Edit', hosted: undefined, cache: undefined },
      { name: 'web_search', hosted: 'web_search_20250305', cache: undefined },
    ])
    expect(request.tools[0]?.description).to.have.length(64_000)
    expect(request.tools[0]?.schema).to.deep.equal(REAL.tools[0]?.input_schema)
    expect(request.reasoning).to.deep.equal({ mode: 'adaptive', effort: 'xhigh', display: 'summarized' })
    expect(request.original?.body, 'what only this dialect knows stays as it was sent').to.equal(REAL)
  })

  it('takes the smallest body, and the quota probe', () => {
    expect(parse({ model: 'm', messages: [{ role: 'user', content: 'x' }] })).to.deep.include({ model: 'm', stream: false, tools: [], system: [] })
    expect(parse({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'quota' }] }).maxTokens).to.equal(1)
  })

  it('takes null for everything that may be left out', () => {
    const nulls = { system: null, stop_sequences: null, stream: null, temperature: null, top_p: null, top_k: null, tools: null, tool_choice: null, thinking: null, output_config: null, metadata: null }
    expect(parse(body(nulls)).original?.read).to.deep.equal(parse(body()).original?.read)
  })

  describe('the session', () => {
    const uuid = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee'
    const user = (user_id: unknown) => parse(body({ metadata: { user_id } })).session
    it('is read from both forms of the user id', () => {
      expect(user(`user_abc_account__session_${uuid}`)).to.equal(uuid)
      expect(user(JSON.stringify({ device_id: 'd', account_uuid: 'a', session_id: uuid }))).to.equal(uuid)
    })
    it('is read from the header first', () => {
      expect(parse(body({ metadata: { user_id: `user_a_session_${uuid}` } }), { 'x-claude-code-session-id': 'from-header' }).session).to.equal('from-header')
    })
    for (const [what, id] of [
      ['a plain name', 'somebody'],
      ['JSON without a session', '{"device_id":"d"}'],
      ['JSON that is broken', '{"session_id":'],
      ['JSON with a number', '{"session_id":5}'],
      ['JSON with something else than a name', `{"session_id":"${'x'.repeat(500)}"}`],
      ['JSON that is null', 'null'],
      ['nothing', null],
    ] as const) {
      it(`is absent for ${what}`, () => {
        expect(user(id)).to.equal(undefined)
        expect(parse(body(), { 'x-claude-code-session-id': 'a b\u0000' }).session).to.equal(undefined)
      })
    }
  })

  describe('media', () => {
    it('take every kind of source', () => {
      expect(block({ type: 'image', source: { type: 'url', url: 'https://a.test/x.png' } })).to.deep.equal({ type: 'image', source: { kind: 'url', url: 'https://a.test/x.png' } })
      expect(block({ type: 'image', source: { type: 'file', file_id: 'file_1' } })).to.deep.equal({ type: 'image', source: { kind: 'file', id: 'file_1' } })
      expect(block({ type: 'document', title: 'T', context: 'c', citations: { enabled: true }, source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } })).to.deep.equal({
        type: 'document',
        title: 'T',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
      })
      expect(block({ type: 'document', title: null, source: { type: 'text', media_type: 'text/plain', data: 'plain' } })).to.deep.equal({ type: 'document', source: { kind: 'text', text: 'plain' } })
      expect(block({ type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }] } })).to.deep.equal({ type: 'document', source: { kind: 'text', text: 'a\nb' } })
      expect(block({ type: 'document', source: { type: 'content', content: 'one' } })).to.deep.equal({ type: 'document', source: { kind: 'text', text: 'one' } })
    })
  })

  it('keeps a block that it has no word for as it is', () => {
    const found = { type: 'search_result', source: 'x', title: 't', content: [{ type: 'text', text: 'y' }] }
    expect(block(found)).to.deep.equal({ type: 'foreign', wire: 'anthropic', kind: 'search_result', value: found })
  })

  it('takes tool results of every form', () => {
    const result = (content: unknown) => block({ type: 'tool_result', tool_use_id: 't', ...(content === undefined ? {} : { content }) })
    expect(result('text')).to.deep.include({ content: [{ type: 'text', text: 'text' }] })
    expect(result(undefined)).to.deep.include({ content: [], isError: false })
    expect(result(null)).to.deep.include({ content: [] })
    expect(block({ type: 'tool_result', tool_use_id: 't', is_error: true })).to.deep.include({ isError: true })
  })

  for (const [choice, expected] of [
    [{ type: 'auto' }, { mode: 'auto' }],
    [{ type: 'any' }, { mode: 'required' }],
    [{ type: 'none' }, { mode: 'none' }],
    [{ type: 'tool', name: 'Read' }, { mode: 'tool', name: 'Read' }],
  ] as const) {
    it(`reads the tool choice ${choice.type}`, () => {
      expect(parse(body({ tool_choice: choice })).toolChoice).to.deep.equal(expected)
    })
  }

  it('reads that tools may not be called in parallel', () => {
    expect(parse(body({ tool_choice: { type: 'auto', disable_parallel_tool_use: true } })).parallelToolCalls).to.equal(false)
    expect(parse(body({ tool_choice: { type: 'auto', disable_parallel_tool_use: false } }))).to.not.have.property('parallelToolCalls')
    expect(parse(body({ tool_choice: { type: 'auto', disable_parallel_tool_use: null } }))).to.not.have.property('parallelToolCalls')
  })

  for (const [thinking, output_config, expected] of [
    [{ type: 'enabled', budget_tokens: 4096 }, undefined, { mode: 'on', budgetTokens: 4096 }],
    [{ type: 'enabled', budget_tokens: 4096, display: 'omitted' }, undefined, { mode: 'on', budgetTokens: 4096, display: 'omitted' }],
    [{ type: 'disabled' }, { effort: 'high' }, { mode: 'off' }],
    [{ type: 'adaptive' }, { effort: 'max' }, { mode: 'adaptive', effort: 'max' }],
    [undefined, { effort: 'low' }, { mode: 'adaptive', effort: 'low' }],
    [undefined, { effort: 'unheard-of' }, undefined],
    [undefined, { effort: null }, undefined],
    [undefined, undefined, undefined],
  ] as const) {
    it(`reads the reasoning of thinking ${JSON.stringify(thinking)} and effort ${JSON.stringify(output_config)}`, () => {
      expect(parse(body({ ...(thinking ? { thinking } : {}), ...(output_config ? { output_config } : {}) })).reasoning).to.deep.equal(expected)
    })
  }

  it('reads sampling settings, stop sequences and the format of the answer', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } }
    expect(parse(body({ temperature: 0, top_p: 0.5, top_k: 3, stop_sequences: ['END'], output_config: { format: { type: 'json_schema', schema } } }))).to.deep.include({
      temperature: 0,
      topP: 0.5,
      topK: 3,
      stop: ['END'],
      responseFormat: { type: 'json-schema', schema },
    })
  })
})
