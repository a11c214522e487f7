import { expect } from 'chai'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import type { Attempt, ChatRequest, Principal, StreamEvent } from '../../../../core/index.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import type { OpenaiCompatibleCredential } from '../../../../providers/openai-compatible/credential.ts'
import { OpenaiCompatibleProvider } from '../../../../providers/openai-compatible/index.ts'
import type { OpenaiCompatibleOptions } from '../../../../providers/openai-compatible/options.ts'
import { ReasoningTrace } from '../../../../providers/openai-compatible/reasoning-trace.ts'
import { chatRequest, trackedCall } from '../../../support/calls.ts'

const REASONING = { mode: 'on', effort: 'low' } as const
const CALL = { index: 0, id: 'functions.f:0', type: 'function', function: { name: 'f', arguments: '{}' } }
const { index: _index, ...SENT_CALL } = CALL

/** A provider that was answered once, and what it then sends. */
function answered(vendor: OpenaiCompatibleOptions['vendor'], deltas: readonly object[], first: Partial<ChatRequest> = {}) {
  const options = { strategy: 'round-robin', accounts: [], models: [], listModels: false, vendor } as unknown as OpenaiCompatibleOptions
  const provider = new OpenaiCompatibleProvider({ name: 'other', options, log: silentLogger, clock: new FakeClock() })
  const attempt = (request: ChatRequest, principal: Principal) =>
    ({
      call: trackedCall({ request, principal }),
      model: 'm',
      account: { credential: { apiKey: 'k' } },
      remedies: new Set(),
    }) as unknown as Attempt<OpenaiCompatibleCredential>
  const asked = chatRequest(first)
  const ann = { keyId: 'ann' }
  const parser = provider.parseResponse(attempt(asked, ann), provider.buildRequest(asked, attempt(asked, ann)))
  const choices = [...deltas.map(delta => ({ delta })), { delta: {}, finish_reason: 'tool_calls' }]
  const stream = choices.map(choice => `data: ${JSON.stringify({ id: 'x', model: 'm', choices: [{ index: 0, ...choice }] })}\n\n`).join('')
  const events: readonly StreamEvent[] = [...parser.push(Buffer.from(`${stream}data: [DONE]\n\n`)), ...parser.end()]
  expect(events.at(-1)).to.have.property('type', 'finish')
  return (request: ChatRequest, principal: Principal = ann) => {
    const { body, warnings } = provider.buildRequest(request, attempt(request, principal))
    const { messages } = JSON.parse(body) as { readonly messages: readonly Record<string, unknown>[] }
    return { assistant: messages.find(({ role }) => role === 'assistant'), lost: warnings.filter(({ rule }) => rule === 'reasoning-history').length }
  }
}

const hub = (id = CALL.id): ChatRequest =>
  chatRequest({
    reasoning: REASONING,
    messages: [
      { role: 'user', parts: [{ type: 'text', text: 'Go' }] },
      { role: 'assistant', parts: [{ type: 'tool-call', id, name: 'f', input: {} }] },
      { role: 'user', parts: [{ type: 'tool-result', id, content: [{ type: 'text', text: 'ok' }], isError: false }] },
    ],
  })
const chat = (assistant: object = {}, after: readonly object[] = []): ChatRequest =>
  openaiChat.chat?.parse(
    {
      model: 'm',
      reasoning_effort: 'low',
      messages: [
        { role: 'user', content: 'Go' },
        { role: 'assistant', content: null, tool_calls: [SENT_CALL], ...assistant },
        { role: 'tool', tool_call_id: CALL.id, content: 'ok' },
        ...after,
      ],
    },
    { headers: {}, params: {}, query: new URLSearchParams() },
  ) as ChatRequest

const PIECES = [
  { reasoning: 'let me ', reasoning_details: [{ type: 'reasoning.text', text: 'let me ', signature: null, format: 'f', index: 0 }] },
  { reasoning: 'think', reasoning_details: [{ type: 'reasoning.text', text: 'think', format: 'f', index: 0 }] },
  { reasoning_details: [{ type: 'reasoning.text', signature: 'c2ln', format: 'f', index: 0 }] },
  { tool_calls: [CALL] },
  { reasoning_details: [{ type: 'reasoning.encrypted', data: 'ZW5j', id: CALL.id, format: 'g', index: 1 }] },
]
const WHOLE = [
  { type: 'reasoning.text', text: 'let me think', signature: 'c2ln', format: 'f', index: 0 },
  { type: 'reasoning.encrypted', data: 'ZW5j', id: CALL.id, format: 'g', index: 1 },
]

describe('reasoning that OpenRouter wants back', () => {
  for (const [who, request] of [
    ['of another API', hub()],
    ['of this API', chat()],
  ] as const) {
    it(`is put back unmodified for a client ${who} that kept none, even one that asked to see none`, () => {
      for (const first of [{ reasoning: REASONING }, {}]) {
        const { assistant, lost } = answered('openrouter', PIECES, first)(request)
        expect(assistant).to.have.deep.property('reasoning_details', WHOLE)
        expect(lost).to.equal(0)
      }
    })
  }

  it('is put back whole for a client of another API that kept the part that it has a place for', () => {
    const { messages } = hub()
    const own = `or1.${Buffer.from(JSON.stringify({ type: 'reasoning.text', signature: 'c2ln' })).toString('base64url')}`
    const kept = messages.map(message =>
      message.role === 'assistant' ? { ...message, parts: [{ type: 'reasoning', text: 'let me think', signature: own } as const, ...message.parts] } : message,
    )
    expect(answered('openrouter', PIECES)({ ...hub(), messages: kept }).assistant).to.have.deep.property('reasoning_details', WHOLE)
  })

  it('is the client’s own where it kept it', () => {
    const own = [{ type: 'reasoning.text', text: 'x', signature: 'y' }]
    expect(answered('openrouter', PIECES)(chat({ reasoning_details: own })).assistant).to.have.deep.property('reasoning_details', own)
  })

  it('is nobody else’s', () => {
    const { assistant, lost } = answered('openrouter', PIECES)(hub(), { keyId: 'bob' })
    expect(assistant).not.to.have.property('reasoning_details')
    expect(lost).to.equal(1)
  })

  it('is never what the gateway made of another upstream’s', () => {
    const made = [{ type: 'reasoning.text', text: 'x', signature: 'EqQB', id: 'kiro-gateway-0', index: 0 }]
    for (const vendor of ['openrouter', 'openai'] as const) {
      const { assistant, lost } = answered(vendor, [{ content: 'Hi' }, { tool_calls: [CALL] }])(chat({ reasoning_details: made }))
      expect(assistant).not.to.have.property('reasoning_details')
      expect(lost).to.equal(1)
    }
  })
})

describe('reasoning that DeepSeek wants back', () => {
  const said = [{ reasoning_content: 'let me ' }, { reasoning_content: 'think' }, { tool_calls: [CALL] }]

  it('is put back for clients that kept none', () => {
    for (const request of [hub(), chat(), chat({ reasoning_content: '' }), chat({ reasoning_content: null })]) {
      expect(answered('deepseek', said)(request)).to.include({ lost: 0 }).and.to.have.nested.property('assistant.reasoning_content', 'let me think')
    }
  })

  it('is not sent for turns that are over', () => {
    expect(answered('deepseek', said)(chat({}, [{ role: 'user', content: 'Thanks' }])).assistant).to.have.property('reasoning_content', '')
  })

  it('is said to be lost where nothing is known of it, and not where there was none', () => {
    for (const request of [hub(), chat()]) {
      expect(answered('deepseek', [{ content: 'Hi' }])(request))
        .to.include({ lost: 1 })
        .and.to.have.nested.property('assistant.reasoning_content', '')
      expect(answered('deepseek', said.slice(2))(request)).to.include({ lost: 0 })
    }
  })
})

describe('the details of a streamed answer', () => {
  it('are joined by their index, and apart where another thought begins', () => {
    const trace = new ReasoningTrace()
    const piece = (index: number, rest: object) => trace.detail({ type: 'reasoning.text', index, ...rest })
    piece(0, { text: 'a' })
    piece(0, { text: 'b', signature: 's' })
    piece(0, { text: 'c' })
    piece(1, { text: 'd' })
    trace.detail('nonsense')
    expect(trace.kept.details.map(({ text }) => text)).to.deep.equal(['ab', 'c', 'd'])
  })
})
