import { expect } from 'chai'
import OpenAI from 'openai'
import { type AnthropicGateway, startAnthropicGateway } from '../support/anthropic-gateway.ts'

const TOOLS: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }]

describe('a Chat client’s tool loop with a model that reasons at an Anthropic-compatible upstream', () => {
  const settings = { model: 'claude-sonnet-4-5', tools: TOOLS, reasoning_effort: 'low', max_tokens: 8000 } as const
  let running: AnthropicGateway
  let client: OpenAI

  before(async () => {
    running = await startAnthropicGateway()
    client = new OpenAI({ baseURL: `${running.gateway.url}/v1`, apiKey: running.gateway.key, maxRetries: 0 })
  })
  after(() => running.close())
  beforeEach(() => running.upstream.reset())
  const lastBody = () => running.upstream.asked.at(-1)?.body as any

  for (const stream of [true, false]) {
    for (const kept of [false, true]) {
      it(`replays the reasoning of ${stream ? 'a streamed' : 'a whole'} answer, whose client kept ${kept ? 'everything' : 'the calls alone'}`, async () => {
        const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather? [[reason:Let me think.]] [[tool:weather]]' }]
        const ask = { ...settings, messages }
        const message = stream
          ? (await client.chat.completions.stream(ask).finalChatCompletion()).choices[0]?.message
          : (await client.chat.completions.create(ask)).choices[0]?.message
        expect(message?.tool_calls).to.have.length(1)
        const [call] = message?.tool_calls ?? []
        messages.push((kept ? message : { role: 'assistant', tool_calls: [call] }) as OpenAI.ChatCompletionMessageParam)
        messages.push({ role: 'tool', tool_call_id: call?.id ?? '', content: 'Sunny' })
        const { data, response } = await client.chat.completions.create(ask).withResponse()
        expect(data.choices[0]?.message.content).to.equal('Sunny')
        expect(lastBody().messages[1].content[0]).to.deep.include({ type: 'thinking', thinking: 'Let me think.' })
        expect(lastBody().thinking).to.deep.equal({ type: 'enabled', budget_tokens: 1024 })
        expect(response.headers.get('x-kiro-gateway-attempts')).to.equal('1')
        expect(response.headers.get('x-kiro-gateway-changes')).to.equal(null)
      })
    }
  }

  it('names what an upstream did not accept', async () => {
    const messages = [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } }],
        reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 'Eforged', id: 'kiro-gateway-0', index: 0 }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Sunny' },
    ] as unknown as OpenAI.ChatCompletionMessageParam[]
    const { response } = await client.chat.completions.create({ ...settings, messages }).withResponse()
    expect(response.headers.get('x-kiro-gateway-attempts')).to.equal('2')
    expect(response.headers.get('x-kiro-gateway-changes')).to.equal('reasoning-replay, thinking-and-tools')
  })
})
