import { expect } from 'chai'
import { type OpenaiSimulator, startOpenaiSimulator } from '../../../../providers/openai-compatible/simulator/index.ts'
import { DEFAULT_PROFILE, type SimulatorProfile } from '../../../../providers/openai-compatible/simulator/profile.ts'
import { checkBody } from '../../../../providers/openai-compatible/simulator/validate.ts'

const user = { role: 'user', content: 'Hi' }
const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'x' })
const tool = (name: string, parameters: unknown = { type: 'object', properties: {} }) => ({ type: 'function', function: { name, parameters } })

/** What real services refuse, and with which word or place. */
const REFUSED: readonly (readonly [what: string, body: object, told: string, profile?: Partial<SimulatorProfile>])[] = [
  ['an unknown field', { top_k: 5 }, 'unknown_parameter'],
  ['a field that this one refuses', { store: true }, 'unknown_parameter', { refuses: ['store'] }],
  ['an unknown model', { model: 'gpt-9' }, 'model_not_found'],
  ['no messages', { messages: [] }, 'empty_array'],
  ['an unknown role', { messages: [{ role: 'bot', content: 'x' }] }, 'invalid_value'],
  ['the role developer where there is none', { messages: [{ role: 'developer', content: 'x' }] }, 'messages.[0].role', { developerRole: false }],
  ['a call without its result', { messages: [user, { role: 'assistant', content: null, tool_calls: [call('a')] }, user] }, 'messages.[2].role'],
  ['a call without its result at the end', { messages: [user, { role: 'assistant', content: null, tool_calls: [call('a')] }] }, 'messages'],
  ['a result without its call', { messages: [user, result('a')] }, 'messages.[1].role'],
  ['two calls of one id', { messages: [user, { role: 'assistant', content: null, tool_calls: [call('a'), call('a')] }] }, 'messages.[1].tool_calls[1].id'],
  ['a long id', { messages: [user, { role: 'assistant', content: null, tool_calls: [call('x'.repeat(41))] }] }, 'string_above_max_length'],
  ['an assistant who says nothing', { messages: [user, { role: 'assistant', content: null }] }, 'messages.[1].content'],
  [
    'an image in a result',
    {
      messages: [
        user,
        { role: 'assistant', content: null, tool_calls: [call('a')] },
        { ...result('a'), content: [{ type: 'image_url', image_url: { url: 'https://x.test/a' } }] },
      ],
    },
    'messages.[2].content',
  ],
  [
    'an image of no kind',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:text/plain;base64,eA==' } }] }] },
    'invalid_image_format',
  ],
  ['half a character', { messages: [{ role: 'user', content: '\ud800' }] }, 'invalid_request_error'],
  ['an empty list of tools', { tools: [] }, 'empty_array'],
  ['a choice without tools', { tool_choice: 'auto' }, 'tool_choice'],
  ['a choice of a tool that is not there', { tools: [tool('f')], tool_choice: { type: 'function', function: { name: 'g' } } }, 'tool_choice'],
  ['two tools of one name', { tools: [tool('f'), tool('f')] }, 'tools[1].function.name'],
  ['a tool of a wild name', { tools: [tool('a.b')] }, 'invalid_value'],
  ['a schema that is no object', { tools: [tool('f', { type: 'object', properties: {}, anyOf: [] })] }, 'invalid_function_parameters'],
  ['both limits', { max_tokens: 1, max_completion_tokens: 1 }, 'max_tokens'],
  ['the old limit for a model that reasons', { model: 'o-simulated', max_tokens: 1 }, 'unsupported_parameter'],
  ['an effort for a model that does not', { reasoning_effort: 'low' }, 'unknown_parameter'],
  ['too hot a temperature', { temperature: 3 }, 'temperature'],
  ['five stop sequences', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
  ['stream options without a stream', { stream_options: { include_usage: true } }, 'stream_options'],
  ['a wish for JSON of which the messages do not speak', { response_format: { type: 'json_object' } }, 'messages'],
  ['a schema without a name', { response_format: { type: 'json_schema', json_schema: { schema: {} } } }, 'missing_required_parameter'],
  ['too long a conversation', { model: 'tiny-simulated', messages: [{ role: 'user', content: 'x'.repeat(2_000) }] }, 'context_length_exceeded'],
  [
    'calls without their reasoning',
    { messages: [user, { role: 'assistant', content: null, tool_calls: [call('a')] }, result('a')] },
    'messages.[1]',
    { reasoningContent: true },
  ],
]

describe('the simulator of OpenAI-compatible services', () => {
  for (const [what, body, told, profile = {}] of REFUSED) {
    it(`refuses ${what}`, () => {
      const refused = checkBody({ model: 'gpt-simulated', messages: [user], ...body }, { ...DEFAULT_PROFILE, ...profile })
      expect([refused?.code, refused?.param, refused?.type]).to.include(told)
    })
  }

  it('takes what those services take', () => {
    const messages = [
      { role: 'developer', content: 'Be short.' },
      user,
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
      result('b'),
      result('a'),
      user,
    ]
    const whole = {
      messages,
      tools: [tool('f')],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      n: 2,
      seed: 1,
      stop: 'x',
      stream: true,
      stream_options: { include_usage: true },
      response_format: { type: 'text' },
    }
    expect(checkBody({ model: 'gpt-simulated', ...whole }, DEFAULT_PROFILE)).to.equal(undefined)
  })

  describe('over HTTP', () => {
    let simulator: OpenaiSimulator
    before(async () => {
      simulator = await startOpenaiSimulator()
    })
    after(() => simulator.close())
    beforeEach(() => simulator.reset())

    const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${simulator.baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sk-simulated-key-0001', ...headers },
        body: JSON.stringify(body),
      })
    const small = { model: 'gpt-simulated', messages: [user] }

    it('knows its keys, its paths and its steps, and keeps a journal', async () => {
      expect((await post(small, { authorization: 'Bearer wrong' })).status).to.equal(401)
      expect((await fetch(`${simulator.origin}/v1/completions`)).status).to.equal(404)
      simulator.plan({ do: 'error', error: 'overloaded' }, { do: 'say', text: 'Scripted.' })
      expect((await post(small)).status).to.equal(503)
      expect(((await (await post(small)).json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content).to.equal('Scripted.')
      expect((await post({ ...small, model: 'x' })).status).to.equal(404)
      expect(simulator.journal.map(({ path }) => path)).to.have.length(5)
    })

    it('breaks off where it is told to', async () => {
      simulator.plan({ do: 'break-off', text: 'data: {"id":"x"}\n\n' })
      const answer = await post({ ...small, stream: true })
      expect(await answer.text().catch(() => 'broken')).to.equal('broken')
    })
  })
})
