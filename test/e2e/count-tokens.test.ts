import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'

const TOOL: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string', description: 'Its name' } } },
}
const model = 'claude-sonnet-4-6'

describe('counting tokens through the gateway', () => {
  let gateway: TestGateway
  let client: Anthropic
  const count = async (body: Omit<Anthropic.MessageCountTokensParams, 'model'>) => (await client.messages.countTokens({ model, ...body })).input_tokens

  before(async () => {
    gateway = await startTestGateway()
    client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
  })
  after(() => gateway.close())

  it('answers the official SDK, without max_tokens and without asking the upstream', async () => {
    const tokens = await count({ messages: [{ role: 'user', content: 'Hello, world' }] })
    expect(tokens).to.be.within(5, 30)
    expect(gateway.simulator.journal.filter(entry => entry.path === '/generateAssistantResponse')).to.deep.equal([])
  })

  it('counts system texts, tools, calls, results, reasoning, images and documents', async () => {
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Hello' }]
    const least = await count({ messages })
    const more = {
      system: await count({ messages, system: 'Be brief and kind to everybody.' }),
      tools: await count({ messages, tools: [TOOL] }),
      calls: await count({
        messages: [...messages, { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } }] }],
      }),
      results: await count({
        messages: [...messages, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'It is three degrees in Oslo.' }] }],
      }),
      reasoning: await count({
        messages: [...messages, { role: 'assistant', content: [{ type: 'thinking', thinking: 'Let me think about it.', signature: 'c2ln' }] }],
      }),
      image: await count({
        messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }] }],
      }),
      document: await count({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'A letter to a friend.' } },
              { type: 'text', text: 'Hello' },
            ],
          },
        ],
      }),
    }
    for (const [name, tokens] of Object.entries(more)) expect(tokens, name).to.be.greaterThan(least)
  })

  for (const path of ['/v1/messages/count_tokens', '/messages/count_tokens', '/anthropic/v1/messages/count_tokens']) {
    it(`is at ${path}, for callers with a key`, async () => {
      const body = { model, messages: [{ role: 'user', content: 'Hello' }] }
      const answer = await gateway.post(path, body)
      expect(answer.status).to.equal(200)
      expect(Object.keys((await answer.json()) as object)).to.deep.equal(['input_tokens'])
      const stranger = await gateway.post(path, body, { 'x-api-key': 'wrong' })
      expect(stranger.status).to.equal(401)
      expect(await stranger.json()).to.have.nested.property('error.type', 'authentication_error')
    })
  }

  const malformed: readonly (readonly [string, object])[] = [
    ['no messages', { model }],
    ['a role that does not exist', { model, messages: [{ role: 'robot', content: 'x' }] }],
    ['a tool without a schema', { model, messages: [{ role: 'user', content: 'x' }], tools: [{ name: 'a' }] }],
    ['an image without data', { model, messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64' } }] }] }],
  ]
  for (const [name, body] of malformed) {
    it(`refuses ${name} as the Messages API does`, async () => {
      const [counted, asked] = await Promise.all(
        ['/v1/messages/count_tokens', '/v1/messages'].map(path => gateway.post(path, { max_tokens: 5, ...body }, { 'x-request-id': 'same-request-id' })),
      )
      expect(counted?.status).to.equal(400)
      expect(await counted?.json()).to.deep.equal(await asked?.json())
    })
  }

  it('comes closer to what the upstream reports with every answer', async () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(1_000)
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: `${text}[[usage:1.4]] [[text:yes]]` }]
    const before = await count({ messages })
    const answer = await client.messages.create({ model, max_tokens: 100, messages })
    const reported = answer.usage.input_tokens
    expect(Math.abs(before - reported)).to.be.greaterThan(1_000)
    let after = before
    // The comparison runs in the thread, behind the answer.
    for (let turn = 0; turn < 200 && after === before; turn++) after = await count({ messages })
    expect(Math.abs(after - reported)).to.be.lessThan(Math.abs(before - reported) / 10)
  })

  it('counts without any account', async () => {
    const lonely = await startTestGateway({ accounts: [], environment: { NODE_ENV: 'production' } })
    try {
      const answer = await lonely.post('/v1/messages/count_tokens', ask('Hello'))
      expect(answer.status).to.equal(200)
      expect(((await answer.json()) as { input_tokens: number }).input_tokens).to.be.greaterThan(0)
    } finally {
      await lonely.close()
    }
  })
})
