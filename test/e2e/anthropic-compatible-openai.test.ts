import { expect } from 'chai'
import OpenAI from 'openai'
import { type AnthropicGateway, startAnthropicGateway } from '../support/anthropic-gateway.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const TOOLS: OpenAI.ChatCompletionTool[] = ['get.weather', 'current_time'].map(name => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}))
const model = 'claude-sonnet-4-6'

describe('the official OpenAI SDK through the gateway to an Anthropic-compatible upstream', () => {
  let running: AnthropicGateway
  let client: OpenAI

  before(async () => {
    running = await startAnthropicGateway({ simulator: { writeBytes: 13 } })
    client = new OpenAI({ baseURL: `${running.gateway.url}/v1`, apiKey: running.gateway.key, maxRetries: 0 })
  })
  after(() => running.close())
  beforeEach(() => running.upstream.reset())

  const lastBody = () => running.upstream.asked.at(-1)?.body as any

  it('gets a whole answer with its usage', async () => {
    const completion = await client.chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Hi [[text:Hello there]]' },
      ],
    })
    expect(completion.choices[0]).to.deep.include({ finish_reason: 'stop' })
    expect(completion.choices[0]?.message.content).to.equal('Hello there')
    expect(completion.model).to.equal(model)
    expect(completion.usage?.prompt_tokens).to.be.greaterThan(5)
    expect(lastBody()).to.deep.include({ max_tokens: 64_000, system: [{ type: 'text', text: 'Be short.' }] })
    expect(lastBody()).not.to.have.property('metadata')
  })

  it('calls tools in parallel under the names that the client gave them, and sends the results back', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather?' }]
    const names = () => lastBody().tools.map(({ name }: any) => name)
    await client.chat.completions.create({ model, tools: TOOLS, messages })
    messages[0] = { role: 'user', content: `Weather? [[tool:${names()[0]} {"city":"Oslo"}]] [[tool:current_time]]` }
    const stream = client.chat.completions.stream({ model, tools: TOOLS, messages })
    const first = (await stream.finalChatCompletion()).choices[0]
    expect(first?.finish_reason).to.equal('tool_calls')
    const calls = first?.message.tool_calls ?? []
    expect(calls.map(call => call.type === 'function' && [call.function.name, call.function.arguments])).to.deep.equal([
      ['get.weather', '{"city":"Oslo"}'],
      ['current_time', '{}'],
    ])

    messages.push({ role: 'assistant', tool_calls: calls as never })
    calls.forEach((call, index) => messages.push({ role: 'tool', tool_call_id: call.id, content: `result ${index}` }))
    const second = await client.chat.completions.create({ model, tools: TOOLS, messages })
    expect(second.choices[0]?.message.content).to.equal('result 0 result 1')
    expect(
      lastBody()
        .messages.at(-1)
        .content.map(({ type }: any) => type),
    ).to.deep.equal(['tool_result', 'tool_result'])
  })

  it('sends images, by value and by address', async () => {
    await client.chat.completions.create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          ],
        },
      ],
    })
    expect(lastBody().messages[0].content.slice(1)).to.deep.equal([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    ])
  })

  it('gets reasoning as reasoning_content, streamed and not', async () => {
    const ask = { model, reasoning_effort: 'high', messages: [{ role: 'user', content: 'Why? [[reason:Because.]] [[text:So.]]' }] } as const
    const message: any = (await client.chat.completions.create({ ...ask, messages: [...ask.messages] })).choices[0]?.message
    expect(message).to.include({ reasoning_content: 'Because.', content: 'So.' })
    expect(lastBody()).to.deep.include({ thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } })
    let thought = ''
    for await (const chunk of await client.chat.completions.create({ ...ask, messages: [...ask.messages], stream: true }))
      thought += (chunk.choices[0]?.delta as any)?.reasoning_content ?? ''
    expect(thought).to.equal('Because.')
  })

  it('asks for structured output, and tells what had to be left out', async () => {
    const schema = { type: 'object', properties: {}, additionalProperties: false }
    const response = await client.chat.completions
      .create({
        model: 'claude-opus-4-7',
        temperature: 0.3,
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
        messages: [{ role: 'user', content: 'Hi' }],
      })
      .withResponse()
    expect(lastBody().output_config).to.deep.equal({ format: { type: 'json_schema', schema } })
    expect(response.response.headers.get('x-kiro-gateway-changes')).to.contain('sampling')
  })

  it('is told how an answer ended', async () => {
    const reason = async (stop: string) =>
      (await client.chat.completions.create({ model, messages: [{ role: 'user', content: `Hi [[stop:${stop}]]` }] })).choices[0]?.finish_reason
    expect([await reason('max_tokens'), await reason('refusal'), await reason('pause_turn'), await reason('model_context_window_exceeded')]).to.deep.equal([
      'length',
      'content_filter',
      'stop',
      'length',
    ])
  })

  it('is told of an overlong prompt in the words of its own API', async () => {
    const error: any = await client.chat.completions
      .create({ model, messages: [{ role: 'user', content: '[[error:prompt-too-long]]' }] })
      .catch((thrown: unknown) => thrown)
    expect(error).to.include({ status: 400, code: 'context_length_exceeded' })
  })

  it('is told of a stream that breaks off', async () => {
    running.upstream.script({ do: 'play', script: 'cut-after-text' })
    const seen: string[] = []
    const error: any = await (async () => {
      for await (const chunk of await client.chat.completions.create({ model, stream: true, messages: [{ role: 'user', content: 'Hi' }] }))
        seen.push(chunk.choices[0]?.delta.content ?? '')
    })().catch((thrown: unknown) => thrown)
    expect(seen.join('')).to.equal('Half of')
    expect(String(error?.message)).to.contain('in the middle')
  })
})
