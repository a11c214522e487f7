import { expect } from 'chai'
import { openaiChat } from '../../../../../core/dialects/openai-chat/index.ts'
import type { ChatRequest } from '../../../../../core/index.ts'

function parse(body: object, headers: Readonly<Record<string, string>> = {}): ChatRequest {
  const whole = { model: 'claude-sonnet-4.5', messages: [{ role: 'user', content: 'Hello' }], ...body }
  return openaiChat.chat?.parse(whole, { headers, params: {}, query: new URLSearchParams() }) as ChatRequest
}

describe('reading of chat completions', () => {
  describe('tools', () => {
    const schema = { type: 'object', properties: { path: { type: 'string' } } }
    const f = (name: string) => ({ type: 'function', function: { name, description: 'reads', parameters: schema, strict: true } })
    const tool = (name: string) => ({ name, description: 'reads', schema })

    for (const [shape, given, read] of [
      ['of Chat', f('read'), tool('read')],
      ['without schema and description', { type: 'function', function: { name: 'now' } }, { name: 'now', description: '', schema: {} }],
      ['of the Responses API', { type: 'function', name: 'read', description: 'reads', parameters: schema }, tool('read')],
      ["of Anthropic's API", { name: 'read', description: 'reads', input_schema: schema }, tool('read')],
      ["of Anthropic's API, typed", { type: 'custom', name: 'read', description: 'reads', input_schema: schema }, tool('read')],
      [
        'that take free text',
        { type: 'custom', custom: { name: 'patch', format: { type: 'text' } } },
        { name: 'patch', description: '', schema: {}, hosted: 'custom' },
      ],
      ['that take free text, flat', { type: 'custom', name: 'patch' }, { name: 'patch', description: '', schema: {}, hosted: 'custom' }],
      ['that their vendor runs', { type: 'web_search' }, { name: 'web_search', description: '', schema: {}, hosted: 'web_search' }],
    ] as const) {
      it(`${shape} are read`, () => expect(parse({ tools: [given] }).tools).to.deep.equal([read]))
    }

    for (const [choice, read] of [
      ['auto', { mode: 'auto' }],
      ['none', { mode: 'none' }],
      ['required', { mode: 'required' }],
      ['any', { mode: 'required' }],
      [
        { type: 'function', function: { name: 'read' } },
        { mode: 'tool', name: 'read' },
      ],
      [
        { type: 'function', name: 'read' },
        { mode: 'tool', name: 'read' },
      ],
      [
        { type: 'custom', custom: { name: 'patch' } },
        { mode: 'tool', name: 'patch' },
      ],
      [
        { type: 'tool', name: 'read' },
        { mode: 'tool', name: 'read' },
      ],
      [{ type: 'auto' }, { mode: 'auto' }],
      [{ type: 'any' }, { mode: 'required' }],
      [null, undefined],
    ] as const) {
      it(`are chosen by ${JSON.stringify(choice)}`, () => expect(parse({ tools: [f('read')], tool_choice: choice }).toolChoice).to.deep.equal(read))
    }

    it('are narrowed to the allowed ones', () => {
      const choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'write' } }] } }
      const { tools, toolChoice } = parse({ tools: [f('read'), f('write')], tool_choice: choice })
      expect(tools).to.deep.equal([tool('write')])
      expect(toolChoice).to.deep.equal({ mode: 'required' })
    })

    it('may be called one at a time', () => {
      expect(parse({ parallel_tool_calls: false }).parallelToolCalls).to.equal(false)
      expect(parse({ parallel_tool_calls: null })).not.to.have.property('parallelToolCalls')
    })
  })

  describe('settings', () => {
    for (const [body, read] of [
      [{ max_tokens: 5 }, { maxTokens: 5 }],
      [{ max_tokens: 5, max_completion_tokens: 7 }, { maxTokens: 7 }],
      [{ max_tokens: 5, max_completion_tokens: null }, { maxTokens: 5 }],
      [{ stop: 'END' }, { stop: ['END'] }],
      [{ stop: ['a', 'b', 'c', 'd'] }, { stop: ['a', 'b', 'c', 'd'] }],
      [{ stop: ['', 'x'] }, { stop: ['x'] }],
      [
        { temperature: 2, top_p: 0.5, top_k: 40 },
        { temperature: 2, topP: 0.5, topK: 40 },
      ],
      [{ stream: true }, { stream: true }],
      [{ reasoning_effort: 'none' }, { reasoning: { mode: 'off' } }],
      [{ reasoning_effort: 'minimal' }, { reasoning: { mode: 'adaptive', effort: 'minimal' } }],
      [{ reasoning_effort: 'xhigh', reasoning: { effort: 'low' } }, { reasoning: { mode: 'adaptive', effort: 'xhigh' } }],
      [{ reasoning: { effort: 'low', summary: 'auto' } }, { reasoning: { mode: 'adaptive', effort: 'low' } }],
      [{ reasoning: { max_tokens: 2000, exclude: true } }, { reasoning: { mode: 'on', budgetTokens: 2000, display: 'omitted' } }],
      [{ reasoning: { enabled: true } }, { reasoning: { mode: 'adaptive' } }],
      [{ reasoning: { enabled: false } }, { reasoning: { mode: 'off' } }],
      [{ thinking: { type: 'enabled', budget_tokens: 10_000 } }, { reasoning: { mode: 'on', budgetTokens: 10_000 } }],
      [{ thinking: { type: 'disabled' } }, { reasoning: { mode: 'off' } }],
      [{ response_format: { type: 'json_object' } }, { responseFormat: { type: 'json' } }],
      [
        { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } } },
        { responseFormat: { type: 'json-schema', name: 'n', schema: { type: 'object' } } },
      ],
      [{ prompt_cache_key: 'conv-1' }, { session: 'conv-1' }],
    ] as const) {
      it(`${JSON.stringify(body)} are read`, () => expect(parse(body)).to.deep.include(read))
    }

    it('that are null or neutral ask for nothing', () => {
      const nothing = {
        max_tokens: null,
        stop: null,
        temperature: null,
        top_p: null,
        top_k: -1,
        tools: null,
        tool_choice: null,
        reasoning_effort: null,
        response_format: { type: 'text' },
        n: 1,
        logprobs: false,
        audio: null,
        modalities: ['text'],
        functions: [],
        stream_options: null,
        metadata: null,
      }
      expect(parse(nothing).original?.read).to.deep.equal(parse({}).original?.read)
      expect(parse(nothing).original?.needs).to.deep.equal([])
    })

    it('tell the conversation by header first', () => {
      expect(parse({ prompt_cache_key: 'key' }, { 'x-session-id': 'head' }).session).to.equal('head')
      expect(parse({ prompt_cache_key: 'key' }, { session_id: 'no session!' }).session).to.equal('key')
      expect(parse({ prompt_cache_key: { not: 'text' }, session_id: 7 })).not.to.have.property('session')
    })
  })
})
