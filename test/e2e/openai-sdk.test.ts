import { expect } from 'chai'
import OpenAI from 'openai'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const CLOCK = { type: 'function' as const, function: { name: 'current_time', description: 'The time', parameters: { type: 'object', properties: {} } } }
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

type Chunk = OpenAI.Chat.Completions.ChatCompletionChunk

describe('the official OpenAI SDK through the gateway', () => {
  let gateway: TestGateway
  let client: OpenAI

  before(async () => {
    gateway = await startTestGateway()
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  })
  after(() => gateway.close())
  beforeEach(() => gateway.simulator.reset())

  const model = 'claude-sonnet-4-6'
  const user = (content: string) => ({ role: 'user' as const, content })
  const sent = () => gateway.simulator.journal.filter(entry => entry.path === '/generateAssistantResponse').map(entry => JSON.stringify(entry.body))

  it('gets a whole answer', async () => {
    const answer = await client.chat.completions.create({ model, messages: [user('Say [[text:four words of text]]')] })
    expect(answer.choices[0]?.message.content).to.equal('four words of text')
    expect(answer.choices[0]?.finish_reason).to.equal('stop')
    expect(answer.model).to.equal(model)
    expect(answer.object).to.equal('chat.completion')
    expect(Math.abs(answer.created - Date.now() / 1000)).to.be.lessThan(60)
    expect(answer.usage?.prompt_tokens).to.be.greaterThan(0)
    expect(answer.usage?.completion_tokens).to.be.greaterThan(0)
    expect(answer.usage?.total_tokens).to.equal((answer.usage?.prompt_tokens ?? 0) + (answer.usage?.completion_tokens ?? 0))
    expect(answer._request_id).to.be.a('string')
  })

  it('gets the same answer as a stream, piece by piece', async () => {
    const pieces: string[] = []
    const stream = client.chat.completions.stream({
      model,
      messages: [user('[[text:one two three four five six seven eight]] [[events:4]]')],
      stream_options: { include_usage: true },
    })
    stream.on('content', piece => pieces.push(piece))
    const answer = await stream.finalChatCompletion()
    expect(pieces.length).to.be.greaterThan(1)
    expect(pieces.join('')).to.equal('one two three four five six seven eight')
    expect(answer.choices[0]?.message.content).to.equal('one two three four five six seven eight')
    expect(answer.usage?.prompt_tokens).to.be.greaterThan(0)
  })

  it('gets usage in one last chunk without choices if it asks, else not at all', async () => {
    const read = async (options: object): Promise<Chunk[]> => {
      const chunks: Chunk[] = []
      for await (const chunk of await client.chat.completions.create({ model, messages: [user('hi')], stream: true, ...options })) chunks.push(chunk)
      return chunks
    }
    const counted = await read({ stream_options: { include_usage: true } })
    expect(counted.filter(chunk => chunk.usage)).to.have.length(1)
    expect(counted.at(-1)?.choices).to.deep.equal([])
    expect(counted.at(-2)?.choices[0]?.finish_reason).to.equal('stop')
    const plain = await read({})
    expect(plain.some(chunk => 'usage' in chunk || chunk.choices.length !== 1)).to.equal(false)
    expect(plain[0]?.choices[0]?.delta.role).to.equal('assistant')
  })

  it('holds a conversation of three turns with two parallel tool calls', async () => {
    const tools = [WEATHER, CLOCK]
    const messages: OpenAI.Chat.Completions.ChatCompletionMessageParam[] = [
      user('Weather? [[tool:get_weather {"city":"Oslo"}]] [[tool:get_weather {"city":"Bergen"}]]'),
    ]
    const first = (await client.chat.completions.stream({ model, tools, messages }).finalChatCompletion()).choices[0]
    const calls = first?.message.tool_calls?.filter(call => call.type === 'function') ?? []
    expect(first?.finish_reason).to.equal('tool_calls')
    expect(calls.map(call => JSON.parse(call.function.arguments) as unknown)).to.deep.equal([{ city: 'Oslo' }, { city: 'Bergen' }])
    expect(new Set(calls.map(call => call.id)).size).to.equal(2)

    messages.push(first!.message)
    messages.push(
      { role: 'tool', tool_call_id: calls[0]!.id, content: '3 degrees' },
      { role: 'tool', tool_call_id: calls[1]!.id, content: [{ type: 'text', text: 'station is down' }] },
    )
    const second = (await client.chat.completions.create({ model, tools, messages })).choices[0]
    expect(second?.message.content).to.contain('3 degrees').and.to.contain('station is down')

    messages.push(second!.message, user('And the time? [[tool:current_time]]'))
    const third = (await client.chat.completions.create({ model, tools, messages })).choices[0]
    expect(third?.finish_reason).to.equal('tool_calls')
    expect(third?.message.tool_calls?.map(call => (call.type === 'function' ? call.function : call))).to.deep.equal([{ name: 'current_time', arguments: '{}' }])
  })

  it('sends instructions first and in the middle of a conversation, and images', async () => {
    await client.chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Be SHORT.' },
        { role: 'developer', content: 'Be KIND.' },
        user('hello'),
        { role: 'assistant', content: 'hi' },
        { role: 'system', content: 'Be BRAVE.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ],
        },
      ],
    })
    for (const part of ['Be SHORT.', 'Be KIND.', 'Be BRAVE.', PNG]) expect(sent()[0]).to.contain(part)
  })

  it('names the place of a fault as the client counts it', async () => {
    const messages: OpenAI.Chat.Completions.ChatCompletionMessageParam[] = [
      { role: 'system', content: 'Be SHORT.' },
      user('hello'),
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
    ]
    const failure: unknown = await client.chat.completions.create({ model, messages }).catch((thrown: unknown) => thrown)
    expect(failure).to.be.instanceOf(OpenAI.BadRequestError)
    expect((failure as Error).message).to.contain('messages.2')
  })

  it('sees reasoning, streamed and not, and sends it back', async () => {
    const request = { model, reasoning_effort: 'high' as const, messages: [user('[[reason:let me think]] [[text:done]]')] }
    const whole = (await client.chat.completions.create(request)).choices[0]!.message as { content: string; reasoning_content?: string }
    expect(whole.content).to.equal('done')
    expect(whole.reasoning_content?.trim()).to.equal('let me think')
    let thought = ''
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
      thought += (choices[0]?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? ''
    }
    expect(thought).to.equal(whole.reasoning_content)
    const next = await client.chat.completions.create({ ...request, messages: [...request.messages, whole as never, user('[[text:more]]')] })
    expect(next.choices[0]?.message.content).to.equal('more')
    expect(sent()[0]).to.match(/effort\W+high/)
  })

  it('reasons when the name of the model asks for it, and not otherwise', async () => {
    const ask = async (name: string) =>
      (await client.chat.completions.create({ model: name, messages: [user('[[reason:let me think]] [[text:done]]')] })).choices[0]?.message
    expect(await ask('claude-sonnet-4-6-thinking'))
      .to.have.property('reasoning_content')
      .that.contains('let me think')
    expect(await ask('claude-sonnet-4-6')).not.to.have.property('reasoning_content')
  })

  it('stops at a stop sequence and at a token limit, and cancels the upstream', async () => {
    const stopped = (await client.chat.completions.create({ model, stop: 'END', messages: [user('[[text:before END after]]')] })).choices[0]
    expect([stopped?.finish_reason, stopped?.message.content]).to.deep.equal(['stop', 'before '])
    const cut = client.chat.completions.stream({ model, max_completion_tokens: 5, messages: [user('[[chars:2000]] [[events:200]]')] })
    expect((await cut.finalChatCompletion()).choices[0]?.finish_reason).to.equal('length')
    const whole = await client.chat.completions.create({ model, max_tokens: 5, messages: [user('[[chars:2000]]')] })
    expect(whole.choices[0]?.finish_reason).to.equal('length')
  })

  it('asks for JSON of a schema', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } }
    await client.chat.completions.create({
      model,
      messages: [user('hi')],
      response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } },
    })
    expect(sent()[0]).to.contain('JSON Schema').and.to.contain('city')
  })

  it('lists and shows models', async () => {
    const listed: string[] = []
    for await (const card of client.models.list()) listed.push(card.id)
    expect(listed).to.include('claude-sonnet-4.5')
    const card = await client.models.retrieve('claude-sonnet-4.5')
    expect(card).to.include({ object: 'model', id: 'claude-sonnet-4.5', owned_by: 'kiro' })
    const failure: unknown = await client.models.retrieve('no-such-model').catch((thrown: unknown) => thrown)
    expect(failure).to.be.instanceOf(OpenAI.NotFoundError)
  })

  it('works without the version prefix in the base URL', async () => {
    const bare = new OpenAI({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
    expect((await bare.chat.completions.create({ model, messages: [user('[[text:here]]')] })).choices[0]?.message.content).to.equal('here')
    expect((await bare.models.retrieve('claude-sonnet-4.5')).id).to.equal('claude-sonnet-4.5')
    expect((await bare.models.list()).data.length).to.be.greaterThan(0)
  })

  const cases = [
    { name: 'a wrong key', error: OpenAI.AuthenticationError, told: ['invalid_request_error', 'invalid_api_key', null], key: 'wrong' },
    { name: 'a malformed request', error: OpenAI.BadRequestError, told: ['invalid_request_error', null, 'temperature'], body: { temperature: 3 } },
    { name: 'a request that cannot be served', error: OpenAI.BadRequestError, told: ['invalid_request_error', 'unsupported_value', 'n'], body: { n: 2 } },
    { name: 'an unknown model', error: OpenAI.NotFoundError, told: ['invalid_request_error', 'model_not_found', 'model'], body: { model: 'no-such-model' } },
    {
      name: 'too much context',
      error: OpenAI.BadRequestError,
      told: ['invalid_request_error', 'context_length_exceeded', 'messages'],
      upstream: 'content-length-exceeds-threshold',
    },
    { name: 'a refused request', error: OpenAI.BadRequestError, told: ['invalid_request_error', null, 'tools'], upstream: 'tool-schema-root' },
    { name: 'a rate limit', error: OpenAI.RateLimitError, told: ['rate_limit_error', 'rate_limit_exceeded', null], upstream: 'user-request-rate-exceeded' },
    { name: 'a used-up quota', error: OpenAI.RateLimitError, told: ['insufficient_quota', 'insufficient_quota', null], upstream: 'monthly-request-count' },
    { name: 'a suspension', error: OpenAI.InternalServerError, told: ['server_error', 'upstream_error', null], upstream: 'suspended' },
  ] as const
  for (const { name, error, told, ...given } of cases) {
    for (const stream of [false, true]) {
      it(`meets ${name} as ${error.name}${stream ? ' before the stream begins' : ''}`, async () => {
        const key = 'key' in given ? given.key : gateway.caller()
        if ('upstream' in given) gateway.simulator.scriptFor(key.slice(key.indexOf(':') + 1), { do: 'error', error: given.upstream, times: 50 })
        const sdk = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })
        const request = { model, messages: [user('hi')], ...('body' in given ? given.body : {}) }
        const failure: unknown = await (stream ? sdk.chat.completions.stream(request).finalChatCompletion() : sdk.chat.completions.create(request)).catch(
          (thrown: unknown) => thrown,
        )
        expect(failure).to.be.instanceOf(error)
        const { type, code, param, requestID } = failure as InstanceType<typeof OpenAI.APIError>
        expect([type, code, param]).to.deep.equal(told)
        expect(requestID).to.be.a('string')
      })
    }
  }

  it('meets an upstream that breaks off in mid-answer as an error, never as a finished answer', async () => {
    gateway.simulator.script({ do: 'stream', script: 'cut-mid-frame' })
    const pieces: string[] = []
    const stream = client.chat.completions.stream({ model, messages: [user('hi')] }).on('content', piece => pieces.push(piece))
    const failure: unknown = await stream.finalChatCompletion().catch((thrown: unknown) => thrown)
    expect(failure).to.be.instanceOf(OpenAI.APIError)
    expect((failure as InstanceType<typeof OpenAI.APIError>).code).to.equal('upstream_error')
    expect(pieces.join('')).not.to.equal('')
  })
})
