import { expect } from 'chai'
import OpenAI from 'openai'
import type { GeminiPart } from '../../core/wire/gemini.ts'
import { type GeminiGateway, startGeminiGateway } from '../support/gemini-gateway.ts'

const READ: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'fs/read file',
    description: 'Reads',
    parameters: {
      $schema: 'x',
      type: 'object',
      properties: { path: { type: 'string', minLength: 1 }, type: { type: ['string', 'null'] } },
      required: ['path'],
    },
  },
}
const PNG = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** Only what is asked for here: what the SDK's own type may leave undefined, its streaming helper refuses. */
interface Asked {
  model: string
  messages: OpenAI.ChatCompletionMessageParam[]
  tools?: OpenAI.ChatCompletionTool[]
  reasoning_effort?: 'high'
  stop?: string[]
  temperature?: number
  top_p?: number
  max_completion_tokens?: number
  response_format?: OpenAI.ResponseFormatJSONSchema
}

describe('the official OpenAI SDK through the gateway to Gemini', () => {
  let gateway: GeminiGateway
  let client: OpenAI

  before(async () => {
    gateway = await startGeminiGateway()
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  })
  after(() => gateway.close())
  beforeEach(() => gateway.simulator.reset())

  const lastBody = () => gateway.simulator.asked.at(-1) ?? {}
  const modelParts = () =>
    ((lastBody()['contents'] ?? []) as readonly { readonly role: string; readonly parts: readonly GeminiPart[] }[]).flatMap(({ role, parts }) =>
      role === 'model' ? parts : [],
    )

  for (const stream of [false, true]) {
    const ask = (request: Asked): Promise<OpenAI.ChatCompletion> =>
      stream
        ? client.chat.completions.stream({ ...request, stream: true, stream_options: { include_usage: true } }).finalChatCompletion()
        : client.chat.completions.create(request)

    describe(stream ? 'as a stream' : 'in one piece', () => {
      for (const model of ['gemini-2.5-flash', 'gemini-3-pro-preview']) {
        it(`holds a conversation of parallel tools over several turns with ${model}, signatures kept for a client that has no place for them`, async () => {
          const base = { model, tools: [READ], reasoning_effort: 'high' as const }
          const messages: OpenAI.ChatCompletionMessageParam[] = [
            { role: 'system', content: 'Be exact.' },
            { role: 'user', content: '[[think:Both at once.]] [[tool:#0 {"path":"/a"}]] [[tool:#0 {"path":"/b","type":"x"}]]' },
          ]
          const first = await ask({ ...base, messages })
          const [choice] = first.choices
          expect(choice?.finish_reason).to.equal('tool_calls')
          expect(choice?.message).to.have.property('reasoning_content', 'Both at once.')
          const calls = choice?.message.tool_calls?.filter(call => call.type === 'function') ?? []
          expect(calls.map(call => [call.function.name, JSON.parse(call.function.arguments)])).to.deep.equal([
            ['fs/read file', { path: '/a' }],
            ['fs/read file', { path: '/b', type: 'x' }],
          ])
          expect(first.usage?.completion_tokens_details?.reasoning_tokens).to.be.greaterThan(0)

          messages.push(choice!.message)
          for (const call of calls) messages.push({ role: 'tool', tool_call_id: call.id, content: `content of ${call.function.arguments}` })
          const second = await ask({ ...base, messages })
          expect(second.choices[0]?.message.content).to.contain('content of')
          const sent = modelParts().filter(part => part.functionCall !== undefined)
          expect(sent).to.have.length(2)
          expect(sent[0]?.thoughtSignature).to.be.a('string').and.not.to.contain('skip')
          expect(sent[1]?.thoughtSignature).to.equal(undefined)

          messages.push(second.choices[0]!.message, { role: 'user', content: 'Once more [[tool:#0 {"path":"/c"}]]' })
          const third = await ask({ ...base, messages })
          expect(third.choices[0]?.finish_reason).to.equal('tool_calls')
        })
      }

      it('sends an image, stops, sampling settings and a schema for the answer', async () => {
        const completion = await ask({
          model: 'gemini-2.5-flash',
          messages: [
            {
              role: 'user',
              content: [
                { type: 'text', text: '[[text:{"a":1}]]' },
                { type: 'image_url', image_url: { url: PNG } },
              ],
            },
          ],
          ...{ stop: ['END'], temperature: 0.5, top_p: 0.9, max_completion_tokens: 500 },
          response_format: {
            type: 'json_schema',
            json_schema: {
              name: 'a',
              strict: true,
              schema: { type: 'object', properties: { a: { type: ['integer', 'null'] } }, required: ['a'], additionalProperties: false },
            },
          },
        })
        expect(completion.choices[0]?.message.content).to.equal('{"a":1}')
        expect(lastBody()['generationConfig']).to.deep.equal({
          ...{ temperature: 0.5, topP: 0.9, maxOutputTokens: 500, stopSequences: ['END'], responseMimeType: 'application/json' },
          responseJsonSchema: {
            type: 'object',
            properties: { a: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
            required: ['a'],
            additionalProperties: false,
          },
        })
      })
    })
  }

  it('goes to the next key when one is limited, and says so when none is left', async () => {
    const own = await startGeminiGateway({ keys: ['AIza-first-key-00000000000', 'AIza-second-key-0000000000'] })
    try {
      const sdk = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: own.key, maxRetries: 0 })
      const request = { model: 'gemini-2.5-flash', messages: [{ role: 'user' as const, content: 'hi' }] }
      own.simulator.script({ do: 'error', error: 'rate-per-minute' })
      await sdk.chat.completions.create(request)
      const used = own.simulator.journal.filter(({ path }) => path.includes(':generateContent')).map(({ headers }) => headers['x-goog-api-key'])
      expect(new Set(used).size).to.equal(2)
      own.simulator.script({ do: 'error', error: 'rate-per-minute', times: 5 })
      const failure: unknown = await sdk.chat.completions.create(request).catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(OpenAI.RateLimitError)
    } finally {
      await own.close()
    }
  })

  it('asks a key whose allowance of one model is used up for its other models, and says when the first is back', async () => {
    const own = await startGeminiGateway()
    try {
      const sdk = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: own.key, maxRetries: 0 })
      const ask = (model: string) => sdk.chat.completions.create({ model, messages: [{ role: 'user', content: 'hi' }] })
      own.simulator.script({ do: 'error', error: 'quota-per-day' })
      const asked = () => own.simulator.journal.filter(({ path }) => path.includes(':generateContent')).length
      for (let turn = 0; turn < 2; turn++) {
        const failure: unknown = await ask('gemini-2.5-flash').catch((thrown: unknown) => thrown)
        expect(failure).to.be.instanceOf(OpenAI.RateLimitError)
        expect(failure).to.have.property('code', 'insufficient_quota')
        expect(Number((failure as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after'))).to.be.within(1, 25 * 3600)
      }
      expect(asked(), 'the upstream is not asked again').to.equal(1)
      expect((await ask('gemini-2.5-pro')).choices[0]?.message.content).to.be.a('string')
    } finally {
      await own.close()
    }
  })

  for (const [error, expected] of [
    ['api-key-invalid', OpenAI.InternalServerError],
    ['permission-denied', OpenAI.InternalServerError],
    ['unauthenticated', OpenAI.InternalServerError],
    ['too-many-tokens', OpenAI.BadRequestError],
  ] as const) {
    it(`meets ${error} as ${expected.name}, never as a fault of its own key`, async () => {
      const own = await startGeminiGateway()
      try {
        own.simulator.script({ do: 'error', error, times: 20 })
        const sdk = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: own.key, maxRetries: 0 })
        const failure: unknown = await sdk.chat.completions
          .create({ model: 'gemini-2.5-flash', messages: [{ role: 'user', content: 'hi' }] })
          .catch((thrown: unknown) => thrown)
        expect(failure).to.be.instanceOf(expected)
        if (error === 'too-many-tokens') expect(failure).to.have.property('code', 'context_length_exceeded')
      } finally {
        await own.close()
      }
    })
  }

  it('meets an answer that breaks off as an error, never as a finished one', async () => {
    gateway.simulator.script({ do: 'chunks', chunks: [{ candidates: [{ content: { role: 'model', parts: [{ text: 'Half an' }] } }] }], ending: 'cut' })
    const stream = await client.chat.completions.create({ model: 'gemini-2.5-flash', stream: true, messages: [{ role: 'user', content: 'hi' }] })
    const failure: unknown = await (async () => {
      for await (const chunk of stream) expect(chunk.choices[0]?.finish_reason ?? null).to.equal(null)
    })().catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(OpenAI.APIError)
  })
})
