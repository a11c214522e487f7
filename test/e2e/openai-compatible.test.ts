import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import OpenAI from 'openai'
import { type OpenaiSimulator, startOpenaiSimulator } from '../../providers/openai-compatible/simulator/index.ts'
import { STREAM_SCRIPTS, streamText } from '../../providers/openai-compatible/simulator/stream-scripts.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

const KEYS = ['sk-simulated-key-0001', 'sk-simulated-key-0002']
const MODEL = 'gpt-simulated'
const WEATHER = {
  name: 'weather',
  description: 'Weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

describe('an OpenAI-compatible upstream', () => {
  let simulator: OpenaiSimulator
  let gateway: TestGateway
  let openai: OpenAI
  let anthropic: Anthropic

  before(async () => {
    simulator = await startOpenaiSimulator({ keys: KEYS })
    const options = { name: 'other', baseUrl: simulator.baseUrl, accounts: KEYS.map(apiKey => ({ apiKey })), headers: { 'X-Operator': 'ours' } }
    gateway = await startTestGateway({ config: { providers: [{ use: 'openai-compatible', options }, { use: 'kiro' }] } })
    openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0, organization: 'org-of-the-client' })
    anthropic = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
  })
  after(async () => {
    await gateway.close()
    await simulator.close()
  })
  beforeEach(() => simulator.reset())

  const chats = () => simulator.journal.filter(entry => entry.path === '/v1/chat/completions')
  const sent = () => chats().at(-1)?.body as Record<string, unknown>
  const user = (content: string) => ({ role: 'user' as const, content })
  const ask = (body: object, headers: Readonly<Record<string, string>> = {}) =>
    gateway.post('/v1/chat/completions', { model: MODEL, messages: [user('Hi')], ...body }, headers)

  describe('for a client of the same API', () => {
    it('gets the body as the client wrote it, with the upstream’s name of the model', async () => {
      const body = {
        seed: 7,
        logit_bias: { 50256: -100 },
        metadata: { a: 'b' },
        user: 'u-1',
        messages: [{ ...user('Hi'), name: 'Ann' }],
        temperature: 0.5,
        n: 1,
        store: false,
      }
      expect((await ask(body)).status).to.equal(200)
      expect(sent()).to.deep.equal({ model: MODEL, ...body })
    })

    it('gets the headers that mean something to it, and none of the client’s credentials', async () => {
      await openai.chat.completions.create({ model: `other/${MODEL}`, messages: [user('Hi')] }, { headers: { 'idempotency-key': 'once', cookie: 'a=b' } })
      const { headers } = chats().at(-1) ?? { headers: {} as Record<string, string> }
      expect(headers).to.include({ 'openai-organization': 'org-of-the-client', 'idempotency-key': 'once', 'x-operator': 'ours' })
      expect(KEYS.map(key => `Bearer ${key}`)).to.include(headers['authorization'])
      for (const name of ['cookie', 'x-api-key', 'anthropic-version', 'x-stainless-lang']) expect(headers).not.to.have.property(name)
    })

    it('answers through the official SDK, under the name that was asked for', async () => {
      const answer = await openai.chat.completions.create({ model: `other/${MODEL}`, messages: [user('Hi')] })
      expect(answer.choices[0]?.message.content).to.equal('You sent 1 messages.')
      expect(answer.model).to.equal(`other/${MODEL}`)
      expect(answer).to.deep.include({ id: 'chatcmpl-simulated', service_tier: 'default' })
      expect(answer.usage?.total_tokens).to.be.greaterThan(0)
    })

    it('streams through the official SDK, with counts for who asks for them', async () => {
      const stream = openai.chat.completions.stream({ model: MODEL, messages: [user('Hi')], stream_options: { include_usage: true } })
      const answer = await stream.finalChatCompletion()
      expect(answer.choices[0]?.message.content).to.equal('You sent 1 messages.')
      expect(answer.usage?.prompt_tokens).to.be.greaterThan(0)
      const chunks: unknown[] = []
      for await (const chunk of await openai.chat.completions.create({ model: MODEL, messages: [user('Hi')], stream: true })) chunks.push(chunk)
      expect(JSON.stringify(chunks)).not.to.contain('prompt_tokens')
      expect(sent()['stream_options']).to.deep.equal({ include_usage: true })
    })

    for (const size of [Number.POSITIVE_INFINITY, 40]) {
      it(`is lossless, byte for byte, when the upstream writes ${size} bytes at once`, async () => {
        simulator.plan({ do: 'script', script: 'unknown-members' })
        simulator.pieces(size)
        const answer = await ask({ stream: true, stream_options: { include_usage: true } })
        expect(await answer.text()).to.equal(streamText(STREAM_SCRIPTS['unknown-members']).replaceAll('upstream-model-2026-01-01', MODEL))
      })
    }

    it('is lossless in whole answers too', async () => {
      const text = `{ "id":"x",  "model" : "upstream-model", "choices":[{"index":0,"message":{"role":"assistant","content":"Hi","new":{"model":"upstream-model"}},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"fresh":9e2}}`
      simulator.plan({ do: 'send', contentType: 'application/json', text: `\n\n${text}` })
      expect(await (await ask({})).text()).to.equal(text.replace('"upstream-model"', `"${MODEL}"`))
    })

    it('gives what no other provider here can: several answers, and token probabilities', async () => {
      simulator.plan({ do: 'script', script: 'two-choices' })
      const answer = await ask({ n: 2, logprobs: true, stream: true })
      const text = await answer.text()
      expect(text).to.contain('Servus').and.to.contain(', Welt')
      expect(sent()).to.deep.include({ n: 2, logprobs: true })
      const kiro = await gateway.post('/v1/chat/completions', { model: 'claude-sonnet-4.5', messages: [user('Hi')], n: 2 })
      expect([kiro.status, ((await kiro.json()) as { error: { param: string; code: string } }).error]).to.deep.include(400)
    })

    it('tells an error in the middle of a stream in this API’s words', async () => {
      simulator.plan({ do: 'script', script: 'error-in-the-middle' })
      const text = await (await ask({ stream: true })).text()
      const last = text.trim().split('\n\n').at(-1) ?? ''
      expect(JSON.parse(last.replace('data: ', ''))).to.have.nested.property('error.message')
      expect(text).to.contain('Hello').and.not.to.contain('[DONE]')
      expect(text).not.to.contain('org-abcdef')
    })
  })

  describe('for a client of the Messages API', () => {
    it('answers, streamed and not', async () => {
      const params = { model: `other/${MODEL}`, max_tokens: 100, system: 'Be short.', messages: [user('Hi')] }
      const answer = await anthropic.messages.create(params)
      expect(answer.content).to.deep.equal([{ type: 'text', text: 'You sent 2 messages.' }])
      expect(answer.usage.input_tokens).to.be.greaterThan(0)
      expect(sent()).to.deep.include({
        max_tokens: 100,
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Hi' },
        ],
      })
      const streamed = await anthropic.messages.stream(params).finalMessage()
      expect(streamed.content).to.deep.equal(answer.content)
      expect(streamed.stop_reason).to.equal('end_turn')
    })

    it('calls tools in parallel and takes their results', async () => {
      simulator.plan({ do: 'script', script: 'tool-calls-interleaved' })
      const tools = [{ name: 'weather', description: 'Weather', input_schema: WEATHER.parameters as Anthropic.Tool.InputSchema }]
      const first = await anthropic.messages.stream({ model: MODEL, max_tokens: 100, messages: [user('Weather?')], tools }).finalMessage()
      expect(first.stop_reason).to.equal('tool_use')
      const results = first.content.flatMap(block =>
        block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: '3C' }] : [],
      )
      await anthropic.messages.create({
        model: MODEL,
        max_tokens: 100,
        tools,
        messages: [user('Weather?'), { role: 'assistant', content: first.content }, { role: 'user', content: results }],
      })
      expect(
        (sent()['messages'] as { role: string; tool_call_id?: string }[]).map(({ role, tool_call_id: id }) => (id === undefined ? role : `${role} ${id}`)),
      ).to.deep.equal(['user', 'assistant', 'tool call_1', 'tool call_2'])
    })

    it('shows reasoning to who asks for it', async () => {
      simulator.plan({ do: 'script', script: 'reasoning-content' }, { do: 'script', script: 'reasoning-content' })
      const params = { model: MODEL, max_tokens: 9000, messages: [user('Hi')] }
      const asked = await anthropic.messages.create({ ...params, thinking: { type: 'adaptive' } })
      expect(asked.content[0]).to.deep.include({ type: 'thinking', thinking: 'Let me think.' })
      const plain = await anthropic.messages.create(params)
      expect(plain.content.map(({ type }) => type)).to.deep.equal(['text'])
    })

    it('says what was lost on the way', async () => {
      const answer = await gateway.post('/v1/messages', { model: MODEL, max_tokens: 5, top_k: 3, messages: [user('Hi')] })
      expect(answer.headers.get('x-kiro-gateway-changes')).to.equal('top-k')
    })

    it('tells of too long a conversation in the words that clients act upon', async () => {
      const error: unknown = await anthropic.messages
        .create({ model: 'tiny-simulated', max_tokens: 5, messages: [user('word '.repeat(500))] })
        .catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(Anthropic.BadRequestError)
      expect((error as Error).message).to.match(/prompt is too long: \d+ tokens > 200 maximum/)
    })
  })

  it('takes the next account when one is limited, and keeps the first out of use for a while', async () => {
    simulator.plan({ do: 'error', error: 'rate-limit' })
    expect((await ask({})).status).to.equal(200)
    const used = chats().map(({ headers }) => headers['authorization'])
    expect(new Set(used).size).to.equal(2)
    simulator.reset()
    await ask({})
    expect(chats().map(({ headers }) => headers['authorization'])).to.deep.equal([used[1]])
  })

  it('lists its models beside those of other providers', async () => {
    const list = await openai.models.list()
    const ids = list.data.map(({ id }) => id)
    expect(ids).to.include.members([MODEL, 'o-simulated'])
    expect(list.data.find(({ id }) => id === MODEL)).to.deep.include({ owned_by: 'other', context_window: 128_000 })
  })
})

describe('an OpenAI-compatible upstream that does not accept the key', () => {
  it('is never a 401 to the client, whose own key is good', async () => {
    const simulator = await startOpenaiSimulator({ keys: ['sk-simulated-another'] })
    const options = { vendor: 'ollama', baseUrl: simulator.baseUrl, accounts: [{ apiKey: 'sk-planted-secret-1234' }], models: [MODEL] }
    const gateway = await startTestGateway({ accounts: [], config: { providers: [{ use: 'openai-compatible', options }] } })
    try {
      for (const path of ['/v1/chat/completions', '/v1/messages']) {
        const answer = await gateway.post(path, { model: MODEL, max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] })
        expect(answer.status).to.be.greaterThanOrEqual(500)
        expect(await answer.text()).not.to.contain('sk-')
      }
      expect(gateway.logged()).not.to.contain('sk-planted-secret')
    } finally {
      await gateway.close()
      await simulator.close()
    }
  })

  it('needs no key where the server asks for none', async () => {
    const simulator = await startOpenaiSimulator({ keys: [] })
    const gateway = await startTestGateway({
      accounts: [],
      config: { providers: [{ use: 'openai-compatible', options: { vendor: 'ollama', baseUrl: simulator.origin } }] },
    })
    try {
      const answer = await gateway.post('/v1/chat/completions', { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] })
      expect(answer.status).to.equal(200)
      expect(simulator.journal.at(-1)?.headers).not.to.have.property('authorization')
    } finally {
      await gateway.close()
      await simulator.close()
    }
  })
})
