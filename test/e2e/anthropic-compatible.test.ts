import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import { type AnthropicGateway, startAnthropicGateway } from '../support/anthropic-gateway.ts'
import { readAnthropicStream } from '../support/anthropic-stream.ts'
import { STREAM_SCRIPTS, type StreamScriptName } from '../../providers/anthropic-compatible/simulator/index.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const TOOLS: Anthropic.Tool[] = ['get_weather', 'current_time'].map(name => ({
  name,
  description: name,
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
}))
const model = 'claude-haiku-4-5-20251001'

describe('the official Anthropic SDK through the gateway to an Anthropic-compatible upstream', () => {
  let running: AnthropicGateway
  let client: Anthropic

  before(async () => {
    running = await startAnthropicGateway({ simulator: { future: ['future_field', 'future_block', 'note'], writeBytes: 11 } })
    client = new Anthropic({ baseURL: running.gateway.url, apiKey: running.gateway.key, maxRetries: 0 })
  })
  after(() => running.close())
  beforeEach(() => running.upstream.reset())

  const lastAsked = () => running.upstream.asked.at(-1)

  it('gets a whole answer in which nothing is missing and the model has the name that was asked for', async () => {
    running.upstream.script({
      do: 'answer',
      message: {
        future: { a: [1] },
        content: [
          { type: 'text', text: 'Hi', citations: null },
          { type: 'future_block', value: 1 },
        ],
      },
    })
    const message: any = await client.messages.create({ model, max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] })
    expect(message).to.deep.include({
      model,
      future: { a: [1] },
      content: [
        { type: 'text', text: 'Hi', citations: null },
        { type: 'future_block', value: 1 },
      ],
    })
    expect(message.usage.service_tier).to.equal('standard')
    expect((lastAsked()?.body as any).stream).not.to.equal(true)
  })

  it('sends unknown fields, blocks, beta flags and the version on as they are', async () => {
    const body = {
      model,
      max_tokens: 100,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi', note: 'x' },
            { type: 'future_block', value: { deep: [1] } },
          ],
        },
      ],
      system: [{ type: 'text', text: 'Be short.', cache_control: { type: 'ephemeral' } }],
      metadata: { user_id: 'user_1' },
      context_management: { edits: [] },
      future_field: { a: 1 },
    }
    await client.messages.create(body as never, {
      headers: { 'anthropic-beta': 'context-management-2025-06-27,future-2030-01-01', 'anthropic-version': '2023-06-01' },
    })
    expect(lastAsked()?.body).to.deep.equal(body)
    expect(lastAsked()?.headers).to.deep.include({ 'anthropic-beta': 'context-management-2025-06-27,future-2030-01-01', 'anthropic-version': '2023-06-01' })
    expect(lastAsked()?.headers.authorization).not.to.contain(running.gateway.key)
  })

  it('streams text, reasoning and parallel tool calls over three turns', async () => {
    const messages: Anthropic.MessageParam[] = [
      {
        role: 'user',
        content: 'Weather? [[reason:Two cities.]] [[text:Looking.]] [[tool:get_weather {"city":"Oslo"}]] [[tool:get_weather {"city":"Bergen"}]]',
      },
    ]
    const settings = { model, max_tokens: 4000, tools: TOOLS, thinking: { type: 'enabled', budget_tokens: 2000 } as const }
    const first = await client.messages.stream({ ...settings, messages }).finalMessage()
    expect(first.content.map(({ type }) => type)).to.deep.equal(['thinking', 'text', 'tool_use', 'tool_use'])
    expect(first.stop_reason).to.equal('tool_use')
    const calls = first.content.filter(block => block.type === 'tool_use')
    expect(calls.map(({ input }) => input)).to.deep.equal([{ city: 'Oslo' }, { city: 'Bergen' }])

    messages.push({ role: 'assistant', content: first.content })
    messages.push({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: calls[0]!.id, content: '3 degrees' },
        { type: 'tool_result', tool_use_id: calls[1]!.id, content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } }] },
      ],
    })
    const second = await client.messages.stream({ ...settings, messages }).finalMessage()
    expect(second.content.at(-1)).to.deep.include({ type: 'text', text: '3 degrees (image)' })

    messages.push({ role: 'assistant', content: second.content }, { role: 'user', content: 'Time? [[tool:current_time]]' })
    const third = await client.messages.create({ ...settings, messages })
    expect(third.content.at(-1)).to.deep.include({ type: 'tool_use', name: 'current_time', input: {} })
  })

  it('gets the stream that the upstream sent, unknown events and deltas included', async () => {
    for (const script of ['thinking-text-tool', 'server-tool', 'unknown-events', 'refusal', 'pause-turn', 'max-tokens-in-tool'] satisfies StreamScriptName[]) {
      running.upstream.script({ do: 'play', script })
      const response = await running.gateway.post('/v1/messages', { model, max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'Hi' }] })
      expect(await response.text(), script).to.equal(STREAM_SCRIPTS[script].join('').replace('"model":"claude-upstream"', `"model":"${model}"`))
    }
  })

  it('is told of errors before and inside a stream in this API’s words', async () => {
    const refused = async (name: string) => {
      const response = await running.gateway.post('/v1/messages', { model, max_tokens: 100, messages: [{ role: 'user', content: `[[error:${name}]]` }] })
      return [response.status, ((await response.json()) as any).error.type]
    }
    expect(await refused('invalid-request')).to.deep.equal([400, 'invalid_request_error'])
    expect(await refused('prompt-too-long')).to.deep.equal([400, 'invalid_request_error'])
    const stream = await running.gateway.post('/v1/messages', {
      model,
      max_tokens: 100,
      stream: true,
      messages: [{ role: 'user', content: 'Hello [[exception:overloaded]]' }],
    })
    const { error, message } = readAnthropicStream(await stream.text())
    expect(error?.type).to.equal('overloaded_error')
    expect(JSON.stringify(message.content)).to.contain('Hello')
  })

  it('says in the upstream’s figures that a prompt is too long', async () => {
    const response = await running.gateway.post('/v1/messages', { model, max_tokens: 100, messages: [{ role: 'user', content: '[[error:prompt-too-long]]' }] })
    expect(((await response.json()) as any).error.message).to.equal('prompt is too long: 205000 tokens > 200000 maximum')
  })

  it('sends reasoning again without its signature once that was refused', async () => {
    const messages: Anthropic.MessageParam[] = [
      { role: 'user', content: 'Go' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'Eforged' },
          { type: 'text', text: 'Gone.' },
        ],
      },
      { role: 'user', content: 'Back?' },
    ]
    const message = await client.messages.create({ model, max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 2000 }, messages })
    expect(message.content.at(-1)).to.deep.include({ type: 'text', text: 'Back?' })
    expect(running.upstream.asked.map(({ status }) => status)).to.deep.equal([400, 200])
    expect(JSON.stringify(lastAsked()?.body)).not.to.contain('Eforged')
  })

  it('has tokens counted by the upstream', async () => {
    const { input_tokens: tokens } = await client.messages.countTokens({
      model,
      messages: [{ role: 'user', content: 'How long?' }],
      system: 'Be short.',
      tools: TOOLS,
    })
    const counted = running.upstream.journal.find(({ path }) => path.endsWith('/count_tokens'))
    expect(counted?.status).to.equal(200)
    expect(tokens).to.equal(Math.ceil(Buffer.byteLength(JSON.stringify([TOOLS, 'Be short.', [{ role: 'user', content: 'How long?' }]])) / 4))
  })

  it('gets the upstream’s list of models with their limits', async () => {
    const models: any[] = (await client.models.list()).data
    expect(models.find(({ id }) => id === 'claude-opus-4-7')).to.include({ max_input_tokens: 1_000_000, max_tokens: 128_000 })
  })

  it('finds a model by its name without the date, and answers by the name that was asked for', async () => {
    await client.models.list()
    const message = await client.messages.create({ model: 'claude-haiku-4.5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] })
    expect(message.model).to.equal('claude-haiku-4.5')
    expect((lastAsked()?.body as any).model).to.equal(model)
  })

  it('writes no key into the log', () => {
    expect(running.gateway.logged()).not.to.contain('sk-ant-simulated')
  })
})
