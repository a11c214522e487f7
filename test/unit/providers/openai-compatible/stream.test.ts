import { expect } from 'chai'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import type { StreamEvent } from '../../../../core/index.ts'
import { STREAM_SCRIPTS, type StreamScriptName, streamText } from '../../../../providers/openai-compatible/simulator/stream-scripts.ts'
import { requestWithBody, trackedCall } from '../../../support/calls.ts'
import { checkGrammar } from '../../../../core/testing/event-grammar.ts'
import { createParser } from '../../../../providers/openai-compatible/stream.ts'
import { inPieces, ownWords, parsePieces, parserContext, summary } from '../../../support/openai-compatible.ts'

const HELLO = 'text Hello, world'
const OSLO = 'call call_1 weather {"city":"Oslo"}'
const ROME = 'call call_2 weather {"city":"Rome"}'
const THOUGHT = 'reasoning Let me think.'

/** What each recorded shape says. */
const EXPECTED: Readonly<Record<StreamScriptName, readonly string[]>> = {
  plain: [HELLO, 'finish stop'],
  'usage-in-finish-chunk': [HELLO, 'finish stop'],
  'usage-in-every-chunk': [HELLO, 'finish stop'],
  'usage-in-choice': [HELLO, 'finish stop'],
  'no-usage': [HELLO, 'finish stop guessed'],
  'no-done': [HELLO, 'finish stop'],
  'no-finish-reason': [HELLO, 'finish stop'],
  'cut-off': [HELLO, 'failure upstream_cut'],
  'odd-finish-reason': [HELLO, 'finish stop'],
  'role-on-every-chunk': [HELLO, 'finish stop guessed'],
  'prompt-filter-first': [HELLO, 'finish stop'],
  'null-choices': [HELLO, 'finish stop guessed'],
  comments: [HELLO, 'finish stop'],
  'unknown-members': [HELLO, 'finish stop'],
  length: [HELLO, 'finish length'],
  'content-filter': [HELLO, 'finish refusal guessed'],
  refusal: ['text I cannot do that.', 'finish refusal guessed'],
  'tool-call': [OSLO, 'finish tool-calls'],
  'tool-calls-parallel': ['text Let me look.', OSLO, ROME, 'finish tool-calls guessed'],
  'tool-calls-interleaved': [OSLO, ROME, 'finish tool-calls guessed'],
  'tool-calls-without-index': [OSLO, ROME, 'finish tool-calls guessed'],
  'tool-calls-all-index-0': [OSLO, ROME, 'finish tool-calls guessed'],
  'tool-call-without-id': ['call call_new-1 weather {"city":"Oslo"}', 'finish tool-calls guessed'],
  'tool-call-object-arguments': [OSLO, 'finish tool-calls guessed'],
  'tool-call-repeated-name': [OSLO, 'finish tool-calls guessed'],
  'tool-call-cumulative': [OSLO, 'finish tool-calls guessed'],
  'tool-call-no-arguments': ['call call_1 now ', 'finish tool-calls guessed'],
  'tool-call-truncated': ['call call_1 weather {"city":"Os', 'failure tool_call_truncated'],
  'tool-call-finish-stop': [OSLO, 'finish tool-calls guessed'],
  'reasoning-content': [THOUGHT, HELLO, 'finish stop'],
  'reasoning-field': [THOUGHT, HELLO, 'finish stop guessed'],
  'reasoning-details': [`${THOUGHT} signed`, HELLO, 'finish stop guessed'],
  'reasoning-encrypted': ['sealed', HELLO, 'finish stop guessed'],
  'think-tags': [THOUGHT, HELLO, 'finish stop guessed'],
  'content-parts': [THOUGHT, HELLO, 'finish stop guessed'],
  'two-choices': [HELLO, 'finish stop'],
  'error-first': ['failure upstream_overloaded'],
  'error-in-the-middle': [HELLO, 'failure upstream_failed'],
  'error-beside-choices': [HELLO, 'failure upstream_failed'],
  'no-json': ['failure upstream_nonsense'],
  empty: ['failure empty_answer'],
}
/** What a client of this wire is told differently: it takes an answer as it is. */
const EXPECTED_SAME: Partial<Record<StreamScriptName, readonly string[]>> = {
  'tool-call-truncated': ['call call_1 weather {"city":"Os', 'finish length'],
  empty: ['finish stop'],
}
const NAMES = Object.keys(STREAM_SCRIPTS) as readonly StreamScriptName[]
const bytesOf = (name: StreamScriptName, lineEnd: '\n' | '\r\n' = '\n') => Buffer.from(streamText(STREAM_SCRIPTS[name], lineEnd))
const withoutRaw = (events: readonly StreamEvent[]) => events.filter(event => event.type !== 'raw')

describe('reading streams of chat completions', () => {
  for (const name of NAMES) {
    it(`understands ${name}, wherever its bytes are cut`, () => {
      const bytes = bytesOf(name)
      const events = parsePieces([bytes])
      expect(summary(events)).to.deep.equal(EXPECTED[name])
      checkGrammar(events)
      for (let cut = 1; cut < bytes.length; cut++) {
        expect(summary(parsePieces([bytes.subarray(0, cut), bytes.subarray(cut)])), `cut at ${cut}`).to.deep.equal(EXPECTED[name])
      }
      expect(summary(parsePieces(inPieces(bytes, 1))), 'a byte at a time').to.deep.equal(EXPECTED[name])
      expect(summary(parsePieces(inPieces(bytesOf(name, '\r\n'), 1))), 'with CRLF').to.deep.equal(EXPECTED[name])
    })

    it(`hands ${name} on in its own words to a client of the same wire`, () => {
      const bytes = bytesOf(name)
      for (const pieces of [[bytes], inPieces(bytes, 1), inPieces(bytes, 100)]) {
        const events = parsePieces(pieces, { sameWire: true, wantsUsage: true })
        // What is told by no word of the upstream's is a failure alone.
        const told = EXPECTED_SAME[name] ?? EXPECTED[name]
        expect(summary(events).at(-1)?.split(' ').slice(0, 2)).to.deep.equal(told.at(-1)?.split(' ').slice(0, 2))
        checkCovers(events)
        const expected = streamText(STREAM_SCRIPTS[name].filter(piece => !isFault(piece)))
          .replaceAll('upstream-model-2026-01-01', 'asked-for')
          .replaceAll(/^:.*\n\n/gm, '')
        expect(ownWords(events)).to.equal(
          name === 'no-done' ? `${expected}data: [DONE]\n\n` : name === 'no-json' ? expected.replace('data: not json at all\n\n', '') : expected,
        )
      }
    })
  }

  function isFault(piece: unknown): boolean {
    return typeof piece === 'object' && piece !== null && 'error' in piece
  }

  /** Each of the upstream's words covers events that are there, up to the next, and never a failure. */
  function checkCovers(events: readonly StreamEvent[]): void {
    let covered = 0
    for (const event of events) {
      if (event.type === 'raw') {
        expect(covered, 'covered and not there').to.equal(0)
        covered = event.covers
      } else if (event.type === 'failure') expect(covered).to.equal(0)
      // Before a failure nothing may have been said.
      else if (event.type !== 'start' || covered > 0) {
        expect(covered, `${event.type} is not covered`).to.be.greaterThan(0)
        covered--
      }
    }
    expect(covered).to.equal(0)
  }

  it('reads a stream for a client of the same wire as for any other', () => {
    for (const name of NAMES) {
      if (EXPECTED_SAME[name]) continue
      expect(summary(withoutRaw(parsePieces([bytesOf(name)], { sameWire: true }))).slice(0, -1)).to.deep.equal(EXPECTED[name].slice(0, -1))
    }
  })

  it('leaves the chunk with the counts out where the client did not ask for it, and knows the counts all the same', () => {
    const events = parsePieces([bytesOf('plain')], { sameWire: true })
    expect(ownWords(events)).not.to.contain('usage')
    expect(events.at(-1)).to.deep.include({ type: 'finish', usage: { input: 20, output: 9, cacheRead: 16, reasoning: 4 } })
  })

  it('waits for every answer that was asked for before it takes a silent connection for an end', () => {
    const parser = createParser(parserContext({ sameWire: true, choices: 2 }))
    const [first = '', second = '', third = '', fourth = ''] = streamText(STREAM_SCRIPTS['two-choices']).split(/(?<=\n\n)/)
    parser.push(Buffer.from(first + second + third))
    expect(parser.complete).to.equal(false)
    parser.push(Buffer.from(fourth))
    expect(parser.complete).to.equal(true)
  })

  it('becomes, through the dialect, byte for byte what the upstream said', () => {
    const encoder = openaiChat.chat?.encoder(trackedCall({ request: requestWithBody('openai-chat', {}) }))
    const events = parsePieces([bytesOf('unknown-members')], { sameWire: true, wantsUsage: true })
    expect(encoder?.encode(events)).to.equal(streamText(STREAM_SCRIPTS['unknown-members']).replaceAll('upstream-model-2026-01-01', 'asked-for'))
  })

  it('hides reasoning from a client that did not ask for it', () => {
    for (const name of ['reasoning-content', 'reasoning-field', 'reasoning-details', 'reasoning-encrypted', 'think-tags', 'content-parts'] as const) {
      expect(summary(parsePieces([bytesOf(name)], { reasoning: 'hidden' }))[0], name).to.equal(HELLO)
    }
  })
})
