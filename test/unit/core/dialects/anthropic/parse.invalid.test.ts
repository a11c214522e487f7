import { expect } from 'chai'
import fc from 'fast-check'
import { anthropic } from '../../../../../core/dialects/anthropic/index.ts'
import { type ChatRequest, GatewayError } from '../../../../../core/index.ts'

const parse = (body: unknown): ChatRequest => (anthropic.chat as NonNullable<typeof anthropic.chat>).parse(body, { headers: {}, params: {}, query: new URLSearchParams() })
const body = (changes: object = {}) => ({ model: 'claude-x', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], ...changes })
const first = (content: unknown) => body({ messages: [{ role: 'user', content }] })
const without = (name: string) => Object.fromEntries(Object.entries(body()).filter(([key]) => key !== name))

function fault(value: unknown): GatewayError {
  try {
    parse(value)
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('refusing an Anthropic request', () => {
  const table: readonly (readonly [string, unknown, string])[] = [
    ['no model', without('model'), 'model'],
    ['an empty model', body({ model: '' }), 'model'],
    ['a model that is a number', body({ model: 5 }), 'model'],
    ['a model of a thousand characters', body({ model: 'x'.repeat(1000) }), 'model'],
    ['no messages', without('messages'), 'messages'],
    ['messages that are text', body({ messages: 'Hello' }), 'messages'],
    ['an empty list of messages', body({ messages: [] }), 'messages'],
    ['a message that is text', body({ messages: ['Hello'] }), 'messages.0'],
    ['a message without role', body({ messages: [{ content: 'x' }] }), 'messages.0.role'],
    ['an unknown role', body({ messages: [{ role: 'user', content: 'x' }, { role: 'tool', content: 'x' }] }), 'messages.1.role'],
    ['a message without content', body({ messages: [{ role: 'user' }] }), 'messages.0.content'],
    ['content that is a number', first(5), 'messages.0.content'],
    ['content that is null', first(null), 'messages.0.content'],
    ['content that is an object', first({ type: 'text', text: 'x' }), 'messages.0.content'],
    ['a block that is text', first(['x']), 'messages.0.content.0'],
    ['a block without type', first([{ type: 'text', text: 'x' }, { text: 'x' }]), 'messages.0.content.1.type'],
    ['a text block without text', first([{ type: 'text' }]), 'messages.0.content.0.text'],
    ['a text block with a number', first([{ type: 'text', text: 5 }]), 'messages.0.content.0.text'],
    ['an image without source', first([{ type: 'image' }]), 'messages.0.content.0.source'],
    ['an image of no known source', first([{ type: 'image', source: { type: 'carrier-pigeon' } }]), 'messages.0.content.0.source.type'],
    ['an image without data', first([{ type: 'image', source: { type: 'base64', media_type: 'image/png' } }]), 'messages.0.content.0.source.data'],
    ['an image without URL', first([{ type: 'image', source: { type: 'url' } }]), 'messages.0.content.0.source.url'],
    ['an image without file', first([{ type: 'image', source: { type: 'file' } }]), 'messages.0.content.0.source.file_id'],
    ['a tool call without id', first([{ type: 'tool_use', name: 'a', input: {} }]), 'messages.0.content.0.id'],
    ['a tool call with an empty name', first([{ type: 'tool_use', id: 'a', name: '', input: {} }]), 'messages.0.content.0.name'],
    ['a tool call whose input is text', first([{ type: 'tool_use', id: 'a', name: 'b', input: '{}' }]), 'messages.0.content.0.input'],
    ['a tool call whose input is a list', first([{ type: 'tool_use', id: 'a', name: 'b', input: [] }]), 'messages.0.content.0.input'],
    ['a tool result without id', first([{ type: 'tool_result', content: 'x' }]), 'messages.0.content.0.tool_use_id'],
    ['a tool result with a number', first([{ type: 'tool_result', tool_use_id: 'a', content: 5 }]), 'messages.0.content.0.content'],
    ['a bad block in a tool result', first([{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image' }] }]), 'messages.0.content.0.content.0.source'],
    ['thinking without text', first([{ type: 'thinking', signature: 'x' }]), 'messages.0.content.0.thinking'],
    ['sealed thinking without data', first([{ type: 'redacted_thinking' }]), 'messages.0.content.0.data'],
    ['cache control that is text', first([{ type: 'text', text: 'x', cache_control: 'ephemeral' }]), 'messages.0.content.0.cache_control'],
    ['max_tokens of 0', body({ max_tokens: 0 }), 'max_tokens'],
    ['max_tokens as text', body({ max_tokens: '100' }), 'max_tokens'],
    ['max_tokens with a fraction', body({ max_tokens: 1.5 }), 'max_tokens'],
    ['system that is a number', body({ system: 5 }), 'system'],
    ['a system block that is no text', body({ system: [{ type: 'image', text: 'x' }] }), 'system.0.type'],
    ['a system block without text', body({ system: [{ type: 'text', text: 'a' }, { type: 'text' }] }), 'system.1.text'],
    ['a temperature above 1', body({ temperature: 1.5 }), 'temperature'],
    ['a negative top_p', body({ top_p: -0.1 }), 'top_p'],
    ['a top_k with a fraction', body({ top_k: 0.5 }), 'top_k'],
    ['stream as text', body({ stream: 'true' }), 'stream'],
    ['stop sequences as text', body({ stop_sequences: 'END' }), 'stop_sequences'],
    ['a stop sequence that is a number', body({ stop_sequences: ['a', 5] }), 'stop_sequences.1'],
    ['tools that are no list', body({ tools: {} }), 'tools'],
    ['a tool without name', body({ tools: [{ input_schema: {} }] }), 'tools.0.name'],
    ['a tool without schema', body({ tools: [{ name: 'a', input_schema: {} }, { name: 'b' }] }), 'tools.1.input_schema'],
    ['a tool whose schema is text', body({ tools: [{ name: 'a', input_schema: '{}' }] }), 'tools.0.input_schema'],
    ['a tool choice of no known kind', body({ tool_choice: { type: 'maybe' } }), 'tool_choice.type'],
    ['a tool choice as text', body({ tool_choice: 'auto' }), 'tool_choice'],
    ['a tool choice without name', body({ tool_choice: { type: 'tool' } }), 'tool_choice.name'],
    ['thinking as text', body({ thinking: 'enabled' }), 'thinking'],
    ['thinking with a budget of 0', body({ thinking: { type: 'enabled', budget_tokens: 0 } }), 'thinking.budget_tokens'],
    ['thinking without type', body({ thinking: { budget_tokens: 2000 } }), 'thinking.type'],
    ['metadata as text', body({ metadata: 'me' }), 'metadata'],
    ['a user id that is a number', body({ metadata: { user_id: 5 } }), 'metadata.user_id'],
    ['an effort that is a number', body({ output_config: { effort: 5 } }), 'output_config.effort'],
  ]
  for (const [what, value, field] of table) {
    it(`names the field for ${what}`, () => {
      const error = fault(value)
      expect(error.code).to.equal('bad_request')
      expect(error.param).to.equal(field)
      expect(error.message.startsWith(`${field}: `), error.message).to.equal(true)
    })
  }

  it('quotes nothing of what was sent', () => {
    expect(fault(body({ model: { 'my-own-words': 1 } })).message).to.not.contain('my-own-words')
    expect(fault(body({ messages: [{ role: 'my-own-words', content: 'x' }] })).message).to.not.contain('my-own-words')
  })

  it('says for a missing field that it is required, and for a word which there are', () => {
    expect(fault(without('model')).message).to.equal('model: field required')
    expect(fault(body({ messages: [{ role: 'tool', content: 'x' }] })).message).to.equal('messages.0.role: must be one of user, assistant, system')
  })

  const names = ['type', 'text', 'role', 'content', 'source', 'data', 'id', 'name', 'input', 'tool_use_id', 'thinking', 'system', 'tools', 'tool_choice', 'messages', 'model', 'metadata', 'user_id', 'output_config', 'format', '__proto__', 'constructor']
  const words = ['text', 'image', 'document', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking', 'user', 'assistant', 'system', 'base64', 'url', 'content', 'auto', 'tool', 'enabled', '']
  const json = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>(...words, null, true, false, 0, -1, 1.5, 1e300),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6, noNullPrototype: true }),
    ),
  })).value

  function neverCrashes(value: unknown): void {
    // As it comes from the wire.
    const received: unknown = JSON.parse(JSON.stringify(value) ?? 'null')
    let request: ChatRequest
    try {
      request = parse(received)
    } catch (error) {
      if (!GatewayError.is(error)) throw error
      expect(error.status, error.message).to.equal(400)
      expect(error.param).to.be.a('string')
      return
    }
    expect(request.messages).to.have.length.greaterThan(0)
  }

  it('makes of any JSON a request or an error of class 400, never a crash', () => {
    fc.assert(fc.property(json, neverCrashes), { numRuns: 500 })
  })

  it('makes of any content in an otherwise good body a request or an error of class 400', () => {
    const blocks = fc.array(fc.record({ type: fc.constantFrom(...words), text: json, source: json, content: json, id: json, name: json, input: json, tool_use_id: json, thinking: json, data: json }, { requiredKeys: [] }), { maxLength: 5 })
    fc.assert(
      fc.property(fc.constantFrom('user', 'assistant', 'system'), blocks, json, json, (role, content, system, tools) => {
        neverCrashes(body({ messages: [{ role, content }], system, tools }))
        neverCrashes(first(content))
      }),
      { numRuns: 500 },
    )
  })

  it('makes of any good body with one member exchanged a request or an error of class 400', () => {
    const members = ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'metadata', 'stream', 'stop_sequences', 'temperature', 'max_tokens']
    fc.assert(fc.property(fc.constantFrom(...members), json, (name, value) => neverCrashes(body({ [name]: value }))), { numRuns: 500 })
  })
})
