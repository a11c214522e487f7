import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import type { GeminiPart } from '../../core/wire/gemini.ts'
import { type GeminiGateway, startGeminiGateway } from '../support/gemini-gateway.ts'

const WEATHER = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' }, days: { enum: [1, 2, 3] } },
    required: ['city'],
    additionalProperties: false,
  },
}
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const THINKING = { type: 'enabled' as const, budget_tokens: 2_000 }

describe('the official Anthropic SDK through the gateway to Gemini', () => {
  let gateway: GeminiGateway
  let client: Anthropic

  before(async () => {
    gateway = await startGeminiGateway()
    client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
  })
  after(() => gateway.close())
  beforeEach(() => gateway.simulator.reset())

  const lastContents = () => (gateway.simulator.asked.at(-1)?.['contents'] ?? []) as readonly { readonly role: string; readonly parts: readonly GeminiPart[] }[]

  for (const stream of [false, true]) {
    const ask = (request: Anthropic.MessageCreateParamsNonStreaming) =>
      stream ? client.messages.stream(request).finalMessage() : client.messages.create(request)

    describe(stream ? 'as a stream' : 'in one piece', () => {
      it('gets text, a stop reason and counts', async () => {
        const message = await ask({
          model: 'gemini-2.5-flash',
          max_tokens: 100,
          system: 'Be SHORT.',
          messages: [{ role: 'user', content: '[[text:four words of text]]' }],
        })
        expect(message.content).to.deep.equal([{ type: 'text', text: 'four words of text' }])
        expect(message.stop_reason).to.equal('end_turn')
        expect(message.model).to.equal('gemini-2.5-flash')
        expect(message.usage.input_tokens).to.be.greaterThan(0)
        expect(message.usage.output_tokens).to.be.greaterThan(0)
        const [asked] = gateway.simulator.asked
        expect(asked).to.have.nested.property('systemInstruction.parts[0].text', 'Be SHORT.')
        expect(asked).to.have.nested.property('generationConfig.maxOutputTokens', 100)
        expect(gateway.simulator.journal.at(-1)?.path).to.contain(stream ? ':streamGenerateContent?alt=sse' : ':generateContent')
      })

      for (const model of ['gemini-2.5-pro', 'gemini-3-pro-preview']) {
        for (const thinking of [undefined, THINKING]) {
          it(`holds a conversation of parallel tools over several turns with ${model}${thinking ? ', signatures in thinking blocks' : ''}`, async () => {
            const base = { model, max_tokens: 5_000, tools: [WEATHER], ...(thinking ? { thinking } : {}) }
            const messages: Anthropic.MessageParam[] = [
              { role: 'user', content: 'Weather? [[think:Two cities.]] [[tool:get_weather {"city":"Oslo","days":"2"}]] [[tool:get_weather {"city":"Rome"}]]' },
            ]
            const first = await ask({ ...base, messages })
            const calls = first.content.filter(block => block.type === 'tool_use')
            expect(first.stop_reason).to.equal('tool_use')
            // The number that the client's schema lists, though the API knows enums of strings only.
            expect(calls.map(call => call.input)).to.deep.equal([{ city: 'Oslo', days: 2 }, { city: 'Rome' }])
            if (thinking) expect(first.content.filter(block => block.type === 'thinking').at(0)?.thinking).to.equal('Two cities.')

            messages.push({ role: 'assistant', content: first.content })
            messages.push({
              role: 'user',
              content: [
                // In the wrong order, and one of them failed.
                { type: 'tool_result', tool_use_id: calls[1]!.id, is_error: true, content: 'station is down' },
                {
                  type: 'tool_result',
                  tool_use_id: calls[0]!.id,
                  content: [
                    { type: 'text', text: '3 degrees' },
                    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
                  ],
                },
              ],
            })
            const second = await ask({ ...base, messages })
            const text = second.content.map(block => (block.type === 'text' ? block.text : '')).join('')
            expect(text).to.contain('3 degrees').and.to.contain('station is down')
            const [question, answer, results] = lastContents()
            expect(question?.role).to.equal('user')
            const [oslo, rome] = answer?.parts.filter(part => part.functionCall !== undefined) ?? []
            // Signed by the simulator over this very call, so it came back on the right one.
            if (model.startsWith('gemini-3')) expect(oslo?.thoughtSignature).to.be.a('string').and.not.to.contain('skip')
            expect(rome?.thoughtSignature).to.equal(undefined)
            expect(results?.parts.map(part => Object.keys(part)[0])).to.deep.equal(['functionResponse', 'functionResponse', 'inlineData'])
            expect(results?.parts[0]?.functionResponse?.response).to.deep.equal({ output: '3 degrees\n[The image is attached to this message.]' })
            expect(results?.parts[1]?.functionResponse?.response).to.deep.equal({ error: 'station is down' })

            messages.push({ role: 'assistant', content: second.content }, { role: 'user', content: 'And again? [[tool:get_weather {"city":"Paris"}]]' })
            const third = await ask({ ...base, messages })
            expect(third.content.filter(block => block.type === 'tool_use').map(({ name, input }) => ({ name, input }))).to.deep.equal([
              { name: 'get_weather', input: { city: 'Paris' } },
            ])
          })
        }
      }

      it('shows an image and a system message in the middle, and reports the latter', async () => {
        const response = await gateway.post('/v1/messages', {
          ...{ model: 'gemini-3.7-flash', max_tokens: 100, stream },
          messages: [
            {
              role: 'user',
              content: [
                { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: PNG } },
                { type: 'text', text: 'What is it?' },
              ],
            },
            { role: 'assistant', content: 'A dot.' },
            { role: 'system', content: 'Be BRAVE.' },
            { role: 'user', content: 'Sure? [[text:yes]]' },
          ],
        })
        expect(response.status).to.equal(200)
        expect(response.headers.get('x-kiro-gateway-changes')).to.contain('system-messages')
        await response.text()
        const [first, , last] = lastContents()
        // By its bytes, whatever the client said.
        expect(first?.parts[0]?.inlineData).to.deep.equal({ mimeType: 'image/png', data: PNG })
        expect(last?.parts[0]?.text).to.contain('Be BRAVE.')
      })

      it('tells of a limit reached and of a refusal', async () => {
        const limit = await ask({ model: 'gemini-2.5-flash', max_tokens: 100, messages: [{ role: 'user', content: '[[text:cut]] [[finish:MAX_TOKENS]]' }] })
        expect(limit.stop_reason).to.equal('max_tokens')
        const refused = await ask({ model: 'gemini-2.5-flash', max_tokens: 100, messages: [{ role: 'user', content: '[[text:no]] [[finish:SAFETY]]' }] })
        expect(refused.stop_reason).to.equal('refusal')
      })
    })
  }

  it('gets its tokens counted by the API, tools and system prompt included', async () => {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Hello there' }]
    const bare = await client.messages.countTokens({ model: 'gemini-2.5-flash', messages })
    const whole = await client.messages.countTokens({ model: 'gemini-2.5-flash', messages, tools: [WEATHER], system: 'Be brief.' })
    expect(whole.input_tokens).to.be.greaterThan(bare.input_tokens)
    expect(gateway.simulator.journal.filter(({ path }) => path.endsWith(':countTokens'))).to.have.length(2)
  })

  it('lists the models with their limits, and none that cannot answer', async () => {
    const ids: string[] = []
    for await (const card of client.models.list()) ids.push(card.id)
    expect(ids).to.include('gemini-3-pro-preview').and.not.to.include('gemini-embedding-001')
  })

  it('never puts a key into an address or a log', async () => {
    await gateway.post('/v1/messages', { model: 'gemini-2.5-flash', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] })
    const [key = ''] = gateway.simulator.keys
    for (const { path, headers } of gateway.simulator.journal) {
      expect(path).not.to.contain(key)
      expect(headers['x-goog-api-key']).to.equal(key)
    }
    expect(gateway.logged()).not.to.contain(key)
  })
})
