import { expect } from 'chai'
import fc from 'fast-check'
import { openaiChat } from '../../../../../core/dialects/openai-chat/index.ts'
import { type Batch, fold, GatewayError, type StreamEvent, type Usage } from '../../../../../core/index.ts'
import { anyAnswer, anyBrokenAnswer, inBatches } from '../../../../support/arbitrary-events.ts'
import { requestWithBody, trackedCall } from '../../../../support/calls.ts'
import { type OpenaiUsage, readOpenaiChatStream } from '../../../../support/openai-chat-stream.ts'
import { FINISH, START, textBlock } from '../../../../support/scripted-provider.ts'

const chat = openaiChat.chat as NonNullable<typeof openaiChat.chat>
const callWith = (body: object) => trackedCall({ id: 'req_abc', requestedModel: 'kiro/claude-x', request: requestWithBody('openai-chat', { ...body }) })
const plain = callWith({})
const counting = callWith({ stream_options: { include_usage: true } })

interface Whole {
  readonly id: string
  readonly object: string
  readonly created: number
  readonly model: string
  readonly system_fingerprint: null
  readonly choices: readonly { readonly index: number; readonly message: Message; readonly logprobs: null; readonly finish_reason: string }[]
  readonly usage: OpenaiUsage
}
interface Message {
  readonly role: string
  readonly content: string | null
  readonly refusal: null
  readonly reasoning_content?: string
  readonly tool_calls?: readonly { readonly id: string; readonly type: string; readonly function: { readonly name: string; readonly arguments: string } }[]
}

function stream(batches: readonly Batch[], call = plain): string {
  const encoder = chat.encoder(call)
  return batches.map(batch => encoder.encode(batch)).join('')
}
async function whole(events: readonly StreamEvent[]): Promise<Whole> {
  const one = async function* () {
    yield events
  }
  return chat.complete(await fold(one()), plain) as Whole
}
const messageOf = ({ choices }: Whole) => choices[0]?.message as Message
const finishWith = (usage: Usage): StreamEvent => ({ type: 'finish', reason: 'stop', usage })
const callBlock = (block: number, pieces: readonly string[]): StreamEvent[] => [
  { type: 'tool-start', block, id: `call_${block}`, name: 'read_file' },
  ...pieces.map((json): StreamEvent => ({ type: 'tool-delta', block, json })),
  { type: 'block-end', block },
]
/** Providers give each call an id of its own. */
const anyAnswerWithIds = anyAnswer.filter(events => {
  const ids = events.flatMap(event => (event.type === 'tool-start' ? [event.id] : []))
  return new Set(ids).size === ids.length
})

describe('rendering for OpenAI clients', () => {
  it('writes a stream exactly as documented', () => {
    const text = stream(
      [[START, ...textBlock(['Hi']), ...callBlock(1, ['{"a":', '1}']), { type: 'finish', reason: 'tool-calls', usage: { input: 12, output: 3 } }]],
      counting,
    )
    const created = /"created":(\d+)/.exec(text)?.[1]
    const head = `data: {"id":"chatcmpl-abc","object":"chat.completion.chunk","created":${created},"model":"kiro/claude-x","system_fingerprint":null,`
    const chunk = (delta: string, finish = 'null') => `${head}"choices":[{"index":0,"delta":{${delta}},"finish_reason":${finish}}],"usage":null}`
    expect(text).to.equal(
      [
        chunk('"role":"assistant","content":""'),
        chunk('"content":"Hi"'),
        chunk('"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"read_file","arguments":""}}]'),
        chunk('"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\":"}}]'),
        chunk('"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]'),
        chunk('', '"tool_calls"'),
        `${head}"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}`,
        'data: [DONE]',
        '',
      ].join('\n\n'),
    )
    expect(Math.abs(Number(created) - Date.now() / 1000)).to.be.lessThan(5)
  })

  it('makes of every stream of the grammar, however it is cut, one that a strict client takes', () => {
    fc.assert(
      fc.property(
        anyAnswerWithIds.chain(events => fc.tuple(fc.constant(events), inBatches(events))),
        fc.boolean(),
        ([, batches], counted) => {
          const text = stream(batches, counted ? counting : plain)
          const read = readOpenaiChatStream(text, { usage: counted })
          expect(read.error).to.equal(undefined)
          expect(read.usage === undefined).to.equal(!counted)
          expect(read.model).to.equal('kiro/claude-x')
        },
      ),
      { numRuns: 300 },
    )
  })

  it('tells a whole answer the same as its stream: content, calls, reason and usage', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswerWithIds, async events => {
        const read = readOpenaiChatStream(stream([events], counting), { usage: true })
        const complete = await whole(events)
        const message = messageOf(complete)
        expect(message.content ?? '').to.equal(read.message.content)
        expect(message.reasoning_content ?? '').to.equal(read.message.reasoning)
        const calls = message.tool_calls?.map(({ id, function: { name, arguments: json } }) => ({ id, name, input: JSON.parse(json) as unknown })) ?? []
        expect(calls).to.deep.equal(read.message.tool_calls)
        expect([complete.choices[0]?.finish_reason, complete.usage, complete.id]).to.deep.equal([read.finish_reason, read.usage, read.id])
      }),
      { numRuns: 200 },
    )
  })

  it('ends a broken stream with one error, without a finish reason or an end mark', () => {
    fc.assert(
      fc.property(
        anyBrokenAnswer.chain(events => fc.tuple(fc.constant(events), inBatches(events))),
        ([events, batches]) => {
          const text = stream(batches)
          expect(text).not.to.contain('\ndata: [DONE]\n')
          expect(text).not.to.match(/"finish_reason":"/)
          const failure = events.at(-1)
          expect(/^data: (\{"error":.*\})\n\n$/m.exec(text.slice(text.lastIndexOf('data: {"error":')))).not.to.equal(null)
          expect(readOpenaiChatStream(text).error?.message).to.equal(failure?.type === 'failure' ? failure.error.message : undefined)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('tells an error inside a stream with the same words as before it', () => {
    const error = new GatewayError('upstream_timeout', 'the upstream fell silent', { param: 'model' })
    const text = stream([[START, ...textBlock(['Hal'])], [{ type: 'failure', error }]])
    expect(readOpenaiChatStream(text).error).to.deep.equal({
      message: 'the upstream fell silent',
      type: 'server_error',
      param: 'model',
      code: 'upstream_timeout',
    })
    expect(openaiChat.fault(error, 'req_1').body).to.deep.equal({ error: readOpenaiChatStream(text).error })
  })

  it('shows signs of life as comments, which every client skips', () => {
    const encoder = chat.encoder(plain)
    expect(encoder.keepAlive).to.equal(': keep-alive\n\n')
    expect(encoder.contentType).to.equal('text/event-stream; charset=utf-8')
    const text = encoder.keepAlive + encoder.encode([START, ...textBlock(['x'])]) + encoder.keepAlive + encoder.encode([FINISH])
    expect(readOpenaiChatStream(text)).to.deep.include({ keepAlives: 2, finish_reason: 'stop' })
  })

  it('numbers calls over the whole stream, whatever comes between them', () => {
    const events = [
      START,
      ...callBlock(0, ['{}']),
      ...textBlock(['and'], 1),
      ...callBlock(2, ['{}']),
      { type: 'finish', reason: 'tool-calls', usage: {} } as const,
    ]
    expect(stream([events]).match(/"tool_calls":\[\{"index":\d,"id":"\w+"/g)).to.deep.equal([
      '"tool_calls":[{"index":0,"id":"call_0"',
      '"tool_calls":[{"index":1,"id":"call_2"',
    ])
  })

  for (const pieces of [[], [''], ['', '{}'], ['{', '', '}']]) {
    it(`gives a call whose arguments come as ${JSON.stringify(pieces)} the arguments {}`, async () => {
      const events = [START, ...callBlock(0, pieces), { type: 'finish', reason: 'tool-calls', usage: {} } as const]
      expect(readOpenaiChatStream(stream([events])).message.tool_calls).to.deep.equal([{ id: 'call_0', name: 'read_file', input: {} }])
      expect(messageOf(await whole(events)).tool_calls?.[0]?.function.arguments).to.equal('{}')
    })
  }

  it('writes a whole answer exactly as documented', async () => {
    const answer = await whole([{ ...START, usage: { input: 12 } }, ...textBlock(['Hi']), finishWith({ output: 3, cacheRead: 8, reasoning: 1 })])
    expect(answer).to.deep.equal({
      id: 'chatcmpl-abc',
      object: 'chat.completion',
      created: answer.created,
      model: 'kiro/claude-x',
      system_fingerprint: null,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi', refusal: null }, logprobs: null, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 12,
        completion_tokens: 3,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 8 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    })
  })

  it('has content null beside calls and "" beside nothing, as strict clients expect', async () => {
    expect(messageOf(await whole([START, ...callBlock(0, ['{}']), FINISH])).content).to.equal(null)
    expect(messageOf(await whole([START, FINISH])).content).to.equal('')
  })

  it('shows reasoning beside the answer', async () => {
    const thought: StreamEvent[] = [
      { type: 'reasoning-start', block: 0 },
      { type: 'reasoning-delta', block: 0, text: 'let me think' },
      { type: 'reasoning-signature', block: 0, signature: 'c2lnbmF0dXJl' },
      { type: 'block-end', block: 0 },
      { type: 'reasoning-start', block: 1, redacted: 'c2VhbGVk' },
      { type: 'block-end', block: 1 },
    ]
    const events = [START, ...thought, ...textBlock(['Hi'], 2), FINISH]
    expect(readOpenaiChatStream(stream([events])).message.reasoning).to.equal('let me think')
    expect(messageOf(await whole(events)).reasoning_content).to.equal('let me think')
  })

  for (const [reason, calls, word] of [
    ['stop', 0, 'stop'],
    ['stop-sequence', 0, 'stop'],
    ['tool-calls', 1, 'tool_calls'],
    ['stop', 1, 'tool_calls'],
    ['tool-calls', 0, 'stop'],
    ['length', 0, 'length'],
    ['length', 1, 'length'],
    ['context-window', 0, 'length'],
    ['refusal', 0, 'content_filter'],
  ] as const) {
    it(`tells ${reason} with ${calls} calls as ${word}`, async () => {
      const events: StreamEvent[] = [START, ...(calls === 1 ? callBlock(0, ['{}']) : textBlock(['x'])), { type: 'finish', reason, usage: {} }]
      expect((await whole(events)).choices[0]?.finish_reason).to.equal(word)
      expect(readOpenaiChatStream(stream([events])).finish_reason).to.equal(word)
    })
  }

  it('counts what is cached and thought within the totals, never above them', async () => {
    const { usage } = await whole([START, ...textBlock(['x']), finishWith({ input: 10, output: 5, cacheRead: 50, reasoning: 9 })])
    expect(usage).to.deep.equal({
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 10 },
      completion_tokens_details: { reasoning_tokens: 5 },
    })
  })
})
