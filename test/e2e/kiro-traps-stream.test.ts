import { expect } from 'chai'
import { type AnthropicStream, readAnthropicStream } from '../support/anthropic-stream.ts'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { lastSent, sent, talk, tell, toolNamed, toolResult, toolUse } from '../support/kiro-traps.ts'

const READ = { tools: [toolNamed('read_file')] }
const WORDS = 'This is a simulated answer.'
const NATIVE = 'claude-sonnet-4-6'

describe('traps of the Kiro upstream: streams', () => {
  let gateway: TestGateway

  before(async () => {
    gateway = await startTestGateway({ config: { server: { keepAliveSeconds: 0.2 }, plugins: [{ use: 'retry', options: { attempts: 2 } }] } })
    // The lists say which models reason natively.
    await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': gateway.key } })
  })
  after(() => gateway.close())
  beforeEach(async () => {
    gateway.simulator.reset()
    const { directory } = gateway.gateway.services
    for (const { id } of await directory.list()) await directory.restore(id)
  })

  const streamed = async (request: object): Promise<AnthropicStream> =>
    readAnthropicStream(await (await gateway.post('/v1/messages', { ...request, stream: true })).text())
  const textOf = ({ message }: AnthropicStream) => message.content.map(block => (block.type === 'text' ? block.text : '')).join('')

  for (const chunking of ['one-write', 'per-frame', { bytes: 1 }, { bytes: 7 }, { frames: 2 }] as const) {
    it(`trap 42: nothing is lost wherever the bytes are cut (${JSON.stringify(chunking)})`, async () => {
      const script = { do: 'stream', script: 'tool-call', chunking } as const
      gateway.simulator.script(script, script)
      const input = { path: 'aé\n"b".txt', text: '😀 naïve 你好 \\ end' }
      expect((await streamed(ask('hi', READ))).message.content.map(block => block.type === 'tool_use' && block.input)).to.deep.equal([input])
      expect((await tell(gateway, ask('hi', READ))).content.map(block => block.input)).to.deep.equal([input])
    })
  }

  it('trap 43: equal pieces that follow each other are all text', async () => {
    gateway.simulator.script({ do: 'stream', script: 'single-characters', times: 2 })
    expect(textOf(await streamed(ask('hi')))).to.equal('6666666666naïve 你好 😀 1833')
    expect((await tell(gateway, ask('hi'))).text).to.equal('6666666666naïve 你好 😀 1833')
  })

  it('trap 44: an empty object at the start of a call is no part of its input', async () => {
    gateway.simulator.script({ do: 'stream', script: 'empty-first-input' })
    expect((await tell(gateway, ask('hi', READ))).content.at(-1)?.input).to.deep.equal({ path: 'a.txt' })
  })

  it('trap 45: the stop reason follows from the calls that were made, whatever the upstream announces', async () => {
    const said = { type: 'assistantResponseEvent', payload: { content: 'I call it.' } }
    const end = [
      { type: 'contextUsageEvent', payload: { contextUsagePercentage: 1 } },
      { type: 'meteringEvent', payload: { usage: 0.1 } },
    ]
    const announced = { type: 'metadataEvent', payload: { stopReason: 'TOOL_USE' } }
    gateway.simulator.script({ do: 'events', events: [said, announced, ...end] })
    const stream = await streamed(ask('hi', READ))
    expect([stream.message.stop_reason, stream.error?.type]).to.deep.equal([null, 'api_error'])
    const made = { type: 'toolUseEvent', payload: { toolUseId: 'tooluse_1', name: 'read_file', stop: true } }
    gateway.simulator.script({ do: 'events', events: [made, { type: 'metadataEvent', payload: { stopReason: 'END_TURN' } }, ...end] })
    expect((await streamed(ask('hi', READ))).message.stop_reason).to.equal('tool_use')
  })

  for (const script of ['truncated-tool-call', 'truncated-tool-call-mid-frame', 'truncated-tool-call-cut', 'truncated-tool-call-reset'] as const) {
    it(`trap 46: a call that was cut off is an error, or comes whole at the next try, and is never made without input (${script})`, async () => {
      gateway.simulator.script({ do: 'stream', script }, { do: 'stream', script: 'tool-call', tool: { name: 'read_file', input: { path: 'whole' } } })
      const told = await tell(gateway, ask('hi', READ))
      expect([told.status, told.attempts, told.stopReason]).to.deep.equal([200, 2, 'tool_use'])
      gateway.simulator.script({ do: 'stream', script, times: 9 })
      const failed = await tell(gateway, ask('hi', READ))
      expect([failed.status, failed.content]).to.deep.equal([502, []])
    })
  }

  it('trap 47: a call that was cut off is not turned into anything else', async () => {
    gateway.simulator.script({
      do: 'stream',
      script: 'truncated-tool-call',
      tool: { name: 'read_file', input: { path: 'src/main.ts', text: 'x'.repeat(200) } },
    })
    const stream = await streamed(ask('hi', { tools: [toolNamed('read_file'), toolNamed('Bash')] }))
    expect(stream.error?.type).to.equal('api_error')
    expect(stream.message.content).to.deep.equal([{ type: 'text', text: 'I will write it.' }])
    expect(stream.types).not.to.include('message_stop')
  })

  it('trap 48: an answer without a stop reason is whole', async () => {
    gateway.simulator.script({ do: 'stream', script: 'no-metadata', times: 2 })
    const stream = await streamed(ask('hi'))
    expect([stream.message.stop_reason, stream.error, textOf(stream)]).to.deep.equal(['end_turn', undefined, WORDS])
    expect((await tell(gateway, ask('hi'))).stopReason).to.equal('end_turn')
  })

  it('trap 49: tokens are counted without the event that never comes', async () => {
    gateway.simulator.script({ do: 'answer', toolCalls: [], contextUsage: 12.5 })
    const { usage } = await tell(gateway, ask('[[text:four words of text]]'))
    expect(usage.output_tokens).to.be.within(3, 12)
    expect((usage.input_tokens ?? 0) + (usage.output_tokens ?? 0)).to.equal(25_000)
    gateway.simulator.script({ do: 'events', events: [{ type: 'assistantResponseEvent', payload: { content: 'hello there' } }] })
    const unmeasured = (await tell(gateway, ask('hi'))).usage
    expect(unmeasured.input_tokens).to.be.greaterThan(0)
    expect(unmeasured.output_tokens).to.be.greaterThan(0)
  })

  it('trap 50: the whole context is reported, in every answer, so that clients compact in time', async () => {
    const history = [
      { role: 'user', content: 'a b c d '.repeat(5_000) },
      { role: 'assistant', content: 'ok' },
    ]
    const { usage } = await tell(gateway, talk([...history, { role: 'user', content: 'next' }]))
    expect(usage.input_tokens).to.be.greaterThan(9_000)
    const stream = await streamed(talk([...history, { role: 'user', content: 'next' }]))
    expect(stream.message.usage['input_tokens']).to.equal(usage.input_tokens)
  })

  for (const script of ['thinking-tags', 'thinking-tags-and-native'] as const) {
    for (const thinking of [{ type: 'enabled', budget_tokens: 2_000 }, { type: 'disabled' }]) {
      it(`trap 51: no thinking tag and no thoughts stand in the text (${script}, thinking ${thinking.type})`, async () => {
        gateway.simulator.script({ do: 'stream', script })
        const stream = await streamed(ask('hi', { thinking, model: NATIVE, max_tokens: 4_000 }))
        expect(textOf(stream)).to.equal(WORDS)
        expect(stream.message.content.filter(block => block.type === 'thinking')).to.have.length(thinking.type === 'enabled' ? 1 : 0)
      })
    }
  }

  const THINKING = { thinking: { type: 'adaptive' }, model: NATIVE, max_tokens: 4_000, ...READ }
  const FIRST = { role: 'user', content: 'go [[reason:I must read it.]] [[tool:read_file {"path":"a"}]]' }

  it('trap 52: signed thoughts are replayed inside a tool loop, so that the model goes on thinking', async () => {
    const first = await tell(gateway, talk([FIRST], THINKING))
    const thought = first.content.find(block => block.type === 'thinking')
    expect(thought?.signature).to.be.a('string').and.not.equal('')
    const call = first.content.find(block => block.type === 'tool_use')
    const messages = [FIRST, { role: 'assistant', content: first.content }, { role: 'user', content: [toolResult(call?.id ?? '')] }]
    expect((await tell(gateway, talk(messages, THINKING))).status).to.equal(200)
    expect(lastSent(gateway).assistants[0]?.reasoningContent).to.deep.equal({ reasoningText: { text: 'I must read it.', signature: thought?.signature } })
  })

  it('trap 53: a bad signature costs one more try without any thoughts, and not the conversation', async () => {
    const poisoned = [{ type: 'thinking', thinking: 'Made up.', signature: 'bWFkZSB1cA==' }, toolUse('t1')]
    const messages = [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: poisoned },
      { role: 'user', content: [toolResult('t1')] },
    ]
    for (let turn = 0; turn < 2; turn++) {
      const told = await tell(gateway, talk(messages, THINKING))
      expect(told.status, told.error).to.equal(200)
      expect(told.attempts).to.be.at.most(2)
      expect(lastSent(gateway).raw).not.to.contain('reasoningContent')
    }
  })

  it('trap 54: an empty answer is asked for again, a bounded number of times; "I will now" is an end like any other', async () => {
    gateway.simulator.script({ do: 'stream', script: 'empty' })
    const told = await tell(gateway, ask('hi'))
    expect([told.status, told.attempts, told.text]).to.deep.equal([200, 2, 'You said: hi'])
    const own = await startTestGateway()
    try {
      own.simulator.script({ do: 'stream', script: 'empty', times: 50 })
      const failed = await tell(own, ask('hi'))
      expect([failed.status, failed.type]).to.deep.equal([502, 'api_error'])
      expect(sent(own).length).to.be.within(2, 4)
    } finally {
      await own.close()
    }
    gateway.simulator.reset()
    const paused = await tell(gateway, ask('[[text:I will now read the file.]]', READ))
    expect([paused.stopReason, sent(gateway).length]).to.deep.equal(['end_turn', 1])
  })

  it('trap 55: a client that waits for the first word gets signs of life', async () => {
    const stream = await streamed(ask('[[delay:700]] [[text:at last]]'))
    expect(stream.pings).to.be.at.least(2)
    expect(textOf(stream)).to.equal('at last')
  })

  for (const as of ['exception', 'error', 'event'] as const) {
    it(`trap 56: a failure told inside a stream of status 200 is no success (${as})`, async () => {
      gateway.simulator.script({ do: 'exception', error: 'internal-server-error', at: 'after-text', as })
      const stream = await streamed(ask('hi'))
      expect([stream.error?.type, textOf(stream), stream.message.stop_reason]).to.deep.equal(['overloaded_error', WORDS.slice(0, -1), null])
      gateway.simulator.script({ do: 'exception', error: 'internal-server-error', at: 'before-text', as })
      const again = await streamed(ask('hi'))
      expect([again.error, textOf(again)]).to.deep.equal([undefined, 'You said: hi'])
      expect((await tell(gateway, ask('hi [[exception:internal-server-error]]'))).status).to.equal(529)
    })
  }

  for (const script of ['reset-mid-stream', 'cut-mid-frame', 'clean-cut-mid-frame'] as const) {
    it(`trap 57: a connection that breaks in the middle is told, in the stream or as a status (${script})`, async () => {
      gateway.simulator.script({ do: 'stream', script, times: 9 })
      const stream = await streamed(ask('hi'))
      expect(stream.error?.type).to.equal('api_error')
      expect(WORDS.startsWith(textOf(stream))).to.equal(true)
      expect((await tell(gateway, ask('hi'))).status).to.equal(502)
    })
  }
})
