import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { APICallError, generateText, isStepCount, jsonSchema, type LanguageModel, Output, streamText, tool } from 'ai'
import { expect } from 'chai'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

const CITY = jsonSchema<{ city: string }>({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false })
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
/** As the toolkit's own list has it: it warns of names that it does not know. */
const MODEL = 'claude-sonnet-4-5'

interface Client {
  readonly name: string
  readonly model: (gateway: TestGateway, key: string) => LanguageModel
  readonly reasoning: NonNullable<Parameters<typeof generateText>[0]['providerOptions']>
  /** Whether this client shows what the model thought. */
  readonly showsReasoning: boolean
}

/** This toolkit validates every chunk against a schema and ends the turn at the first that does not fit. */
const CLIENTS: readonly Client[] = [
  {
    name: "Anthropic's dialect",
    model: ({ url }, key) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(MODEL),
    reasoning: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
    showsReasoning: true,
  },
  {
    name: "OpenAI's dialect",
    model: ({ url }, key) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat(MODEL),
    reasoning: { openai: { reasoningEffort: 'high', forceReasoning: true } },
    showsReasoning: false,
  },
]

for (const { name, model: modelOf, reasoning, showsReasoning } of CLIENTS) {
  describe(`the Vercel AI SDK through ${name}`, () => {
    let gateway: TestGateway
    let model: LanguageModel

    before(async () => {
      gateway = await startTestGateway()
      model = modelOf(gateway, gateway.key)
    })
    after(() => gateway.close())
    beforeEach(() => gateway.simulator.reset())

    it('gets text', async () => {
      const { text, finishReason, usage, response } = await generateText({ model, system: 'Be short.', prompt: '[[text:four words of text]]', maxRetries: 0 })
      expect([text, finishReason]).to.deep.equal(['four words of text', 'stop'])
      expect(usage.inputTokens).to.be.greaterThan(0)
      expect(usage.outputTokens).to.be.greaterThan(0)
      expect(response.modelId).to.equal(MODEL)
    })

    it('gets a stream without a single part that it cannot read', async () => {
      const parts: string[] = []
      const result = streamText({
        model,
        prompt: '[[text:one two three four five six]] [[events:4]]',
        maxRetries: 0,
        onError: ({ error }) => parts.push(`error: ${String(error)}`),
      })
      let text = ''
      for await (const part of result.stream) {
        parts.push(part.type)
        if (part.type === 'text-delta') text += part.text
      }
      expect(text).to.equal('one two three four five six')
      expect(parts.filter(part => part === 'text-delta').length).to.be.greaterThan(1)
      expect(parts.filter(part => part.startsWith('error'))).to.deep.equal([])
      expect(await result.finishReason).to.equal('stop')
      expect((await result.usage).inputTokens).to.be.greaterThan(0)
    })

    it('makes a round trip with two tools at once, streamed and not', async () => {
      for (const streamed of [false, true]) {
        const asked: string[] = []
        const weather = tool({
          description: 'Weather of a city',
          inputSchema: CITY,
          execute: ({ city }) => {
            asked.push(city)
            return Promise.resolve(`${city}: 3 degrees`)
          },
        })
        const request = {
          model,
          tools: { weather },
          stopWhen: isStepCount(2),
          prompt: '[[tool:weather {"city":"Oslo"}]] [[tool:weather {"city":"Bergen"}]]',
          maxRetries: 0,
        }
        const { text, steps } = streamed ? streamText(request) : await generateText(request)
        const answer = await text
        expect(asked).to.deep.equal(['Oslo', 'Bergen'])
        expect(answer).to.contain('Oslo: 3 degrees').and.to.contain('Bergen: 3 degrees')
        expect((await steps).map(step => step.finishReason)).to.deep.equal(['tool-calls', 'stop'])
      }
    })

    it('calls a tool without arguments', async () => {
      const now = tool({
        description: 'The time',
        inputSchema: jsonSchema<Record<string, never>>({ type: 'object', properties: {} }),
        execute: () => Promise.resolve('noon'),
      })
      for (const streamed of [false, true]) {
        const request = { model, tools: { now }, prompt: '[[tool:now]]', maxRetries: 0 }
        const { toolCalls } = streamed ? streamText(request) : await generateText(request)
        expect((await toolCalls).map(({ toolName, input }) => [toolName, input])).to.deep.equal([['now', {}]])
      }
    })

    it('asks for reasoning, and reads an answer with reasoning', async () => {
      const request = { model, prompt: '[[reason:let me think]] [[text:done]]', providerOptions: reasoning, maxRetries: 0 }
      const whole = await generateText(request)
      const stream = streamText(request)
      expect([whole.text, await stream.text]).to.deep.equal(['done', 'done'])
      if (!showsReasoning) return
      expect(whole.reasoningText).to.contain('let me think')
      expect(await stream.reasoningText).to.equal(whole.reasoningText)
    })

    it('sends images and texts as files', async () => {
      const { text } = await generateText({
        model,
        maxRetries: 0,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: '[[text:seen]]' },
              { type: 'file', data: PNG, mediaType: 'image/png' },
            ],
          },
        ],
      })
      expect(text).to.equal('seen')
      expect(JSON.stringify(gateway.simulator.journal.at(-1)?.body)).to.contain(PNG)
    })

    it('gets an object of a schema', async () => {
      const { output } = await generateText({ model, prompt: '[[text:{"city":"Oslo"}]]', output: Output.object({ schema: CITY }), maxRetries: 0 })
      expect(output).to.deep.equal({ city: 'Oslo' })
    })

    it('meets an error with its status, and retries only what may help', async () => {
      const wrong: unknown = await generateText({ model: modelOf(gateway, 'wrong'), prompt: 'hi', maxRetries: 0 }).catch((thrown: unknown) => thrown)
      expect(APICallError.isInstance(wrong) && [wrong.statusCode, wrong.isRetryable]).to.deep.equal([401, false])
      expect((wrong as Error).message).to.contain('API key')
      const key = gateway.caller()
      gateway.simulator.scriptFor(key.slice(key.indexOf(':') + 1), { do: 'error', error: 'user-request-rate-exceeded', times: 50 })
      const limited: unknown = await generateText({ model: modelOf(gateway, key), prompt: 'hi', maxRetries: 0 }).catch((thrown: unknown) => thrown)
      expect(APICallError.isInstance(limited) && [limited.statusCode, limited.isRetryable]).to.deep.equal([429, true])
    })

    it('meets an answer that breaks off as an error, never as a finished one', async () => {
      gateway.simulator.script({ do: 'stream', script: 'cut-mid-frame' })
      const errors: unknown[] = []
      const result = streamText({ model, prompt: 'hi', maxRetries: 0, onError: ({ error }) => void errors.push(error) })
      const parts: string[] = []
      for await (const part of result.stream) parts.push(part.type)
      expect(parts).to.include('error')
      expect(errors.length).to.be.greaterThan(0)
    })
  })
}
