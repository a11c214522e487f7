import { expect } from 'chai'
import type { ChatRequest, Message, Part } from '../../../../core/index.ts'
import { complaintOf, built } from '../../../support/anthropic-request.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const user = (...parts: Part[]): Message => ({ role: 'user', parts })
const assistant = (...parts: Part[]): Message => ({ role: 'assistant', parts })
const text = (value: string): Part => ({ type: 'text', text: value })
const call = (id: string, name = 'read'): Part => ({ type: 'tool-call', id, name, input: {} })
const result = (id: string, ...content: ChatRequest['messages'][number]['parts']): Part => ({
  type: 'tool-result',
  id,
  content: content as never,
  isError: false,
})
const tool = (name: string, schema: Readonly<Record<string, unknown>> = { type: 'object' }) => ({ name, description: '', schema })

function sent(request: Partial<ChatRequest>, context = {}) {
  const result = built(request, context)
  expect(complaintOf(JSON.stringify(result.body)), JSON.stringify(result.body)).to.equal(undefined)
  return result
}

describe('a request in the hub’s words for the Messages API', () => {
  it('is one message with a limit, streamed whatever the client wants', () => {
    expect(sent({ stream: false }).body).to.deep.equal({
      model: 'claude-sonnet-4-5-20250929',
      max_tokens: 64_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
      stream: true,
    })
  })

  it('asks for as long an answer as the model can give, and never for a longer one', () => {
    expect(sent({ maxTokens: 10 }).body.max_tokens).to.equal(10)
    const { body, rules } = sent({ maxTokens: 100_000 })
    expect(body.max_tokens).to.equal(64_000)
    expect(rules).to.deep.equal(['max-tokens'])
    expect(built({}, { model: 'glm-5' }).body.max_tokens).to.equal(8_192)
    expect(built({}, { model: 'claude-opus-9' }).body.max_tokens).to.equal(32_000)
  })

  it('keeps cache marks of system, tools and messages', () => {
    const { body, rules } = sent({
      system: [{ type: 'text', text: 'Be short.', cache: { ttl: '1h' } }],
      tools: [{ ...tool('read'), cache: { ttl: '1h' } }],
      messages: [user({ type: 'text', text: 'Hi', cache: {} })],
    })
    expect(body.system).to.deep.equal([{ type: 'text', text: 'Be short.', cache_control: { type: 'ephemeral', ttl: '1h' } }])
    expect(body.tools[0].cache_control).to.deep.equal({ type: 'ephemeral', ttl: '1h' })
    expect(body.messages[0].content[0].cache_control).to.deep.equal({ type: 'ephemeral' })
    expect(rules).to.deep.equal([])
  })

  it('keeps four cache marks of many: the last of the tools, of the system prompt and of the conversation', () => {
    const { body, rules } = sent({
      system: [1, 2].map(each => ({ type: 'text', text: `rule ${each}`, cache: {} })),
      tools: [
        { ...tool('a'), cache: {} },
        { ...tool('b'), cache: {} },
      ],
      messages: [user(...[1, 2, 3].map((each): Part => ({ type: 'text', text: `part ${each}`, cache: { ttl: '1h' } })))],
    })
    const marked = [...body.tools, ...body.system, ...body.messages[0].content].map(each => each.cache_control !== undefined)
    expect(marked).to.deep.equal([false, true, false, true, false, true, true])
    expect(rules).to.include('cache-marks')
  })

  it('puts system messages before the conversation into the prompt and tags later ones in their place', () => {
    const { body, rules } = sent({
      system: [],
      messages: [
        { role: 'system', parts: [text('Be KIND.')] },
        user(text('Hi')),
        assistant(text('Yes?')),
        { role: 'system', parts: [text('Be BRAVE.')] },
        user(text('Go')),
      ],
    })
    expect(body.system).to.deep.equal([{ type: 'text', text: 'Be KIND.' }])
    expect(body.messages[2].content.map((block: any) => block.text)).to.deep.equal(['<system-instruction>\nBe BRAVE.\n</system-instruction>', 'Go'])
    expect(rules).to.deep.equal(['mid-conversation-system'])
  })

  it('joins neighbours, drops blank texts, and lets the user begin', () => {
    const { body, rules } = sent({ messages: [assistant(text('Hello!')), user(text(' '), text('One')), user(text('Two'))] })
    expect(body.messages.map((message: any) => [message.role, message.content.length])).to.deep.equal([
      ['user', 1],
      ['assistant', 1],
      ['user', 2],
    ])
    expect(rules).to.deep.equal(['user-first'])
  })

  it('refuses a conversation in which nothing is said', () => {
    expect(() => built({ messages: [user(text(' '))] })).to.throw('empty-conversation: the conversation holds nothing to answer (messages.0)')
  })

  it('pairs calls and results: results first, missing ones made up, strange ones as text', () => {
    const { body, rules } = sent({
      messages: [user(text('Go')), assistant(call('a'), call('b'), text('…')), user(text('also'), result('b', text('B')), result('x', text('X')))],
    })
    expect(body.messages[2].content).to.deep.equal([
      { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'The tool call was not carried out.' }], is_error: true },
      { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'B' }] },
      { type: 'text', text: 'also' },
      { type: 'text', text: 'A tool call returned:' },
      { type: 'text', text: 'X' },
    ])
    expect(rules).to.have.members(['orphan-results', 'missing-results'])
  })

  it('rewrites ids that are not accepted or stand there twice, in call and result alike', () => {
    const turn = [assistant(call('functions.Bash:0')), user(result('functions.Bash:0', text('1')))]
    const { body, rules } = sent({ messages: [user(text('Go')), ...turn, ...turn] })
    const ids = [1, 3].map(at => body.messages[at].content[0].id)
    expect(ids[0]).to.match(/^functions_Bash_0_[0-9a-f]{8}$/)
    expect(new Set(ids).size).to.equal(2)
    expect([2, 4].map(at => body.messages[at].content[0].tool_use_id)).to.deep.equal(ids)
    expect(new Set(rules)).to.deep.equal(new Set(['tool-ids']))
  })

  it('carries images and documents: base64, address, file, and inside results', () => {
    const { body, rules } = sent({
      messages: [
        user(
          { type: 'image', source: { kind: 'base64', mediaType: 'image/jpg', data: PNG } },
          { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } },
          { type: 'image', source: { kind: 'file', id: 'file_01ab' } },
        ),
        assistant(call('a'), call('b')),
        user(result('a', { type: 'image', source: { kind: 'url', url: `data:image/png;base64,${PNG}` } }), {
          type: 'tool-result',
          id: 'b',
          isError: true,
          content: [
            { type: 'text', text: 'bad' },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } },
          ],
        }),
        user(
          { type: 'document', title: 'T', source: { kind: 'text', text: 'words' } },
          { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0xLjQK' } },
        ),
      ],
    })
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }
    expect(body.messages[0].content).to.deep.equal([
      image,
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      { type: 'image', source: { type: 'file', file_id: 'file_01ab' } },
    ])
    expect(body.messages[2].content).to.deep.equal([
      { type: 'tool_result', tool_use_id: 'a', content: [image] },
      { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'bad' }], is_error: true },
      image,
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' }, title: 'T' },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQK' } },
    ])
    expect(rules).to.deep.equal(['images'])
  })

  it('refuses what no model can read, with the place', () => {
    const refused = (part: Part) => () => built({ messages: [user(text('Look')), assistant(text('?')), user(part)] })
    expect(refused({ type: 'image', source: { kind: 'base64', mediaType: 'image/bmp', data: 'Qk0=' } })).to.throw(
      'images: an image is none that the model can read (messages.2)',
    )
    expect(refused({ type: 'image', source: { kind: 'file', id: 'file-abc' } })).to.throw('file-reference:')
    expect(refused({ type: 'document', source: { kind: 'base64', mediaType: 'application/msword', data: 'AAAA' } })).to.throw('documents:')
  })

  it('sends signed reasoning back word for word and leaves other reasoning out', () => {
    const history = (part: Part) => [user(text('Go')), assistant(part, call('a')), user(result('a', text('ok')))]
    const signed: Part = { type: 'reasoning', text: 'Hm. ', signature: 'EqQBabc+/=' }
    expect(sent({ messages: history(signed) }).body.messages[1].content[0]).to.deep.equal({ type: 'thinking', thinking: 'Hm. ', signature: 'EqQBabc+/=' })
    expect(sent({ messages: history({ type: 'reasoning', text: '', redacted: 'EmwK' }) }).body.messages[1].content[0]).to.deep.equal({
      type: 'redacted_thinking',
      data: 'EmwK',
    })
    for (const part of [
      { type: 'reasoning', text: 'Hm.' },
      { type: 'reasoning', text: 'Hm.', signature: 'gm1.gemini.U0lH' },
    ] as const) {
      const { body, rules } = sent({ messages: history(part) })
      expect(body.messages[1].content.map((block: any) => block.type)).to.deep.equal(['tool_use'])
      expect(rules).to.deep.equal(['reasoning-replay'])
    }
    const again = sent({ messages: history(signed) }, { remedies: new Set(['drop-signatures']) })
    expect(again.body.messages[1].content[0].type).to.equal('tool_use')
    expect(again.rules).to.deep.equal(['reasoning-replay'])
  })

  it('declares tools under names that are accepted, each once, with an object for a schema', () => {
    const { body, rules } = sent({
      tools: [
        tool('a.b', { anyOf: [{ type: 'object' }], properties: { x: { type: 'string' } } }),
        tool('ok'),
        tool('ok'),
        { ...tool('web_search'), hosted: 'web_search_20250305' },
      ],
    })
    expect(body.tools.map((each: any) => each.input_schema)).to.deep.equal([{ type: 'object', properties: { x: { type: 'string' } } }, { type: 'object' }])
    expect(body.tools[0].name).to.match(/^a_b_[0-9a-f]{8}$/)
    expect(rules).to.have.members(['tool-names', 'tool-schema', 'repeated-tools', 'hosted-tools'])
  })

  it('says which tool to call, and whether one at a time', () => {
    const choice = (request: Partial<ChatRequest>) => sent({ tools: [tool('read')], ...request }).body.tool_choice
    expect(choice({ toolChoice: { mode: 'auto' } })).to.deep.equal({ type: 'auto' })
    expect(choice({ toolChoice: { mode: 'required' }, parallelToolCalls: false })).to.deep.equal({ type: 'any', disable_parallel_tool_use: true })
    expect(choice({ toolChoice: { mode: 'none' }, parallelToolCalls: false })).to.deep.equal({ type: 'none' })
    expect(choice({ toolChoice: { mode: 'tool', name: 'read' } })).to.deep.equal({ type: 'tool', name: 'read' })
    expect(choice({ parallelToolCalls: false })).to.deep.equal({ type: 'auto', disable_parallel_tool_use: true })
    expect(choice({ parallelToolCalls: true })).to.equal(undefined)
    expect(choice({ tools: [], toolChoice: { mode: 'auto' } })).to.equal(undefined)
    expect(sent({ tools: [tool('read')], toolChoice: { mode: 'tool', name: 'write' } }).rules).to.deep.equal(['tool-choice'])
  })

  it('lets older models continue what was begun for them and asks newer ones to', () => {
    const messages = [user(text('Say')), assistant(text('Once upon '))]
    expect(sent({ messages }).body.messages.at(-1)).to.deep.equal({ role: 'assistant', content: [{ type: 'text', text: 'Once upon' }] })
    const newer = sent({ messages }, { model: 'claude-opus-4-7' })
    expect(newer.body.messages.at(-1).role).to.equal('user')
    expect(newer.rules).to.deep.equal(['assistant-last'])
  })

  it('turns foreign blocks into text where they say something and leaves out the others', () => {
    const { body, rules } = sent({
      messages: [
        user(
          text('Hi'),
          { type: 'foreign', wire: 'openai-chat', kind: 'refusal', value: { refusal: 'No.' } },
          { type: 'foreign', wire: 'gemini', kind: 'code', value: {} },
        ),
      ],
    })
    expect(body.messages[0].content.map((block: any) => block.text)).to.deep.equal(['Hi', 'No.'])
    expect(rules).to.deep.equal(['foreign-parts'])
  })

  it('replaces half characters, which no upstream takes for text', () => {
    const { body, rules } = sent({ messages: [user(text('half \ud83d and \\ud83d'))] })
    expect(body.messages[0].content[0].text).to.equal('half \ufffd and \\ud83d')
    expect(rules).to.deep.equal(['lone-surrogates'])
  })

  it('asks for structured output where the model has it, in words where not', () => {
    const schema = { type: 'object', properties: {} }
    expect(sent({ responseFormat: { type: 'json-schema', schema } }).body.output_config).to.deep.equal({ format: { type: 'json_schema', schema } })
    const asked = sent({ responseFormat: { type: 'json' } })
    expect(asked.body.system[0].text).to.contain('one JSON object')
    expect(asked.rules).to.deep.equal(['response-format'])
  })

  it('never makes up who the user is', () => {
    expect(sent({ session: 'a-session' }).body).not.to.have.any.keys('metadata', 'container')
  })
})
