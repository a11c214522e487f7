import { expect } from 'chai'
import fc from 'fast-check'
import type { ChatRequest, Dialect, Message, Part } from '../../../core/index.ts'
import { anthropic } from '../../../core/dialects/anthropic/index.ts'
import { openaiChat } from '../../../core/dialects/openai-chat/index.ts'
import { GatewayError } from '../../../core/errors/gateway-error.ts'
import { buildKiroRequest } from '../../../providers/kiro/request.ts'
import { arbitraryChatRequest } from '../../support/arbitrary-conversation.ts'
import { asAnthropicBody, asOpenaiBody } from '../../support/client-bodies.ts'
import { checkKiroBody } from '../../support/kiro-body-checker.ts'

const DIALECTS: readonly { readonly dialect: Dialect; readonly bodyOf: (request: ChatRequest) => unknown }[] = [
  { dialect: anthropic, bodyOf: asAnthropicBody },
  { dialect: openaiChat, bodyOf: asOpenaiBody },
]

function parse(dialect: Dialect, body: unknown): ChatRequest {
  // What comes over a socket is text.
  const value: unknown = JSON.parse(JSON.stringify(body))
  const parsed = dialect.chat?.parse(value, { headers: {}, params: {}, query: new URLSearchParams() })
  if (parsed === undefined) throw new Error(`${dialect.name} has no chat`)
  return parsed
}

const build = (request: ChatRequest) =>
  buildKiroRequest(request, {
    model: 'claude-sonnet-4.5',
    origin: 'AI_EDITOR',
    conversationId: '11111111-2222-4333-8444-555555555555',
    agentContinuationId: '66666666-7777-4888-8999-aaaaaaaaaaaa',
    remedies: new Set(),
  })

/** A sound conversation in which each piece of content is a word of its own. */
const sound: fc.Arbitrary<ChatRequest> = fc
  .array(fc.record({ calls: fc.nat({ max: 3 }), said: fc.boolean(), errors: fc.boolean(), steering: fc.boolean() }), { maxLength: 5 })
  .map(turns => {
    let word = 0
    const mark = () => `MARK${++word}.`
    const text = (): Part => ({ type: 'text', text: mark() })
    const messages: Message[] = [{ role: 'user', parts: [text()] }]
    for (const [turn, { calls, said, errors, steering }] of turns.entries()) {
      const ids = Array.from({ length: calls }, (_, index) => `toolu_${turn}_${index}`)
      messages.push({ role: 'assistant', parts: [...(said || calls === 0 ? [text()] : []), ...ids.map((id): Part => ({ type: 'tool-call', id, name: 'read_file', input: { path: mark() } }))] })
      const results = ids.map((id): Part => ({ type: 'tool-result', id, isError: errors, content: [{ type: 'text', text: mark() }] }))
      messages.push({ role: 'user', parts: [...results, ...(steering || calls === 0 ? [text()] : [])] })
    }
    return {
      model: 'claude-sonnet-4.5',
      system: [{ type: 'text', text: mark() }],
      messages,
      tools: [{ name: 'read_file', description: mark(), schema: { type: 'object', properties: { path: { type: 'string', description: mark() } } } }],
      stop: [],
      stream: true,
    }
  })

for (const { dialect, bodyOf } of DIALECTS) {
  describe(`any conversation of the ${dialect.name} dialect, on its way to Kiro`, () => {
    it('is taken by the upstream, or refused as a request with the place that is wrong', () => {
      fc.assert(
        fc.property(arbitraryChatRequest(), request => {
          try {
            expect(checkKiroBody(build(parse(dialect, bodyOf(request))).body)).to.deep.equal([])
          } catch (error) {
            if (!GatewayError.is(error)) throw error
            expect(error.scope).to.equal('request')
            expect(error.param, error.message).to.be.a('string')
          }
        }),
        { numRuns: 400 },
      )
    })

    it('loses not a word of a sound one, and has nothing to report', () => {
      fc.assert(
        fc.property(sound, request => {
          const built = build(parse(dialect, bodyOf(request)))
          expect(built.warnings).to.deep.equal([])
          const told = JSON.stringify(request.messages).match(/MARK\d+\./g) ?? []
          const { conversationState } = JSON.parse(built.body) as { conversationState: { history?: unknown[]; currentMessage: unknown } }
          // What tools say of themselves is no part of what was said.
          const turns = JSON.stringify([...(conversationState.history ?? []), conversationState.currentMessage], (key, value: unknown) => (key === 'tools' ? undefined : value))
          const carried = new Set(turns.match(/MARK\d+\./g))
          expect(told.filter(word => !carried.has(word))).to.deep.equal([])
          for (const word of JSON.stringify([request.system, request.tools]).match(/MARK\d+\./g) ?? []) expect(built.body).to.contain(word)
        }),
        { numRuns: 300 },
      )
    })
  })
}

describe('a conversation in Anthropic words and back', () => {
  it('is the same hub request for text, tools and results', () => {
    fc.assert(
      fc.property(sound, request => {
        expect(parse(anthropic, asAnthropicBody(request)).original?.read).to.deep.equal({ ...request, maxTokens: 1024 })
      }),
      { numRuns: 200 },
    )
  })
})
