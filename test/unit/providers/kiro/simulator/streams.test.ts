import { expect } from 'chai'
import {
  type IssuedCredential,
  type KiroSimulator,
  startKiroSimulator,
  STREAM_SCRIPTS,
  type StreamScriptName,
} from '../../../../../providers/kiro/simulator/index.ts'
import { ask, decode, framesOf, namesOf, type Reply, stopReasonOf, textOf, toolCallsOf } from './client.ts'

const TEXT = 'This is a simulated answer.'
const BROKEN_CHECKSUM: readonly StreamScriptName[] = ['corrupt-prelude', 'corrupt-message', 'corrupt-first-frame']

describe('The simulator’s stream scripts', () => {
  let simulator: KiroSimulator
  let credential: IssuedCredential

  before(async () => {
    simulator = await startKiroSimulator()
    credential = simulator.issue('social')
  })

  after(() => simulator.close())

  /** Plays a script; of one that never ends, what comes until `until` says enough. */
  const play = (script: StreamScriptName, until?: (bytes: Buffer) => boolean): Promise<Reply> => {
    // Real waits have no place in a test: the delay's own test is about delivery.
    simulator.script({ do: 'stream', script, firstByteAfterMs: 0 })
    let seen = Buffer.alloc(0)
    return ask(simulator, credential, {
      onHeaders: leave => until?.(seen) === true && leave(),
      onChunk: (leave, chunk) => {
        seen = Buffer.concat([seen, chunk])
        if (until?.(seen) === true) leave()
      },
    })
  }

  const NEVER_ENDING: Partial<Record<StreamScriptName, (bytes: Buffer) => boolean>> = {
    stall: bytes => decode(bytes).frames.length === 5,
    'stall-before-text': () => true,
    'idle-tail': bytes => decode(bytes).frames.some(frame => frame.name === 'meteringEvent'),
    'truncated-tool-call-stall': bytes => decode(bytes).frames.length >= 3,
  }

  for (const script of STREAM_SCRIPTS.filter(name => !BROKEN_CHECKSUM.includes(name))) {
    it(`play ${script} as real frames with right checksums`, async () => {
      const reply = await play(script, NEVER_ENDING[script])
      if (reply.status !== 0) expect(reply.headers['content-type']).to.equal('application/vnd.amazon.eventstream')
      expect(() => framesOf(reply)).not.to.throw()
      expect(simulator.journal.at(-1)?.played).to.equal(`stream ${script}`)
      expect(simulator.stats().queuedSteps).to.equal(0)
    })
  }

  it('end a plain text with its accounting, in the order of the service', async () => {
    const reply = await play('plain-text')
    expect(textOf(reply)).to.equal(TEXT)
    expect(namesOf(reply).slice(-3)).to.deep.equal(['metadataEvent', 'contextUsageEvent', 'meteringEvent'])
    expect(stopReasonOf(reply)).to.equal('END_TURN')
    expect(namesOf(await play('no-metadata'))).not.to.include('metadataEvent')
  })

  it('cut characters over writes, but never over frames', async () => {
    const reply = await play('single-characters')
    expect(textOf(reply)).to.equal('6666666666naïve 你好 😀 1833')
    const deltas = framesOf(reply).filter(frame => frame.name === 'assistantResponseEvent')
    expect(deltas.every(({ payload }) => [...payload.content].length === 1)).to.equal(true)
    expect(reply.chunks.length).to.be.greaterThan(100)
  })

  it('announce, fill and close tool calls, whose JSON only parses as a whole', async () => {
    const reply = await play('tool-call')
    const [call] = toolCallsOf(reply)
    expect(call?.id).to.match(/^tooluse_[A-Za-z0-9]{22}$/)
    expect(JSON.parse(call?.input ?? '')).to.deep.equal({ path: 'aé\n"b".txt', text: '😀 naïve 你好 \\ end' })
    const fragments = framesOf(reply).flatMap(frame => frame.payload.input ?? [])
    expect(
      fragments.some((fragment: string) => /\\u?[0-9a-f]{0,3}$/.test(fragment)),
      'one ends inside an escape',
    ).to.equal(true)
    expect(stopReasonOf(reply)).to.equal('TOOL_USE')
    const two = await play('two-tool-calls')
    expect(toolCallsOf(two).map(({ stopped }) => stopped)).to.deep.equal([true, true])
    expect(new Set(toolCallsOf(two).map(({ id }) => id)).size).to.equal(2)
    expect(textOf(two)).to.equal('First this. Then that.')
    expect(toolCallsOf(await play('zero-argument-tool'))[0]).to.include({ input: '', stopped: true })
    expect(toolCallsOf(await play('large-tool-argument'))[0]?.input.length).to.be.greaterThan(200_000)
  })

  it('use the tool that the request declares', async () => {
    simulator.script({ do: 'stream', script: 'zero-argument-tool', tool: { name: 'chosen', input: {} } })
    expect(toolCallsOf(await ask(simulator, credential))[0]?.name).to.equal('chosen')
    expect(toolCallsOf(await play('zero-argument-tool'))[0]?.name).to.equal('read_file')
  })

  it('vary the first and the later frames of a call as older streams do', async () => {
    const inputs = (reply: Reply) =>
      framesOf(reply)
        .filter(frame => frame.name === 'toolUseEvent')
        .map(({ payload }) => payload)
    expect(inputs(await play('empty-first-input'))[0].input).to.deep.equal({})
    expect(inputs(await play('whole-object-input'))[0].input).to.deep.equal({ path: 'a.txt' })
    expect(inputs(await play('anonymous-fragments')).at(-1)).to.deep.equal({ stop: true })
    expect(inputs(await play('unclosed-tool-call')).some(({ stop }) => stop === true)).to.equal(false)
    const frames = framesOf(await play('nested-payloads'))
    expect(frames[0]?.payload).to.deep.equal({ assistantResponseEvent: { content: TEXT } })
  })

  it('truncate a tool call in every way', async () => {
    const half = (reply: Reply) => {
      const [call] = toolCallsOf(reply)
      expect(call?.stopped).to.equal(false)
      expect(() => JSON.parse(call?.input ?? '')).to.throw()
      expect(namesOf(reply)).not.to.include('contextUsageEvent')
      return { failure: reply.failure, rest: decode(reply.bytes).rest > 0 }
    }
    expect(half(await play('truncated-tool-call'))).to.deep.equal({ failure: undefined, rest: false })
    expect(half(await play('truncated-tool-call-mid-frame'))).to.deep.equal({ failure: undefined, rest: true })
    expect(half(await play('truncated-tool-call-cut'))).to.deep.equal({ failure: 'ECONNRESET', rest: true })
    expect(half(await play('truncated-tool-call-reset'))).to.deep.equal({ failure: 'ECONNRESET', rest: false })
    expect(half(await play('truncated-tool-call-stall', NEVER_ENDING['truncated-tool-call-stall']))).to.deep.include({ rest: false })
  })

  it('end too early in every way', async () => {
    const ending = async (script: StreamScriptName) => {
      const reply = await play(script)
      expect(namesOf(reply)).not.to.include('contextUsageEvent')
      return { failure: reply.failure, rest: decode(reply.bytes).rest > 0 }
    }
    expect(await ending('clean-cut')).to.deep.equal({ failure: undefined, rest: false })
    expect(await ending('clean-cut-mid-frame')).to.deep.equal({ failure: undefined, rest: true })
    expect(await ending('cut-mid-frame')).to.deep.equal({ failure: 'ECONNRESET', rest: true })
    expect(await ending('reset-mid-stream')).to.deep.equal({ failure: 'ECONNRESET', rest: false })
    const before = await play('reset-before-text')
    expect([before.status, before.bytes.length, before.failure]).to.deep.equal([200, 0, 'ECONNRESET'])
  })

  it('reason natively, in tags, and in both ways at once', async () => {
    const reasoning = (reply: Reply) =>
      framesOf(reply)
        .filter(frame => frame.name === 'reasoningContentEvent')
        .map(({ payload }) => payload)
    const native = reasoning(await play('native-reasoning'))
    expect(native.filter(({ signature }) => signature !== undefined)).to.have.length(3)
    expect(native.map(({ text }) => text ?? '').join('')).to.include('First I look')
    expect(reasoning(await play('redacted-reasoning'))).to.deep.equal([{ redactedContent: 'cmVkYWN0ZWQ=' }])
    const tagged = await play('thinking-tags')
    expect(framesOf(tagged)[0]?.payload.content).to.equal('<thin')
    expect(textOf(tagged)).to.match(/^<thinking>\n.*"<\/thinking>".*\n<\/thinking>\n\nThis/s)
    const both = await play('thinking-tags-and-native')
    expect(textOf(both)).to.include(
      reasoning(both)
        .map(({ text }) => text ?? '')
        .join(''),
    )
    expect(textOf(await play('reasoning-only'))).to.equal('')
  })

  it('fail inside the stream in every form', async () => {
    const last = async (script: StreamScriptName) => framesOf(await play(script)).at(-1)
    expect(await last('error-frame')).to.deep.include({ kind: 'error', name: 'InternalFailure', payload: undefined })
    expect(await last('error-event')).to.deep.include({ kind: 'event', name: 'error' })
    expect(await last('invalid-state')).to.deep.include({ name: 'invalidStateEvent' })
    expect((await last('content-length-exception'))?.payload.reason).to.equal('CONTENT_LENGTH_EXCEEDS_THRESHOLD')
    for (const script of BROKEN_CHECKSUM) {
      const { bytes } = await play(script)
      const wrong = script === 'corrupt-prelude' ? /prelude checksum/i : /message checksum/i
      expect(() => decode(bytes)).to.throw(wrong)
    }
  })

  it('mix in what nobody knows', async () => {
    const names = namesOf(await play('unknown-events'))
    expect(names).to.include.members(['initial-response', 'messageMetadataEvent', 'somethingNewEvent', 'followupPromptEvent', 'intentsEvent'])
    const [odd] = framesOf(await play('unknown-headers'))
    expect(odd?.headers).to.include({ flag: true, 'other-flag': false, byte: -49 })
    expect(odd?.payload.content).to.equal('Labelled oddly.')
  })

  it('stop for every reason', async () => {
    const stop = async (script: StreamScriptName) => stopReasonOf(await play(script))
    expect(await stop('max-tokens')).to.equal('MAX_TOKENS')
    expect(await stop('content-filtered')).to.equal('CONTENT_FILTERED')
    expect(await stop('context-window-exceeded')).to.equal('MODEL_CONTEXT_WINDOW_EXCEEDED')
    expect(await stop('malformed-tool-use')).to.equal('MALFORMED_TOOL_USE')
    expect(await stop('lower-case-stop')).to.equal('end_turn')
    const over = framesOf(await play('context-usage-over-100')).find(frame => frame.name === 'contextUsageEvent')
    expect(over?.payload.contextUsagePercentage).to.equal(104.2)
    const usage = framesOf(await play('token-usage')).find(frame => frame.name === 'metadataEvent')
    expect(usage?.payload.tokenUsage).to.include({ uncachedInputTokens: 100, outputTokens: 7 })
  })

  it('answer with nothing', async () => {
    expect(namesOf(await play('empty'))).to.deep.equal(['metadataEvent', 'contextUsageEvent', 'meteringEvent'])
    expect((await play('no-frames')).bytes.length).to.equal(0)
  })
})
