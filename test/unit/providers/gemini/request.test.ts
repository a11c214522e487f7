import { expect } from 'chai'
import type { ChatRequest, Message, Part, Reasoning, Tool } from '../../../../core/index.ts'
import { buildGeminiRequest } from '../../../../providers/gemini/request.ts'
import { SignatureMemory } from '../../../../providers/gemini/signatures.ts'
import { chatRequest } from '../../../support/calls.ts'

interface Given {
  readonly model?: string
  readonly memory?: SignatureMemory
  readonly remedies?: readonly string[]
  readonly outputTokens?: number
}

function build(changes: Partial<ChatRequest>, { model = 'gemini-3-pro-preview', memory = new SignatureMemory(), remedies = [], outputTokens }: Given = {}) {
  const built = buildGeminiRequest(chatRequest(changes), {
    ...{ model, memory, remedies: new Set(remedies), filesRoot: 'https://api/v1beta' },
    ...(outputTokens === undefined ? {} : { outputTokens }),
  })
  return { ...built, rules: built.warnings.map(({ rule }) => rule) }
}

const text = (text: string): Part => ({ type: 'text', text })
const call = (id: string, name = 'weather'): Part => ({ type: 'tool-call', id, name, input: { city: id } })
const result = (id: string, said = 'ok'): Part => ({ type: 'tool-result', id, content: [{ type: 'text', text: said }], isError: false })
const user = (...parts: readonly Part[]): Message => ({ role: 'user', parts })
const assistant = (...parts: readonly Part[]): Message => ({ role: 'assistant', parts })
const tool = (name: string, schema: Tool['schema'] = { type: 'object', properties: {} }): Tool => ({ name, description: '', schema })

describe('a conversation for Gemini', () => {
  it('begins and ends with the user, and has one turn per side', () => {
    const { request, rules } = build({ messages: [assistant(text('a')), user(text('b')), user(text('c')), assistant(text('d'))] })
    expect(request.contents.map(({ role, parts }) => [role, parts.map(part => part.text)])).to.deep.equal([
      ['user', ['Continue.']],
      ['model', ['a']],
      ['user', ['b', 'c']],
      ['model', ['d']],
      ['user', ['Continue.']],
    ])
    expect(rules).to.deep.equal(['turn-order'])
  })

  it('answers each call in the very next turn, in order, and says where there was no answer', () => {
    const { request, rules } = build({
      messages: [user(text('q')), assistant(call('a'), call('b')), user(text('also'), result('b'), result('z', 'lost')), assistant(call('c'))],
    })
    const [, , answers, , after] = request.contents
    expect(answers?.parts.map(part => part.functionResponse?.response ?? part.text)).to.deep.equal([
      { error: 'The tool gave no result.' },
      { output: 'ok' },
      'also',
      '[Result of an earlier tool call: lost]',
    ])
    expect(after?.parts[0]?.functionResponse).to.deep.include({ id: 'c' })
    expect(rules).to.include.members(['unanswered-calls', 'orphan-results'])
  })

  it('puts the signature of a thinking block on the call after it, as a client carries it over a restart', () => {
    const thinking = (signature: string): Part => ({ type: 'reasoning', text: 'hm', signature })
    const messages = [user(text('q')), assistant(thinking('gm1.ai.call.U0lH'), text('let me'), call('a'), call('b')), user(result('a'), result('b'))]
    const { request, rules } = build({ messages })
    expect(request.contents[1]?.parts.map(part => part.thoughtSignature)).to.deep.equal([undefined, 'U0lH', undefined])
    expect(rules).to.deep.equal([])
    const dropped = build({ messages }, { remedies: ['drop-signatures'] })
    expect(dropped.request.contents[1]?.parts[1]?.thoughtSignature).to.equal('skip_thought_signature_validator')
  })

  it('takes the signature that a client sends with the call before that of the reasoning, and that before its own memory', () => {
    const memory = new SignatureMemory()
    memory.rememberCall({ id: 'a', name: 'weather' }, 'bWVtb3J5')
    const reasoning: Part = { type: 'reasoning', text: '', signature: 'gm1.ai.call.cmVhc29uaW5n' }
    const sent = (...parts: readonly Part[]) =>
      build({ messages: [user(text('q')), assistant(...parts), user(result('a'))] }, { memory }).request.contents[1]?.parts.at(-1)?.thoughtSignature
    expect(sent(reasoning, { ...call('a'), signature: 'ZXhwbGljaXQ=' } as Part)).to.equal('ZXhwbGljaXQ=')
    expect(sent(reasoning, call('a'))).to.equal('cmVhc29uaW5n')
    expect(sent(call('a'))).to.equal('bWVtb3J5')
  })

  it('names a signature that was refused and left out, on older models too', () => {
    const messages = [user(text('q')), assistant({ ...call('a'), signature: 'QQ==' } as Part), user(result('a'))]
    const { request, rules } = build({ messages }, { model: 'gemini-2.5-pro', remedies: ['drop-signatures'] })
    expect(request.contents[1]?.parts[0]).not.to.have.property('thoughtSignature')
    expect(rules).to.deep.equal(['thought-signatures'])
  })

  it('finds the signature of a call or a text in its memory', () => {
    const memory = new SignatureMemory()
    memory.rememberCall({ id: 'a', name: 'weather' }, 'QQ==')
    memory.rememberText('Said.', { signature: 'VA==', apart: true })
    const { request } = build({ messages: [user(text('q')), assistant(text('Said.'), call('a')), user(result('a'))] }, { memory })
    expect(request.contents[1]?.parts).to.deep.equal([
      { text: 'Said.' },
      { text: '', thoughtSignature: 'VA==' },
      { functionCall: { id: 'a', name: 'weather', args: { city: 'a' } }, thoughtSignature: 'QQ==' },
    ])
  })

  it('switches the check off for a call whose signature is lost, since the user last spoke only, and for newer models only', () => {
    const messages = [
      user(text('q')),
      assistant(call('old')),
      user(result('old')),
      assistant(text('done')),
      user(text('again')),
      assistant(call('new')),
      user(result('new')),
    ]
    const signatures = (model: string) =>
      build({ messages }, { model }).request.contents.flatMap(({ parts }) =>
        parts.flatMap(part => (part.functionCall ? (part.thoughtSignature ?? 'none') : [])),
      )
    expect(signatures('gemini-3-pro-preview')).to.deep.equal(['none', 'skip_thought_signature_validator'])
    expect(signatures('gemini-2.5-pro')).to.deep.equal(['none', 'none'])
  })

  it("sends no other vendor's reasoning, and says so once", () => {
    const foreign: Part = { type: 'reasoning', text: 'secret thought', signature: 'EqQBCkYIARgC' }
    const { body, warnings } = build({
      messages: [user(text('q')), assistant(foreign, text('a')), user(text('b')), assistant(foreign, text('c')), user(text('d'))],
    })
    expect(body).not.to.contain('secret thought').and.not.to.contain('EqQBCkYIARgC')
    expect(warnings).to.have.length(1)
    expect(warnings[0]?.rule).to.equal('reasoning-replay')
  })

  it('refuses an image that nobody can read in the newest message, and leaves a note for an older one', () => {
    const gif: Part = { type: 'image', source: { kind: 'base64', mediaType: 'image/gif', data: 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7' } }
    expect(() => build({ messages: [user(gif)] })).to.throw(/media: an image is of a kind .*messages\.0.*PNG/)
    const { request, rules } = build({ messages: [user(gif), assistant(text('a')), user(text('b'))] })
    expect(request.contents[0]?.parts[0]?.text).to.match(/^\[Left out:/)
    expect(rules).to.deep.equal(['media'])
  })

  it('takes documents by their bytes, and files by where they are', () => {
    const document = (source: Extract<Part, { type: 'document' }>['source']): Part => ({ type: 'document', source, title: 'T' })
    const { request } = build({
      messages: [
        user(
          document({ kind: 'base64', mediaType: '', data: 'JVBERi0xLjcK' }),
          document({ kind: 'text', text: 'plain' }),
          document({ kind: 'file', id: 'files/abc-1' }),
          document({ kind: 'url', url: 'gs://bucket/a.pdf' }),
        ),
      ],
    })
    expect(request.contents[0]?.parts.filter(part => part.text !== 'Document: T')).to.deep.equal([
      { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0xLjcK' } },
      { text: 'plain' },
      { fileData: { fileUri: 'https://api/v1beta/files/abc-1' } },
      { fileData: { fileUri: 'gs://bucket/a.pdf' } },
    ])
  })

  it('leaves out what tells Anthropic who asks, and carries no half of a character', () => {
    const { body } = build({
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cch=1' },
        { type: 'text', text: 'Be \ud800kind \\ud800' },
      ],
    })
    expect(JSON.parse(body))
      .to.have.nested.property('systemInstruction.parts')
      .that.deep.equals([{ text: 'Be \ufffdkind \\ud800' }])
  })
})

describe('settings for Gemini', () => {
  const cases: readonly (readonly [model: string, reasoning: Reasoning, expected: unknown, reported?: boolean])[] = [
    ['gemini-2.5-pro', { mode: 'on', budgetTokens: 2_000 }, { includeThoughts: true, thinkingBudget: 2_000 }],
    ['gemini-2.5-pro', { mode: 'on', budgetTokens: 64_000 }, { includeThoughts: true, thinkingBudget: 32_768 }, true],
    ['gemini-2.5-pro', { mode: 'off' }, { includeThoughts: false, thinkingBudget: 128 }, true],
    ['gemini-2.5-flash', { mode: 'off' }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash', { mode: 'adaptive' }, { includeThoughts: true, thinkingBudget: -1 }],
    ['gemini-2.5-flash', { mode: 'adaptive', effort: 'high' }, { includeThoughts: true, thinkingBudget: 24_576 }],
    ['gemini-2.5-flash-lite', { mode: 'on', budgetTokens: 100 }, { includeThoughts: true, thinkingBudget: 512 }, true],
    ['gemini-3-pro-preview', { mode: 'adaptive' }, { includeThoughts: true }],
    ['gemini-3-pro-preview', { mode: 'adaptive', effort: 'medium' }, { includeThoughts: true, thinkingLevel: 'HIGH' }, true],
    ['gemini-3-pro-preview', { mode: 'off' }, { includeThoughts: false, thinkingLevel: 'LOW' }, true],
    ['gemini-3.1-pro-preview', { mode: 'adaptive', effort: 'medium', display: 'omitted' }, { includeThoughts: false, thinkingLevel: 'MEDIUM' }],
    ['gemini-3.7-flash', { mode: 'adaptive', effort: 'max' }, { includeThoughts: true, thinkingLevel: 'HIGH' }, true],
    ['gemini-3.7-flash', { mode: 'on', budgetTokens: 1_000 }, { includeThoughts: true, thinkingLevel: 'LOW' }, true],
    ['gemini-3.1-flash-lite-preview', { mode: 'adaptive', effort: 'low' }, { includeThoughts: true, thinkingLevel: 'HIGH' }, true],
    ['gemini-2.0-flash', { mode: 'on', budgetTokens: 1_000 }, undefined, true],
    ['gemini-2.0-flash', { mode: 'off' }, undefined],
  ]
  for (const [model, reasoning, expected, reported = false] of cases) {
    it(`has ${model} think as ${JSON.stringify(reasoning)} asks`, () => {
      const { request, rules } = build({ reasoning }, { model })
      expect(request.generationConfig?.thinkingConfig).to.deep.equal(expected)
      expect(rules).to.deep.equal(reported ? ['reasoning-settings'] : [])
    })
  }

  it('leaves the thinking to the model where nobody asked', () => {
    expect(build({}).request.generationConfig).to.equal(undefined)
  })

  it('forces a tool, or any, or none', () => {
    const config = (toolChoice: ChatRequest['toolChoice']) =>
      build({ tools: [tool('a/b')], ...(toolChoice === undefined ? {} : { toolChoice }) }).request.toolConfig?.functionCallingConfig
    expect(config(undefined)).to.equal(undefined)
    expect(config({ mode: 'required' })).to.deep.equal({ mode: 'ANY' })
    expect(config({ mode: 'none' })).to.deep.equal({ mode: 'NONE' })
    const forced = config({ mode: 'tool', name: 'a/b' })
    expect(forced?.mode).to.equal('ANY')
    expect(forced?.allowedFunctionNames?.[0]).to.match(/^a_b_[0-9a-f]{8}$/)
    expect(build({ tools: [tool('a')], toolChoice: { mode: 'tool', name: 'b' } }).rules).to.deep.equal(['tool-choice'])
  })

  it('declares no arguments for a tool without any, and reports what it leaves out', () => {
    const { request, rules } = build({
      tools: [
        tool('a'),
        tool('a'),
        { ...tool('web_search'), hosted: 'web_search_20250305' },
        tool('b', { properties: { id: { type: 'string', format: 'uuid' } } }),
      ],
      parallelToolCalls: false,
      system: [{ type: 'text', text: 's', cache: {} }],
    })
    expect(request.tools?.[0]?.functionDeclarations).to.deep.equal([
      { name: 'a' },
      { name: 'b', parameters: { type: 'OBJECT', properties: { id: { type: 'STRING', description: '(format: uuid)' } } } },
    ])
    expect(rules).to.have.members(['repeated-tools', 'hosted-tools', 'tool-schemas', 'parallel-tool-calls', 'cache-markers'])
    expect(request.systemInstruction?.parts.at(-1)?.text).to.equal('Call at most one tool per answer.')
  })

  it('takes five stop sequences and leaves the rest to the gateway', () => {
    const { request, watchedStops, rules } = build({ stop: ['1', '2', '3', '', '3', '4', '5', '6', '7'] })
    expect(request.generationConfig?.stopSequences).to.deep.equal(['1', '2', '3', '4', '5'])
    expect(watchedStops).to.deep.equal(['6', '7'])
    expect(rules).to.deep.equal(['stop-sequences'])
  })

  it("keeps limits and sampling within the model's range", () => {
    const { request, rules } = build({ maxTokens: 100_000, temperature: 3, topP: 0.5, topK: 0 }, { outputTokens: 8_192 })
    expect(request.generationConfig).to.deep.equal({ temperature: 2, topP: 0.5, maxOutputTokens: 8_192 })
    expect(rules).to.have.members(['max-tokens', 'sampling-settings', 'sampling-settings'])
  })

  it('asks older models in words for a format beside tools', () => {
    const changes = { tools: [tool('a')], responseFormat: { type: 'json' } } as const
    expect(build(changes, { model: 'gemini-2.5-pro' }).request.systemInstruction?.parts[0]?.text).to.contain('one JSON object')
    expect(build(changes, { model: 'gemini-2.5-pro' }).rules).to.deep.equal(['response-format'])
    expect(build(changes).request.generationConfig).to.deep.equal({ responseMimeType: 'application/json' })
  })
})
