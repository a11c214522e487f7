import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

const WEATHER = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
}
const CLOCK = { name: 'current_time', description: 'The time', input_schema: { type: 'object' as const, properties: {} } }

describe('the official Anthropic SDK through the gateway', () => {
  let gateway: TestGateway
  let client: Anthropic

  before(async () => {
    gateway = await startTestGateway()
    client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
  })
  after(() => gateway.close())
  beforeEach(() => gateway.simulator.reset())

  const model = 'claude-sonnet-4-6'

  it('gets a whole answer', async () => {
    const message = await client.messages.create({ model, max_tokens: 100, messages: [{ role: 'user', content: 'Say [[text:four words of text]]' }] })
    expect(message.content).to.deep.equal([{ type: 'text', text: 'four words of text' }])
    expect(message.stop_reason).to.equal('end_turn')
    expect(message.model).to.equal(model)
    expect(message.usage.input_tokens).to.be.greaterThan(0)
    expect(message.usage.output_tokens).to.be.greaterThan(0)
  })

  it('gets the same answer as a stream, piece by piece', async () => {
    const pieces: string[] = []
    const stream = client.messages.stream({ model, max_tokens: 100, messages: [{ role: 'user', content: '[[text:one two three four five six seven eight]] [[events:4]]' }] })
    stream.on('text', text => pieces.push(text))
    const message = await stream.finalMessage()
    expect(pieces.join('')).to.equal('one two three four five six seven eight')
    expect(pieces.length).to.be.greaterThan(1)
    expect(message.content).to.deep.equal([{ type: 'text', text: 'one two three four five six seven eight' }])
    expect(message.usage.input_tokens).to.be.greaterThan(0)
  })

  it('holds a conversation of three turns with two parallel tool calls', async () => {
    const tools = [WEATHER, CLOCK]
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Weather? [[tool:get_weather {"city":"Oslo"}]] [[tool:get_weather {"city":"Bergen"}]]' }]
    const first = await client.messages.stream({ model, max_tokens: 500, tools, messages }).finalMessage()
    const calls = first.content.filter(block => block.type === 'tool_use')
    expect(first.stop_reason).to.equal('tool_use')
    expect(calls.map(call => call.input)).to.deep.equal([{ city: 'Oslo' }, { city: 'Bergen' }])
    expect(new Set(calls.map(call => call.id)).size).to.equal(2)

    messages.push({ role: 'assistant', content: first.content })
    messages.push({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: calls[0]!.id, content: '3 degrees' },
        { type: 'tool_result', tool_use_id: calls[1]!.id, is_error: true, content: [{ type: 'text', text: 'station is down' }] },
      ],
    })
    const second = await client.messages.create({ model, max_tokens: 500, tools, messages })
    const text = second.content.map(block => (block.type === 'text' ? block.text : '')).join('')
    expect(text).to.contain('3 degrees').and.to.contain('station is down')

    messages.push({ role: 'assistant', content: second.content }, { role: 'user', content: 'And the time? [[tool:current_time]]' })
    const third = await client.messages.stream({ model, max_tokens: 500, tools, messages }).finalMessage()
    expect(third.content.filter(block => block.type === 'tool_use').map(({ name, input }) => ({ name, input }))).to.deep.equal([{ name: 'current_time', input: {} }])
  })

  it('sends system text, system blocks and system roles in the middle of a conversation', async () => {
    await client.messages.create({ model, max_tokens: 100, system: 'Be SHORT.', messages: [{ role: 'user', content: 'hello' }] })
    await client.messages.create({
      model,
      max_tokens: 100,
      system: [{ type: 'text', text: 'Be KIND.', cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'hello' }, { role: 'assistant', content: 'hi' }, { role: 'system' as 'user', content: 'Be BRAVE.' }, { role: 'user', content: 'go' }],
    })
    const sent = gateway.simulator.journal.filter(entry => entry.path === '/generateAssistantResponse').map(entry => JSON.stringify(entry.body))
    expect(sent[0]).to.contain('Be SHORT.')
    expect(sent[1]).to.contain('Be KIND.').and.to.contain('Be BRAVE.')
  })

  it('stops at a stop sequence and at max_tokens, and cancels the upstream', async () => {
    const stopped = await client.messages.create({ model, max_tokens: 100, stop_sequences: ['END'], messages: [{ role: 'user', content: '[[text:before END after]]' }] })
    expect(stopped.stop_reason).to.equal('stop_sequence')
    expect(stopped.stop_sequence).to.equal('END')
    expect(stopped.content).to.deep.equal([{ type: 'text', text: 'before ' }])
    const cut = await client.messages.stream({ model, max_tokens: 5, messages: [{ role: 'user', content: '[[chars:2000]] [[events:200]]' }] }).finalMessage()
    expect(cut.stop_reason).to.equal('max_tokens')
  })

  it('lists and shows models', async () => {
    const listed: string[] = []
    for await (const card of client.models.list()) listed.push(card.id)
    expect(listed).to.include('claude-sonnet-4.5')
    const card = await client.models.retrieve('claude-sonnet-4.5')
    expect(card.display_name).to.be.a('string')
    expect(card.type).to.equal('model')
  })

  const cases = [
    { name: 'a wrong key', error: Anthropic.AuthenticationError, type: 'authentication_error', key: 'wrong' },
    { name: 'a malformed request', error: Anthropic.BadRequestError, type: 'invalid_request_error', body: { max_tokens: 0 } },
    { name: 'an unknown model', error: Anthropic.NotFoundError, type: 'not_found_error', body: { model: 'no-such-model' } },
    { name: 'too much context', error: Anthropic.BadRequestError, type: 'invalid_request_error', step: { do: 'error', error: 'content-length-exceeds-threshold' } as const, text: /^.*prompt is too long/ },
    { name: 'a refused request', error: Anthropic.BadRequestError, type: 'invalid_request_error', step: { do: 'error', error: 'tool-schema-root' } as const },
    { name: 'a rate limit', error: Anthropic.RateLimitError, type: 'rate_limit_error', step: { do: 'error', error: 'user-request-rate-exceeded' } as const },
    { name: 'a used-up quota', error: Anthropic.RateLimitError, type: 'rate_limit_error', step: { do: 'error', error: 'monthly-request-count' } as const },
    { name: 'a suspension', error: Anthropic.InternalServerError, type: 'api_error', step: { do: 'error', error: 'suspended' } as const },
  ]
  for (const { name, error, type, key, body, step, text } of cases) {
    for (const stream of [false, true]) {
      it(`meets ${name} as ${error.name}${stream ? ' before the stream begins' : ''}`, async () => {
        const own = await startTestGateway()
        try {
          if (step) own.simulator.script({ ...step, times: 50 })
          const sdk = new Anthropic({ baseURL: own.url, apiKey: key ?? own.key, maxRetries: 0 })
          const request = { model, max_tokens: 10, messages: [{ role: 'user' as const, content: 'hi' }], ...body }
          const failure: unknown = await (stream ? sdk.messages.stream(request).finalMessage() : sdk.messages.create(request)).catch((thrown: unknown) => thrown)
          expect(failure).to.be.instanceOf(error)
          const { error: payload, message, requestID } = failure as InstanceType<typeof Anthropic.APIError>
          expect(payload).to.have.nested.property('error.type', type)
          expect(payload).to.have.property('request_id', requestID)
          if (text) expect(message).to.match(text)
        } finally {
          await own.close()
        }
      })
    }
  }

  it('meets an upstream that breaks off in mid-answer as an error, never as a finished message', async () => {
    gateway.simulator.script({ do: 'stream', script: 'cut-mid-frame' })
    const failure: unknown = await client.messages.stream({ model, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }).finalMessage().catch((thrown: unknown) => thrown)
    expect(failure).to.be.instanceOf(Anthropic.APIError)
  })
})
