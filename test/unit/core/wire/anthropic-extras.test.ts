import { expect } from 'chai'
import { anthropic } from '../../../../core/dialects/anthropic/index.ts'
import type { ChatRequest } from '../../../../core/index.ts'
import { ANTHROPIC_EXTRAS, anthropicExtras } from '../../../../core/wire/anthropic-extras.ts'
import { PLAIN, type Quirks } from '../../../../providers/openai-compatible/quirks.ts'
import { buildChatRequest } from '../../../../providers/openai-compatible/request.ts'
import { buildGeminiRequest } from '../../../../providers/gemini/request.ts'
import { SignatureMemory } from '../../../../providers/gemini/signatures.ts'
import { chatRequest } from '../../../support/calls.ts'

const STRICT = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false }
const DOCUMENT = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Oslo is in Norway.' } }

const parse = (body: object) =>
  anthropic.chat?.parse(
    { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...body },
    { headers: {}, params: {}, query: new URLSearchParams() },
  ) as ChatRequest
const everything = () =>
  parse({
    mcp_servers: [{ type: 'url', url: 'https://mcp.example.com', name: 'a' }],
    context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
    container: 'c_1',
    service_tier: 'auto',
    speed: 'fast',
    inference_geo: 'eu',
    metadata: { user_id: 'somebody' },
    tools: [{ name: 'weather', input_schema: { type: 'object' }, strict: true, defer_loading: true, input_examples: [{ city: 'Oslo' }] }],
    messages: [{ role: 'user', content: [{ ...DOCUMENT, citations: { enabled: true } }] }],
  })
const openai = (request: ChatRequest, quirks: Partial<Quirks> = {}) => {
  const built = buildChatRequest(request, { model: 'm', quirks: { ...PLAIN, ...quirks }, remedies: new Set() })
  return { body: JSON.parse(built.body) as { readonly tools: readonly [{ readonly function: object }] }, rules: built.warnings.map(({ rule }) => rule) }
}
const gemini = (request: ChatRequest) =>
  buildGeminiRequest(request, { model: 'gemini-3-pro', memory: new SignatureMemory(), remedies: new Set(), filesRoot: 'https://x.example' }).warnings.map(
    ({ rule }) => rule,
  )

describe('wishes of a Messages request for which the hub has no word', () => {
  it('are all reported where another wire is spoken', () => {
    expect(anthropicExtras(everything()).map(({ rule }) => rule)).to.have.members(Object.keys(ANTHROPIC_EXTRAS))
    expect(openai(everything()).rules).to.include.members(Object.keys(ANTHROPIC_EXTRAS))
    expect(gemini(everything())).to.include.members(Object.keys(ANTHROPIC_EXTRAS))
  })

  it('say where they stand', () => {
    expect(anthropicExtras(everything()).map(({ rule, where }) => [rule, where])).to.deep.include.members([
      ['mcp-servers', 'mcp_servers'],
      ['deferred-tools', 'tools.0.defer_loading'],
      ['citations', 'messages.0.content.0.citations'],
    ])
  })

  it('are none where there are none, in requests of other wires, and where nothing is wished for', () => {
    const plain = parse({
      ...{ service_tier: null, metadata: { user_id: 'somebody' } },
      tools: [{ name: 'a', input_schema: { type: 'object' }, strict: false, defer_loading: false, input_examples: [] }],
      messages: [
        {
          role: 'user',
          content: [
            { ...DOCUMENT, citations: { enabled: false } },
            { type: 'tool_result', tool_use_id: 'x', content: [DOCUMENT] },
          ],
        },
      ],
    })
    expect(anthropicExtras(plain)).to.deep.equal([])
    expect(anthropicExtras(chatRequest({}))).to.deep.equal([])
  })
})

describe('the wish that arguments match a schema strictly', () => {
  const strict = (input_schema: object) => parse({ tools: [{ name: 'weather', input_schema, strict: true }] })

  it('is carried to upstreams that have it, as far as they take the schema', () => {
    const { body, rules } = openai(strict(STRICT))
    expect(body.tools[0].function).to.include({ name: 'weather', strict: true })
    expect(rules).to.deep.equal([])
  })

  for (const [why, schema] of [
    ['optional properties', { ...STRICT, required: [] }],
    ['open objects', { ...STRICT, additionalProperties: true }],
    ['open objects deep down', { ...STRICT, properties: { city: { type: 'array', items: { type: 'object', properties: {} } } } }],
    ['a root that is mended', { ...STRICT, anyOf: [] }],
  ] as const) {
    it(`is left out and reported where they refuse ${why}`, () => {
      const { body, rules } = openai(strict(schema))
      expect(body.tools[0].function).not.to.have.property('strict')
      expect(rules).to.include('strict-tools')
    })
  }

  it('is left out and reported where the upstream has no such forms', () => {
    const { body, rules } = openai(strict(STRICT), { structuredOutput: 'json_object' })
    expect(body.tools[0].function).not.to.have.property('strict')
    expect(rules).to.deep.equal(['strict-tools'])
    expect(gemini(strict(STRICT))).to.include('strict-tools')
  })
})
