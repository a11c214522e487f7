import { expect } from 'chai'
import type { StreamEvent } from '../../../../core/index.ts'
import { mapToolNames } from '../../../../providers/anthropic-compatible/preflight/tool-identifiers.ts'
import { STREAM_SCRIPTS, type StreamScriptName } from '../../../../providers/anthropic-compatible/simulator/stream-scripts.ts'
import { createAnthropicParser } from '../../../../providers/anthropic-compatible/stream.ts'
import { bytesOf, rawText, readPieces, readScript, streamContext, told } from '../../../support/anthropic-answer.ts'
import { checkGrammar } from '../../../../core/testing/event-grammar.ts'

const NAMES = Object.keys(STREAM_SCRIPTS) as StreamScriptName[]
const finishOf = (name: StreamScriptName) => readScript(name).find(event => event.type === 'finish')
const failureOf = (name: StreamScriptName) => {
  const last = readScript(name).at(-1)
  return last?.type === 'failure' ? last.error : undefined
}
const textOf = (events: readonly StreamEvent[]) => events.map(event => (event.type === 'text-delta' ? event.text : '')).join('')

describe('anthropic-compatible stream parser', () => {
  for (const name of NAMES) {
    it(`says the same of "${name}" at every chunk boundary and byte by byte`, () => {
      const bytes = bytesOf(name)
      for (const verbatim of [false, true]) {
        const read = (pieces: readonly Uint8Array[]) => readPieces(createAnthropicParser(streamContext({ verbatim })), pieces).map(told)
        const whole = read([bytes])
        expect(read(Array.from(bytes, byte => Uint8Array.of(byte)))).to.deep.equal(whole)
        for (let at = 0; at <= bytes.length; at += verbatim ? 1 : 7)
          expect(read([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).to.deep.equal(whole)
      }
    })

    it(`keeps to the event grammar in "${name}"`, () => {
      const events = readScript(name)
      // What fails before its first word has no beginning either.
      if (events[0]?.type !== 'failure') checkGrammar(events)
    })
  }

  it('reads text, reasoning with its signature, and parallel tool calls', () => {
    expect(readScript('thinking-text-tool')).to.deep.equal([
      { type: 'start', id: 'msg_script', model: 'claude-upstream', usage: { input: 917, output: 1, cacheRead: 900, cacheWrite: 5 } },
      { type: 'reasoning-start', block: 0 },
      { type: 'reasoning-delta', block: 0, text: 'Let me ' },
      { type: 'reasoning-delta', block: 0, text: 'see.' },
      { type: 'reasoning-signature', block: 0, signature: 'EqQB' },
      { type: 'block-end', block: 0 },
      { type: 'text-start', block: 1 },
      { type: 'text-delta', block: 1, text: 'Looking.' },
      { type: 'block-end', block: 1 },
      { type: 'tool-start', block: 2, id: 'toolu_1', name: 'read_file' },
      { type: 'tool-delta', block: 2, json: '{"path":' },
      { type: 'tool-delta', block: 2, json: '"a b"}' },
      { type: 'block-end', block: 2 },
      { type: 'tool-start', block: 3, id: 'toolu_2', name: 'write_file' },
      { type: 'block-end', block: 3 },
      { type: 'finish', reason: 'tool-calls', raw: 'tool_use', usage: { input: 917, output: 31, cacheRead: 900, cacheWrite: 5, reasoning: 10 } },
    ])
  })

  it('gives tools the names that the client knows', () => {
    const toolNames = { ...mapToolNames([]), original: (name: string) => (name === 'read_file' ? 'fs.read/file' : name) }
    expect(readScript('input-whole', { toolNames })).to.deep.include({ type: 'tool-start', block: 0, id: 'toolu_1', name: 'fs.read/file' })
  })

  it('takes reasoning that is only sealed, and reasoning that only its issuer can read', () => {
    expect(readScript('thinking-omitted')).to.deep.include({ type: 'reasoning-signature', block: 0, signature: 'EqQC' })
    expect(readScript('redacted')).to.deep.include({ type: 'reasoning-start', block: 0, redacted: 'EmwKAh' })
  })

  it('passes over blocks that the hub has no word for, says so once, and leaves no gap in the numbers', () => {
    const kinds: string[] = []
    const events = readScript('server-tool', { passedOver: kind => kinds.push(kind) })
    expect(kinds).to.deep.equal(['server_tool_use', 'web_search_tool_result'])
    expect(events.filter(event => event.type.endsWith('-start'))).to.deep.equal([{ type: 'text-start', block: 0 }])
    expect(textOf(events)).to.equal('Found.')
  })

  it('reads how answers end', () => {
    const reasons = ['text', 'pause-turn', 'refusal', 'max-tokens', 'context-window', 'stop-sequence', 'empty'].map(name => finishOf(name as StreamScriptName))
    expect(reasons.map(finish => finish?.reason)).to.deep.equal(['stop', 'stop', 'refusal', 'length', 'context-window', 'stop-sequence', 'stop'])
    expect(finishOf('stop-sequence')).to.include({ stopSequence: 'END' })
    expect(finishOf('pause-turn')).to.include({ raw: 'pause_turn' })
  })

  it('lets the calls decide where the stop reason contradicts them', () => {
    expect(finishOf('end-turn-with-tool')).to.include({ reason: 'tool-calls', raw: 'end_turn' })
    expect(finishOf('tool-use-without-tool')).to.include({ reason: 'stop', raw: 'tool_use' })
  })

  it('takes what relays do otherwise', () => {
    expect(readScript('input-whole')).to.deep.include({ type: 'tool-delta', block: 0, json: '{"path":"a"}' })
    expect(textOf(readScript('text-in-start'))).to.equal('Begun and done')
    expect(readScript('no-block-stop').filter(event => event.type === 'block-end')).to.have.length(2)
    expect(finishOf('usage-late')).to.deep.include({ usage: { input: 48, output: 2, cacheRead: 8 } })
    for (const name of ['no-event-lines', 'crlf-and-comments', 'done-mark'] as const) expect(finishOf(name), name).to.include({ reason: 'stop' })
  })

  it('never takes half an answer for a whole one', () => {
    for (const name of ['cut-after-text', 'cut-before-stop', 'cut-at-once'] as const) expect(failureOf(name)?.code, name).to.equal('upstream_cut')
    expect(failureOf('max-tokens-in-tool')?.code).to.equal('tool_call_truncated')
  })

  it('reads errors inside the stream, before and after the first word', () => {
    expect(failureOf('overloaded-first')?.code).to.equal('model_overloaded')
    expect(failureOf('overloaded-inside')?.code).to.equal('model_overloaded')
    expect(failureOf('error-without-event-line')?.code).to.equal('upstream_failed')
  })

  it('says when everything was said, and nothing after it', () => {
    const parser = createAnthropicParser(streamContext())
    expect(parser.complete).to.equal(false)
    parser.push(bytesOf('text'))
    expect(parser.complete).to.equal(true)
    expect(parser.push(bytesOf('text'))).to.deep.equal([])
    expect(parser.end()).to.deep.equal([])
  })

  it('reports what was changed in the request', () => {
    const warnings = [{ rule: 'sampling', message: 'x' }]
    expect(readScript('text', { warnings })[0]).to.deep.include({ warnings })
  })

  describe('for a client of the same wire', () => {
    it('hands on every byte but the name of the model', () => {
      for (const name of ['thinking-text-tool', 'server-tool', 'unknown-events', 'refusal', 'pause-turn', 'max-tokens-in-tool'] as const) {
        const text = rawText(readScript(name, { verbatim: true }))
        expect(text).to.equal(bytesOf(name).toString().replace('"model":"claude-upstream"', '"model":"claude-asked"'))
      }
    })

    it('covers exactly the events beside which it stands', () => {
      for (const name of NAMES) {
        const batches: StreamEvent[][] = []
        const parser = createAnthropicParser(streamContext({ verbatim: true }))
        for (const event of STREAM_SCRIPTS[name]) batches.push([...parser.push(Buffer.from(event))])
        batches.push([...parser.end()])
        for (const batch of batches) {
          let covered = 0
          for (const event of batch) {
            if (event.type === 'raw') {
              expect(covered, name).to.equal(0)
              covered = event.covers
            } else if (event.type !== 'failure') covered -= 1
          }
          expect(covered, name).to.equal(0)
        }
      }
    })

    it('leaves errors to be told in our words', () => {
      expect(rawText(readScript('overloaded-inside', { verbatim: true }))).not.to.contain('overloaded_error')
    })

    it('adds the line without which clients overlook an event', () => {
      expect(rawText(readScript('no-event-lines', { verbatim: true }))).to.contain('event: content_block_delta\ndata: {"type":"content_block_delta"')
    })
  })
})
