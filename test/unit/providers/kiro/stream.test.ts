import { expect } from 'chai'
import type { CompletionBlock, ErrorCode, FinishReason } from '../../../../core/index.ts'
import type { ParserContext } from '../../../../providers/kiro/stream.ts'
import { answerOf, chunkings, comparable, eventsOf, parse } from '../../../support/kiro-answer.ts'
import { contextUsage, encode, errorFrame, eventFrame, exceptionFrame, metering, say, stopReason, think, tool } from '../../../support/kiro-frames.ts'

interface Script {
  readonly frames: readonly Buffer[]
  readonly context?: Partial<ParserContext>
  readonly blocks: readonly CompletionBlock[]
  readonly reason?: FinishReason
  readonly failure?: ErrorCode
}

const text = (value: string): CompletionBlock => ({ type: 'text', text: value })
const call = (id: string, name: string, json: string): CompletionBlock => ({ type: 'tool-call', id, name, json })
const toolFrames = (id: string, name: string, fragments: readonly string[]) => [
  tool({ toolUseId: id, name }),
  ...fragments.map(input => tool({ toolUseId: id, name, input })),
  tool({ toolUseId: id, name, stop: true }),
]
const TRAILER = [contextUsage(12.5), metering(0.09)]
const ended = (word: string) => [stopReason(word), ...TRAILER]
const corrupt = (frame: Buffer, at: number) => {
  const copy = Buffer.from(frame)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
const AWKWARD = '{"path":"a\\u00e9\\n\\"b\\".txt","text":"\\ud83d\\ude00 naïve 你好 \\\\ end"}'

const SCRIPTS: Readonly<Record<string, Script>> = {
  'plain text with all closing events': { frames: [say('Hel'), say('lo'), ...ended('END_TURN')], blocks: [text('Hello')], reason: 'stop' },
  'plain text without stop metadata': { frames: [say('Hel'), say('lo'), ...TRAILER], blocks: [text('Hello')], reason: 'stop' },
  'plain text that just ends': { frames: [say('Hello')], blocks: [text('Hello')], reason: 'stop' },
  'a stop word in lower case': { frames: [say('a'), ...ended('end_turn')], blocks: [text('a')], reason: 'stop' },
  'equal and multi-byte deltas': {
    frames: [...[...'6666666666', ...'naïve 你好 😀'].map(say), ...ended('END_TURN')],
    blocks: [text('6666666666naïve 你好 😀')],
    reason: 'stop',
  },
  'a tool call cut inside its escapes': {
    frames: [...toolFrames('tooluse_1', 'write', AWKWARD.match(/.{1,3}/gsu) ?? []), ...ended('TOOL_USE')],
    blocks: [call('tooluse_1', 'write', AWKWARD)],
    reason: 'tool-calls',
  },
  'two tool calls with text around': {
    frames: [say('First.'), ...toolFrames('t1', 'a', ['{"x":1}']), say('Then.'), ...toolFrames('t2', 'b', ['{}']), say('Done.'), ...TRAILER],
    blocks: [text('First.'), call('t1', 'a', '{"x":1}'), text('Then.'), call('t2', 'b', '{}'), text('Done.')],
    reason: 'tool-calls',
  },
  'a call without arguments': {
    frames: [...toolFrames('t1', 'a', []), ...ended('TOOL_USE')],
    blocks: [call('t1', 'a', '')],
    reason: 'tool-calls',
  },
  'an empty object in the first frame': {
    frames: [tool({ toolUseId: 't1', name: 'a', input: {} }), tool({ toolUseId: 't1', input: '{"x":' }), tool({ input: '1}' }), tool({ stop: true })],
    blocks: [call('t1', 'a', '{"x":1}')],
    reason: 'tool-calls',
  },
  'arguments as one object': {
    frames: [tool({ toolUseId: 't1', name: 'a', input: { x: 1 } }), tool({ toolUseId: 't1', name: 'a', stop: true })],
    blocks: [call('t1', 'a', '{"x":1}')],
    reason: 'tool-calls',
  },
  'calls whose later frames name nothing': {
    frames: [tool({ toolUseId: 't1', name: 'a' }), tool({ input: '{"x"' }), tool({ input: ':1}' }), tool({ stop: true }), ...ended('TOOL_USE')],
    blocks: [call('t1', 'a', '{"x":1}')],
    reason: 'tool-calls',
  },
  'the same call twice': {
    frames: [...toolFrames('t1', 'a', ['{"x":1}']), ...toolFrames('t1', 'a', ['{"x":1}']), tool({ toolUseId: 't1', stop: true }), tool({ stop: true })],
    blocks: [call('t1', 'a', '{"x":1}')],
    reason: 'tool-calls',
  },
  'another call under a used id': {
    frames: [...toolFrames('t1', 'a', ['{"x":1}']), ...toolFrames('t1', 'a', ['{"x":2}'])],
    blocks: [call('t1', 'a', '{"x":1}'), call('tooluse_id2', 'a', '{"x":2}')],
    reason: 'tool-calls',
  },
  'a whole call that text ends without a stop': {
    frames: [...toolFrames('t1', 'a', ['{"x":1}']).slice(0, -1), say('And more.')],
    blocks: [call('t1', 'a', '{"x":1}'), text('And more.')],
    reason: 'tool-calls',
  },
  'a whole call that the next ends without a stop': {
    frames: [...toolFrames('t1', 'a', ['{"x":1}']).slice(0, -1), ...toolFrames('t2', 'b', ['{}'])],
    blocks: [call('t1', 'a', '{"x":1}'), call('t2', 'b', '{}')],
    reason: 'tool-calls',
  },
  'a whole call that the end ends without a stop': {
    frames: [...toolFrames('t1', 'a', ['{"x":1}']).slice(0, -1), ...TRAILER],
    blocks: [call('t1', 'a', '{"x":1}')],
    reason: 'tool-calls',
  },
  'calls although the stop word says END_TURN': {
    frames: [...toolFrames('t1', 'a', ['{}']), ...ended('END_TURN')],
    blocks: [call('t1', 'a', '{}')],
    reason: 'tool-calls',
  },
  'a call with raw line breaks and lone backslashes': {
    frames: [...toolFrames('t1', 'a', ['{"x":"C:\\', 'dir\n', '"}'])],
    blocks: [call('t1', 'a', '{"x":"C:\\\\dir\\n"}')],
    reason: 'tool-calls',
  },
  'a call that the end cuts': {
    frames: [say('I write.'), tool({ toolUseId: 't1', name: 'a' }), tool({ toolUseId: 't1', input: '{"x":"ab' })],
    blocks: [text('I write.')],
    failure: 'tool_call_truncated',
  },
  'a call that the stream cuts before its arguments': {
    frames: [tool({ toolUseId: 't1', name: 'a' }), ...TRAILER],
    blocks: [],
    failure: 'tool_call_truncated',
  },
  'a call that text cuts': {
    frames: [tool({ toolUseId: 't1', name: 'a', input: '{"x' }), say('Sorry.')],
    blocks: [],
    failure: 'tool_call_truncated',
  },
  'a stopped call whose arguments are not whole': { frames: toolFrames('t1', 'a', ['{"x":1']), blocks: [], failure: 'tool_call_truncated' },
  'arguments that are no object': { frames: toolFrames('t1', 'a', ['[1]']), blocks: [], failure: 'malformed_answer' },
  'a call without a name': {
    frames: [tool({ toolUseId: 't1', input: '{}' }), tool({ stop: true })],
    blocks: [],
    failure: 'malformed_answer',
  },
  'native reasoning with three signature fragments': {
    frames: [think({ text: 'Hm ' }), think({ text: 'so.' }), ...['c2', 'ln', 'bg=='].map(signature => think({ signature })), say('Yes.')],
    blocks: [{ type: 'reasoning', text: 'Hm so.', signature: 'c2lnbg==' }, text('Yes.')],
    reason: 'stop',
  },
  'two thoughts in a row': {
    frames: [think({ text: 'a', signature: 's1' }), think({ text: 'b' }), think({ signature: 's2' }), say('.')],
    blocks: [{ type: 'reasoning', text: 'a', signature: 's1' }, { type: 'reasoning', text: 'b', signature: 's2' }, text('.')],
    reason: 'stop',
  },
  'redacted reasoning alone before text': {
    frames: [think({ redactedContent: 'cmVk' }), say('Yes.')],
    blocks: [{ type: 'reasoning', text: '', redacted: 'cmVk' }, text('Yes.')],
    reason: 'stop',
  },
  'reasoning that nobody asked for': {
    context: { reasoning: 'hidden' },
    frames: [think({ text: 'Hm', signature: 's' }), think({ redactedContent: 'cmVk' }), say('<thinking>again</thinking>\n\nYes.')],
    blocks: [text('Yes.')],
    reason: 'stop',
  },
  'thinking tags in pieces with quoted ones inside': {
    frames: ['<thin', 'king>\n', 'The "</thinking>" and `</thinking>` here', '</think', 'ing>\n', '\n', 'Yes.'].map(say),
    blocks: [{ type: 'reasoning', text: 'The "</thinking>" and `</thinking>` here' }, text('Yes.')],
    reason: 'stop',
  },
  'thinking tags that repeat native reasoning': {
    frames: [think({ text: 'Hm', signature: 's' }), say('<thinking>Hm</thinking>\n\n'), say('Yes.')],
    blocks: [{ type: 'reasoning', text: 'Hm', signature: 's' }, text('Yes.')],
    reason: 'stop',
  },
  'thinking tags right before a tool call': {
    frames: [say('<thinking>Hm</thinking>\n'), ...toolFrames('t1', 'a', ['{}'])],
    blocks: [{ type: 'reasoning', text: 'Hm' }, call('t1', 'a', '{}')],
    reason: 'tool-calls',
  },
  'reasoning only': {
    frames: [think({ text: 'Hm', signature: 's' }), ...ended('END_TURN')],
    blocks: [{ type: 'reasoning', text: 'Hm', signature: 's' }],
    reason: 'stop',
  },
  'reasoning only and no word why': {
    frames: [think({ text: 'Hm' }), ...TRAILER],
    blocks: [{ type: 'reasoning', text: 'Hm' }],
    reason: 'length',
  },
  'hidden reasoning only': {
    context: { reasoning: 'hidden' },
    frames: [think({ text: 'Hm' }), ...ended('END_TURN')],
    blocks: [],
    failure: 'empty_answer',
  },
  'an empty answer': { frames: ended('END_TURN'), blocks: [], failure: 'empty_answer' },
  'an empty answer without metadata': { frames: [say(''), ...TRAILER], blocks: [], failure: 'empty_answer' },
  'an answer of whitespace': { frames: [say('\n'), say(' '), ...ended('END_TURN')], blocks: [], failure: 'empty_answer' },
  'not a single frame': { frames: [], blocks: [], failure: 'empty_answer' },
  'TOOL_USE without a call': { frames: [say('I will.'), ...ended('TOOL_USE')], blocks: [text('I will.')], failure: 'malformed_answer' },
  MALFORMED_TOOL_USE: { frames: ended('MALFORMED_TOOL_USE'), blocks: [], failure: 'malformed_answer' },
  MAX_TOKENS: { frames: [say('a'), ...ended('MAX_TOKENS')], blocks: [text('a')], reason: 'length' },
  'CONTENT_FILTERED and nothing else': { frames: ended('CONTENT_FILTERED'), blocks: [], reason: 'refusal' },
  GUARDRAIL_INTERVENED: { frames: [say('a'), ...ended('GUARDRAIL_INTERVENED')], blocks: [text('a')], reason: 'refusal' },
  'the context window is full after text': {
    frames: [say('a'), ...ended('MODEL_CONTEXT_WINDOW_EXCEEDED')],
    blocks: [text('a')],
    reason: 'context-window',
  },
  'the context window is full before any': { frames: ended('MODEL_CONTEXT_WINDOW_EXCEEDED'), blocks: [], failure: 'context_too_long' },
  'more than the whole window and no metadata': { frames: [say('a'), contextUsage(104)], blocks: [text('a')], reason: 'context-window' },
  'a stop word of the future': { frames: [say('a'), ...ended('PAUSED')], blocks: [text('a')], reason: 'length' },
  'an exception before text': {
    frames: [exceptionFrame('ThrottlingException', { message: 'slow down' })],
    blocks: [],
    failure: 'account_rate_limited',
  },
  'an exception after text': {
    frames: [say('Hel'), exceptionFrame('InternalServerException', { message: 'x' }), say('lo')],
    blocks: [text('Hel')],
    failure: 'upstream_failed',
  },
  'an exception inside a tool call': {
    frames: [tool({ toolUseId: 't1', name: 'a', input: '{' }), exceptionFrame('ThrottlingException', { reason: 'MONTHLY_REQUEST_COUNT' })],
    blocks: [],
    failure: 'quota_exhausted',
  },
  'too long after text': {
    frames: [say('a'), exceptionFrame('ValidationException', { message: 'Input is too long.', reason: 'CONTENT_LENGTH_EXCEEDS_THRESHOLD' })],
    blocks: [text('a')],
    reason: 'length',
  },
  'an error frame of headers only': {
    frames: [say('a'), errorFrame('InternalFailure', 'failed')],
    blocks: [text('a')],
    failure: 'upstream_failed',
  },
  'an error event': { frames: [say('a'), eventFrame('error', { message: 'failed' })], blocks: [text('a')], failure: 'upstream_failed' },
  'an invalid state': {
    frames: [eventFrame('invalidStateEvent', { invalidStateEvent: { reason: 'INVALID_TASK_ASSIST_PLAN', message: 'x' } })],
    blocks: [],
    failure: 'upstream_failed',
  },
  'events that are no part of the answer': {
    frames: [
      eventFrame('initial-response', '{}'),
      eventFrame('messageMetadataEvent', { conversationId: 'c' }),
      say('a'),
      eventFrame('somethingNewEvent', 'not even JSON'),
      eventFrame('followupPromptEvent', { followupPrompt: { content: 'no' } }),
      eventFrame('codeReferenceEvent', { references: [] }),
      encode({}, ''),
      eventFrame('codeEvent', { content: 'b' }),
      ...ended('END_TURN'),
    ],
    blocks: [text('ab')],
    reason: 'stop',
  },
  'payloads nested under their event': {
    frames: [
      eventFrame('assistantResponseEvent', { assistantResponseEvent: { content: 'a' } }),
      eventFrame('toolUseEvent', { toolUseEvent: { toolUseId: 't1', name: 'x', input: '{}', stop: true } }),
      eventFrame('metadataEvent', { metadataEvent: { stopReason: 'TOOL_USE' } }),
    ],
    blocks: [text('a'), call('t1', 'x', '{}')],
    reason: 'tool-calls',
  },
  'a payload that is no JSON': {
    frames: [say('a'), eventFrame('assistantResponseEvent', '{"content":')],
    blocks: [text('a')],
    failure: 'upstream_nonsense',
  },
  'a payload that is no object': { frames: [eventFrame('assistantResponseEvent', '[]')], blocks: [], failure: 'upstream_nonsense' },
  'content that is no text': { frames: [eventFrame('assistantResponseEvent', { content: 1 })], blocks: [], failure: 'upstream_nonsense' },
  'a corrupted prelude': { frames: [say('a'), corrupt(say('b'), 9), say('c')], blocks: [text('a')], failure: 'upstream_nonsense' },
  'a corrupted message': { frames: [say('a'), corrupt(say('b'), 70), say('c')], blocks: [text('a')], failure: 'upstream_nonsense' },
  'a corrupted first frame': { frames: [corrupt(say('b'), 70)], blocks: [], failure: 'upstream_nonsense' },
  'an end in the middle of a frame': { frames: [say('a'), say('b').subarray(0, -9)], blocks: [text('a')], failure: 'upstream_cut' },
  'a cut behind the closing events': {
    frames: [say('a'), ...ended('END_TURN'), say('b').subarray(0, 9)],
    blocks: [text('a')],
    reason: 'stop',
  },
}

describe('kiro answer parser: golden streams', () => {
  for (const [name, script] of Object.entries(SCRIPTS)) {
    it(`reads ${name} alike in every chunking`, async () => {
      const bytes = Buffer.concat(script.frames)
      const whole = await answerOf(eventsOf([bytes], script.context))
      expect(whole.blocks).to.deep.equal(script.blocks)
      expect(whole.failure?.code).to.equal(script.failure)
      expect(whole.finish?.reason).to.equal(script.reason)
      for (const chunks of chunkings(bytes)) {
        expect(comparable(await answerOf(eventsOf(chunks, script.context)))).to.deep.equal(comparable(whole))
      }
    })
  }

  it('joins a tool argument of 200 KB', async () => {
    const json = JSON.stringify({ path: 'large.txt', text: 'Ab"\\ö\n'.repeat(34_000) })
    const answer = await parse([...toolFrames('t1', 'write', json.match(/.{1,1000}/gsu) ?? []), ...ended('TOOL_USE')])
    expect(answer.blocks).to.deep.equal([call('t1', 'write', json)])
  })
})
