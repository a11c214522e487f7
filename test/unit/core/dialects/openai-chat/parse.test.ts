import { expect } from 'chai'
import fc from 'fast-check'
import { openaiChat } from '../../../../../core/dialects/openai-chat/index.ts'
import { type ChatRequest, GatewayError } from '../../../../../core/index.ts'

const chat = openaiChat.chat as NonNullable<typeof openaiChat.chat>
const user = { role: 'user', content: 'Hello' }
const text = (value: string) => ({ type: 'text', text: value })
const PNG = 'iVBORw0KGgo='

function parse(body: object): ChatRequest {
  return chat.parse({ model: 'claude-sonnet-4.5', messages: [user], ...body }, { headers: {}, params: {}, query: new URLSearchParams() })
}
const partsOf = (message: object) => parse({ messages: [message] }).messages[0]?.parts
const contentOf = (...content: object[]) => partsOf({ role: 'user', content })

describe('reading chat completions', () => {
  it('makes of the smallest request a hub request, and keeps the body', () => {
    const body = { model: 'm', messages: [user] }
    const read = { model: 'm', system: [], messages: [{ role: 'user', parts: [text('Hello')] }], tools: [], stop: [], stream: false }
    expect(parse(body)).to.deep.equal({ ...read, original: { wire: 'openai-chat', body, headers: {}, needs: [], read } })
  })

  describe('conversations', () => {
    it('put what the system says first into the system prompt, and leave the rest where it stands', () => {
      const { system, messages } = parse({
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'developer', content: [text('Be kind.')] },
          user,
          { role: 'developer', content: 'Be brave.' },
          { role: 'assistant', content: 'Hi' },
          { role: 'system', content: 'Be quick.' },
          user,
        ],
      })
      expect(system).to.deep.equal([text('Be short.'), text('Be kind.')])
      expect(messages.map(({ role, parts, index }) => [role, parts[0], index])).to.deep.equal([
        ['user', text('Hello'), 2],
        ['system', text('Be brave.'), 3],
        ['assistant', text('Hi'), 4],
        ['system', text('Be quick.'), 5],
        ['user', text('Hello'), 6],
      ])
    })

    it('join the results of one turn in their order, and name places as the client counts them', () => {
      const call = (id: string, json: string) => ({ id, type: 'function', function: { name: 'read', arguments: json } })
      const { messages } = parse({
        messages: [
          user,
          { role: 'assistant', content: null, tool_calls: [call('a', '{"path":"x"}'), call('b', '')] },
          { role: 'tool', tool_call_id: 'a', content: 'one' },
          { role: 'tool', tool_call_id: 'b', content: [text('two'), { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } }] },
          { role: 'user', content: 'go on' },
          { role: 'assistant', content: 'ok', tool_calls: [call('c', '{}')] },
          { role: 'tool', tool_call_id: 'c', content: '' },
        ],
      })
      const result = (id: string, ...content: object[]) => ({ type: 'tool-result', id, content, isError: false })
      const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } }
      expect(messages).to.deep.equal([
        { role: 'user', parts: [text('Hello')] },
        {
          role: 'assistant',
          parts: [
            { type: 'tool-call', id: 'a', name: 'read', input: { path: 'x' } },
            { type: 'tool-call', id: 'b', name: 'read', input: {} },
          ],
        },
        { role: 'user', parts: [result('a', text('one')), result('b', text('two'), image)] },
        { role: 'user', parts: [text('go on')], index: 4 },
        { role: 'assistant', parts: [text('ok'), { type: 'tool-call', id: 'c', name: 'read', input: {} }], index: 5 },
        { role: 'user', parts: [result('c', text(''))], index: 6 },
      ])
    })

    for (const [given, input] of [
      ['{"a":1}', { a: 1 }],
      [{ a: 1 }, { a: 1 }],
      ['', {}],
      [undefined, {}],
      [null, {}],
      ['{"path":"cut o', { arguments: '{"path":"cut o' }],
      ['[1]', { arguments: [1] }],
      ['"x"', { arguments: 'x' }],
      [7, { arguments: 7 }],
    ] as const) {
      it(`read the arguments ${JSON.stringify(given)} of an earlier call, because a refusal would end the session`, () => {
        const call = { id: 'a', type: 'function', function: { name: 'f', arguments: given } }
        expect(partsOf({ role: 'assistant', tool_calls: [call] })).to.deep.equal([{ type: 'tool-call', id: 'a', name: 'f', input }])
      })
    }

    for (const [name, member] of [
      ['reasoning_content', { reasoning_content: 'hm' }],
      ['reasoning', { reasoning: 'hm', reasoning_content: '' }],
      [
        'reasoning_details',
        {
          reasoning_details: [
            { type: 'reasoning.text', text: 'hm', signature: 'foreign' },
            { type: 'reasoning.encrypted', data: 'x' },
          ],
        },
      ],
    ] as const) {
      it(`take ${name} of an earlier answer as reasoning without a signature`, () => {
        expect(partsOf({ role: 'assistant', content: 'Hi', ...member })).to.deep.equal([{ type: 'reasoning', text: 'hm' }, text('Hi')])
      })
    }

    it('keep refusals, and say nothing for assistants that said nothing', () => {
      const refusal = { type: 'foreign', wire: 'openai-chat', kind: 'refusal', value: { type: 'refusal', refusal: 'no' } }
      expect(partsOf({ role: 'assistant', content: null, refusal: 'no' })).to.deep.equal([refusal])
      expect(partsOf({ role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] })).to.deep.equal([refusal])
      expect(partsOf({ role: 'assistant' })).to.deep.equal([])
      expect(partsOf({ role: 'assistant', content: '' })).to.deep.equal([])
    })
  })

  describe('parts', () => {
    it('of images carry their bytes, or where they are', () => {
      const image = (url: string) => ({ type: 'image_url', image_url: { url, detail: 'high' } })
      expect(contentOf(image(`data:image/jpeg;base64,${PNG}`), image('https://example.com/a.png'))).to.deep.equal([
        { type: 'image', source: { kind: 'base64', mediaType: 'image/jpeg', data: PNG } },
        { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } },
      ])
      expect(contentOf({ type: 'image_url', image_url: `data:image/png;name=a;base64,${PNG}` })).to.deep.equal([
        { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } },
      ])
    })

    it('of files are documents, texts or images by their type', () => {
      const file = (data: string) => ({ type: 'file', file: { file_data: data, filename: 'a.x' } })
      const base64 = (value: string) => Buffer.from(value).toString('base64')
      expect(contentOf(file(`data:application/pdf;base64,${PNG}`))).to.deep.equal([
        { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: PNG }, title: 'a.x' },
      ])
      expect(contentOf(file(`data:text/markdown;charset=utf-8;base64,${base64('# Grüße')}`))).to.deep.equal([
        { type: 'document', source: { kind: 'text', text: '# Grüße' }, title: 'a.x' },
      ])
      expect(contentOf(file('data:,a%20b'))).to.deep.equal([{ type: 'document', source: { kind: 'text', text: 'a b' }, title: 'a.x' }])
      expect(contentOf(file(`data:image/png;base64,${PNG}`))).to.deep.equal([{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } }])
      expect(contentOf({ type: 'file', file: { file_id: 'file-1' } })).to.deep.equal([{ type: 'document', source: { kind: 'file', id: 'file-1' } }])
    })

    it('keep cache marks', () => {
      expect(
        contentOf({ ...text('long'), cache_control: { type: 'ephemeral', ttl: '1h' } }, { ...text('x'), cache_control: { type: 'ephemeral' } }),
      ).to.deep.equal([
        { ...text('long'), cache: { ttl: '1h' } },
        { ...text('x'), cache: {} },
      ])
    })

    it('that the hub has no word for are left to the provider', () => {
      const video = { type: 'video_url', video_url: { url: 'https://example.com' } }
      expect(contentOf(video)).to.deep.equal([{ type: 'foreign', wire: 'openai-chat', kind: 'video_url', value: video }])
    })

    it("in Anthropic's words, as Cursor mixes them in, are what they say", () => {
      const source = { type: 'base64', media_type: 'image/png', data: PNG }
      const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } }
      expect(
        partsOf({
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'tool_use', id: 'a', name: 'f', input: {} },
          ],
        }),
      ).to.deep.equal([
        { type: 'reasoning', text: 'hm', signature: 's' },
        { type: 'tool-call', id: 'a', name: 'f', input: {} },
      ])
      const result = { type: 'tool_result', tool_use_id: 'a', is_error: true, content: [text('x'), { type: 'image', source }, { type: 'search_result' }] }
      const read = { type: 'tool-result', id: 'a', content: [text('x'), image, text('{"type":"search_result"}')], isError: true }
      expect(contentOf(result, { type: 'image', source }, { type: 'document', source: { type: 'text', data: 'd' }, title: 't' })).to.deep.equal([
        read,
        image,
        { type: 'document', source: { kind: 'text', text: 'd' }, title: 't' },
      ])
      expect(partsOf({ role: 'tool', content: [result] })).to.deep.equal([read])
    })
  })

  it('reads what Cursor sends for names that it takes for GPT-5, position by position', () => {
    const body = {
      model: 'gpt-5',
      instructions: 'Be short.',
      input: [
        { role: 'developer', content: 'Be kind.' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'Hi' },
            { type: 'input_image', image_url: `data:image/png;base64,${PNG}` },
          ],
        },
        { type: 'reasoning', summary: [], encrypted_content: 'x' },
        { type: 'function_call', call_id: 'a', name: 'read', arguments: '{"path":"x"}' },
        { type: 'function_call_output', call_id: 'a', output: 'text' },
      ],
      tools: [{ type: 'function', name: 'read', parameters: { type: 'object' } }],
      reasoning: { effort: 'high' },
      text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } }, verbosity: 'low' },
      max_output_tokens: 9,
      stream: true,
    }
    const { original, ...read } = chat.parse(body, { headers: {}, params: {}, query: new URLSearchParams() })
    expect(original?.wire, 'no body for an upstream of this API').to.equal('openai-responses')
    expect(read).to.deep.equal({
      model: 'gpt-5',
      system: [text('Be short.'), text('Be kind.')],
      messages: [
        { role: 'user', parts: [text('Hi'), { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } }], index: 1 },
        { role: 'assistant', parts: [], index: 2 },
        { role: 'assistant', parts: [{ type: 'tool-call', id: 'a', name: 'read', input: { path: 'x' } }], index: 3 },
        { role: 'user', parts: [{ type: 'tool-result', id: 'a', content: [text('text')], isError: false }], index: 4 },
      ],
      tools: [{ name: 'read', description: '', schema: { type: 'object' } }],
      stop: [],
      stream: true,
      maxTokens: 9,
      reasoning: { mode: 'adaptive', effort: 'high' },
      responseFormat: { type: 'json-schema', name: 'n', schema: { type: 'object' } },
    })
    expect(chat.parse({ model: 'gpt-5', input: 'Hi' }, { headers: {}, params: {}, query: new URLSearchParams() }).messages).to.deep.equal([
      { role: 'user', parts: [text('Hi')] },
    ])
  })

  it('answers any JSON with a request or a refusal, and any nearly right body as well', () => {
    const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>
    const word = fc.constantFrom(
      'text',
      'image_url',
      'file',
      'refusal',
      'tool_use',
      'tool_result',
      'function',
      'custom',
      'document',
      'image',
      'thinking',
      'allowed_tools',
      'reasoning',
      'function_call',
    )
    const loose = (value: fc.Arbitrary<unknown>) => fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: json })
    const part = fc.record(
      {
        type: word,
        text: loose(fc.string()),
        image_url: loose(fc.record({ url: fc.string() })),
        file: json,
        source: json,
        content: json,
        id: loose(fc.string()),
        name: loose(fc.string()),
        input: json,
      },
      { requiredKeys: ['type'] },
    )
    const message = fc.record(
      {
        role: loose(fc.constantFrom('system', 'user', 'assistant', 'tool', 'function')),
        content: loose(fc.oneof(fc.string(), fc.array(part, { maxLength: 3 }))),
        tool_calls: loose(fc.array(part, { maxLength: 2 })),
        tool_call_id: loose(fc.string()),
        refusal: json,
        reasoning_content: json,
      },
      { requiredKeys: ['role'] },
    )
    const body = fc.record(
      {
        model: loose(fc.constant('m')),
        messages: loose(fc.array(message, { maxLength: 4 })),
        input: loose(fc.array(fc.oneof(message, part), { maxLength: 3 })),
        tools: loose(fc.array(part, { maxLength: 3 })),
        tool_choice: loose(part),
        stop: json,
        reasoning: json,
        response_format: json,
        n: json,
        text: json,
        instructions: json,
      },
      { requiredKeys: ['model'] },
    )
    fc.assert(
      fc.property(fc.oneof(json, body), value => {
        try {
          const request = chat.parse(value, { headers: {}, params: {}, query: new URLSearchParams() })
          expect(request.messages.every(({ parts }) => Array.isArray(parts))).to.equal(true)
          JSON.stringify(request)
        } catch (error) {
          if (!GatewayError.is(error)) throw error
          expect(error.status).to.equal(400)
          expect(error.param).to.be.a('string')
        }
      }),
      { numRuns: 1000 },
    )
  })
})
