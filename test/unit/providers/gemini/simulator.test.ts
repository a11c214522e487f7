import { expect } from 'chai'
import { type GeminiSimulator, requestFault, Signer, startGeminiSimulator } from '../../../../providers/gemini/simulator/index.ts'

const signer = new Signer('simulated')
const user = (...parts: readonly unknown[]) => ({ role: 'user', parts })
const model = (...parts: readonly unknown[]) => ({ role: 'model', parts })
const hi = user({ text: 'hi' })
const call = { functionCall: { name: 'f', args: {} } }
const response = { functionResponse: { name: 'f', response: {} } }
const tools = (...functionDeclarations: readonly unknown[]) => [{ functionDeclarations }]
const schema = (parameters: unknown) => ({ contents: [hi], tools: tools({ name: 'f', parameters: { type: 'OBJECT', properties: { a: parameters } } }) })

const GOOD: readonly (readonly [string, unknown, string?])[] = [
  ['the least', { contents: [hi] }],
  ['names with underscores', { contents: [hi], system_instruction: { parts: [{ text: 's' }] }, generation_config: { max_output_tokens: 5 } }],
  ['a signed call', { contents: [hi, model({ ...call, thoughtSignature: signer.sign(call) }), user(response)] }, 'gemini-3-pro-preview'],
  [
    'the word for a lost signature',
    { contents: [hi, model({ ...call, thoughtSignature: 'skip_thought_signature_validator' }), user(response)] },
    'gemini-3-pro-preview',
  ],
  ['an old call without one', { contents: [hi, model(call), user(response), model({ text: 'a' }), hi] }, 'gemini-3-pro-preview'],
]

const BAD: readonly (readonly [string, unknown, RegExp, string?])[] = [
  ['an unknown field', { contents: [hi], stream: true }, /Unknown name "stream"/],
  [
    'an unknown keyword of a schema',
    schema({ type: 'STRING', $schema: 'x' }),
    /Unknown name "\$schema" at 'tools\[0\]\.function_declarations\[0\]\.parameters/,
  ],
  ['a list of types', schema({ type: ['STRING', 'NULL'] }), /type/],
  ['numbers in an enum', schema({ type: 'STRING', enum: [1] }), /TYPE_STRING/],
  ['an empty value of an enum', schema({ type: 'STRING', enum: [''] }), /cannot be empty/],
  ['a list without items', schema({ type: 'ARRAY' }), /items: missing field/],
  ['a strange format', schema({ type: 'STRING', format: 'uuid' }), /format/],
  ['a property that is required and not there', schema({ type: 'OBJECT', required: ['x'] }), /property is not defined/],
  ['parameters without properties', { contents: [hi], tools: tools({ name: 'f', parameters: { type: 'OBJECT' } }) }, /non-empty/],
  ['a tool twice', { contents: [hi], tools: tools({ name: 'f' }, { name: 'f' }) }, /Duplicate/],
  ['a name with a slash', { contents: [hi], tools: tools({ name: 'a/b' }) }, /Invalid function name/],
  ['no contents', { contents: [] }, /contents is not specified/],
  ['a model first', { contents: [model({ text: 'a' }), hi] }, /turn/],
  ['a model last', { contents: [hi, model({ text: 'a' })] }, /turn/],
  ['two turns of one side', { contents: [hi, hi] }, /consecutive/],
  ['an assistant', { contents: [{ role: 'assistant', parts: [{ text: 'a' }] }] }, /valid role/],
  ['no parts', { contents: [user()] }, /must not be empty/],
  ['an empty text', { contents: [user({ text: '' })] }, /empty text/],
  ['two contents in a part', { contents: [user({ text: 'a', inlineData: { mimeType: 'image/png', data: 'AAAA' } })] }, /oneof/],
  ['a GIF', { contents: [user({ inlineData: { mimeType: 'image/gif', data: 'AAAA' } })] }, /Unsupported MIME/],
  ['too few results', { contents: [hi, model(call, call), user(response)] }, /number of function response parts/],
  ['a result of another tool', { contents: [hi, model(call), user({ functionResponse: { name: 'g', response: {} } })] }, /number of function response parts/],
  ['a result that is a text', { contents: [hi, model(call), user({ functionResponse: { name: 'f', response: 'ok' } })] }, /Struct/],
  ['a call without its signature', { contents: [hi, model(call), user(response)] }, /missing a thought_signature/, 'gemini-3-pro-preview'],
  [
    'a signature on another call',
    { contents: [hi, model({ functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: signer.sign(call) }), user(response)] },
    /not valid/,
  ],
  ['six stop sequences', { contents: [hi], generationConfig: { stopSequences: ['1', '2', '3', '4', '5', '6'] } }, /at most 5/],
  ['a level for an older model', { contents: [hi], generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } }, /level is not supported/],
  [
    'budget and level',
    { contents: [hi], generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', thinkingBudget: 200 } } },
    /only one/,
    'gemini-3-pro-preview',
  ],
  ['no thinking where it cannot be off', { contents: [hi], generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, /invalid/],
  [
    'names of allowed functions with AUTO',
    { contents: [hi], tools: tools({ name: 'f' }), toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } },
    /ANY/,
  ],
  ['a format beside tools', { contents: [hi], tools: tools({ name: 'f' }), generationConfig: { responseMimeType: 'application/json' } }, /unsupported/],
]

describe('the imitation of the Gemini API', () => {
  for (const [what, body, name = 'gemini-2.5-pro'] of GOOD) it(`takes ${what}`, () => expect(requestFault(body, { model: name, signer })).to.equal(undefined))
  for (const [what, body, fault, name = 'gemini-2.5-pro'] of BAD)
    it(`refuses ${what}`, () => expect(requestFault(body, { model: name, signer })).to.match(fault))

  describe('over HTTP', () => {
    let simulator: GeminiSimulator
    before(async () => {
      simulator = await startGeminiSimulator({ pageSize: 3 })
    })
    after(() => simulator.close())
    beforeEach(() => simulator.reset())

    const key = 'AIza-simulated-key-0123456789'
    const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = { 'x-goog-api-key': key }) =>
      fetch(`${simulator.origin}/v1beta/models/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })

    it('refuses a wrong key as a bad request, as the API does', async () => {
      const response = await post('gemini-2.5-pro:generateContent', { contents: [hi] }, { 'x-goog-api-key': 'wrong' })
      expect(response.status).to.equal(400)
      expect(await response.json()).to.have.nested.property('error.details[0].reason', 'API_KEY_INVALID')
    })

    it('gives its models out in pages', async () => {
      const page = async (query: string) =>
        (await fetch(`${simulator.origin}/v1beta/models${query}`, { headers: { 'x-goog-api-key': key } })).json() as Promise<{
          models: unknown[]
          nextPageToken?: string
        }>
      const first = await page('')
      expect(first.models).to.have.length(3)
      expect((await page(`?pageToken=${first.nextPageToken}`)).models).to.not.deep.equal(first.models)
    })

    it('answers in one piece, as events and as an array, without an end mark', async () => {
      const body = { contents: [user({ text: '[[text:one two three]]' })] }
      expect(await (await post('gemini-2.5-pro:generateContent', body)).json()).to.have.nested.property('candidates[0].content.parts[0].text', 'one two three')
      const events = await (await post('gemini-2.5-pro:streamGenerateContent?alt=sse', body)).text()
      expect(events.match(/^data: /gm)).to.have.length(3)
      expect(events).not.to.contain('[DONE]')
      expect(await (await post('gemini-2.5-pro:streamGenerateContent', body)).json()).to.have.length(3)
    })

    it('counts the bare conversation or the whole request, and not both', async () => {
      const whole = { model: 'models/gemini-2.5-pro', contents: [hi] }
      expect(await (await post('gemini-2.5-pro:countTokens', { contents: [hi] })).json()).to.have.property('totalTokens')
      expect((await post('gemini-2.5-pro:countTokens', { generateContentRequest: whole })).status).to.equal(200)
      expect((await post('gemini-2.5-pro:countTokens', { contents: [hi], generateContentRequest: whole })).status).to.equal(400)
    })

    it('plays what a script says, for one call', async () => {
      simulator.script({ do: 'error', error: 'overloaded' })
      expect((await post('gemini-2.5-pro:generateContent', { contents: [hi] })).status).to.equal(503)
      expect((await post('gemini-2.5-pro:generateContent', { contents: [hi] })).status).to.equal(200)
    })
  })
})
