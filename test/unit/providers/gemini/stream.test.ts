import { expect } from 'chai'
import { SignatureMemory } from '../../../../providers/gemini/signatures.ts'
import { completionOf, eventsOf, failureOf, joined, sse } from '../../../support/gemini-answer.ts'

const usage = (counts: Readonly<Record<string, number>>) => ({ usageMetadata: counts })
const parts = (...list: readonly unknown[]) => ({ candidates: [{ index: 0, content: { role: 'model', parts: list } }] })
const last = (finishReason: string, ...list: readonly unknown[]) => ({ candidates: [{ index: 0, content: { role: 'model', parts: list }, finishReason }] })

/** A stream with everything in it: thoughts, text in two scripts, parallel calls, signatures, growing counts. */
const WHOLE = sse(
  { ...parts({ text: 'Checking 你', thought: true }), ...usage({ promptTokenCount: 50 }), responseId: 'r1' },
  parts({ text: '好.', thought: true }),
  { ...parts({ text: 'Let me ' }), ...usage({ promptTokenCount: 50, candidatesTokenCount: 3 }) },
  parts({ text: 'look 🙂.' }),
  {
    ...last(
      'STOP',
      { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'U0lH' },
      { functionCall: { name: 'weather', args: { city: 'Rome' } } },
    ),
    ...usage({ promptTokenCount: 50, cachedContentTokenCount: 40, candidatesTokenCount: 12, thoughtsTokenCount: 8, totalTokenCount: 70 }),
  },
)

describe('a Gemini answer', () => {
  it('becomes reasoning, text, whole tool calls and counts', async () => {
    const completion = await completionOf(eventsOf([WHOLE]))
    expect(completion.id).to.equal('r1')
    expect(completion.blocks.map(block => (block.type === 'tool-call' ? [block.name, block.json] : [block.type, block.text]))).to.deep.equal([
      ['reasoning', 'Checking 你好.'],
      ['text', 'Let me look 🙂.'],
      // The signature came with the call, after the text: it has a block of its own before the call.
      ['reasoning', ''],
      ['weather', '{"city":"Oslo"}'],
      ['weather', '{"city":"Rome"}'],
    ])
    expect(completion.blocks[2]).to.have.property('signature', 'gm1.ai.call.U0lH')
    // And bare on the call itself, where Chat clients carry it.
    expect(completion.blocks[3]).to.have.property('signature', 'U0lH')
    expect(completion.blocks[4]).not.to.have.property('signature')
    expect(completion.reason).to.equal('tool-calls')
    expect(completion.raw).to.equal('STOP')
    expect(completion.usage).to.deep.equal({ input: 50, output: 20, cacheRead: 40, reasoning: 8 })
  })

  it('is the same however it is cut: at every byte, and byte by byte', () => {
    const bytes = Buffer.from(WHOLE)
    const whole = joined(eventsOf([bytes]))
    for (let at = 1; at < bytes.length; at++) expect(joined(eventsOf([bytes.subarray(0, at), bytes.subarray(at)]))).to.deep.equal(whole)
    expect(joined(eventsOf(Array.from(bytes, byte => Buffer.from([byte]))))).to.deep.equal(whole)
  })

  it('is the same as a JSON array that grows, and as one object', () => {
    const chunks = WHOLE.split('\r\n\r\n')
      .filter(Boolean)
      .map(line => line.slice('data: '.length))
    const whole = joined(eventsOf([WHOLE]))
    const array = Buffer.from(`[${chunks.join(',\r\n')}\n]`)
    expect(joined(eventsOf([array]))).to.deep.equal(whole)
    for (let at = 1; at < array.length; at += 3) expect(joined(eventsOf([array.subarray(0, at), array.subarray(at)]))).to.deep.equal(whole)
    const one = joined(eventsOf([JSON.stringify(last('STOP', { text: 'a "}{" b' }))]))
    expect(one).to.deep.equal(joined(eventsOf([sse(last('STOP', { text: 'a "}{" b' }))])))
  })

  it('carries the signature of a call in the thoughts right before it', async () => {
    const { blocks } = await completionOf(
      eventsOf([sse(parts({ text: 'Hm.', thought: true }), last('STOP', { functionCall: { name: 'a' }, thoughtSignature: 'QUJD' }))]),
    )
    expect(blocks[0]).to.deep.include({ type: 'reasoning', text: 'Hm.', signature: 'gm1.ai.call.QUJD' })
    expect(blocks[1]).to.include({ type: 'tool-call', name: 'a', json: '{}' })
  })

  it('remembers signatures of calls and texts for clients that cannot carry them, and shows nothing of thoughts that nobody asked for', async () => {
    const memory = new SignatureMemory()
    const stream = sse(
      parts({ text: 'Hm.', thought: true }),
      parts({ text: 'Said' }),
      parts({ text: '', thoughtSignature: 'VA==' }),
      last('STOP', { functionCall: { id: 'fc_1', name: 'a', args: {} }, thoughtSignature: 'QUJD' }),
    )
    const { blocks } = await completionOf(eventsOf([stream], { memory, reasoning: 'hidden' }))
    expect(blocks.map(({ type }) => type)).to.deep.equal(['text', 'tool-call'])
    expect(memory.ofCall({ id: 'fc_1', name: 'a' })).to.equal('QUJD')
    expect(memory.ofText('Said')).to.deep.equal({ signature: 'VA==', apart: true })
  })

  it('keeps the ids of calls where they can be used and are not there twice', async () => {
    const call = (id: string) => ({ functionCall: { id, name: 'a', args: {} } })
    const { blocks } = await completionOf(eventsOf([sse(last('STOP', call('fc-1'), call('fc-1'), call('no good'), { functionCall: { name: 'a' } }))]))
    expect(blocks.map(block => (block.type === 'tool-call' ? block.id : ''))).to.deep.equal(['fc-1', 'call_id2', 'call_id3', 'call_id4'])
  })

  it('says that there was a picture', async () => {
    const { blocks } = await completionOf(eventsOf([sse(last('STOP', { inlineData: { mimeType: 'image/png', data: 'AAAA' } }))]))
    expect(blocks[0]).to.have.property('text').that.contains('image/png')
  })

  const endings: readonly (readonly [what: string, stream: string, expected: string])[] = [
    ['a word', sse(last('STOP', { text: 'a' })), 'stop'],
    ['a limit', sse(last('MAX_TOKENS', { text: 'a' })), 'length'],
    ['a limit before any word', sse(last('MAX_TOKENS')), 'length'],
    ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY'].map(word => [word, sse(last(word)), 'refusal'] as const),
    ['a blocked prompt', sse({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, ...usage({ promptTokenCount: 9 }) }), 'refusal'],
    ['LANGUAGE after words', sse(last('LANGUAGE', { text: 'a' })), 'stop'],
    ['OTHER after words', sse(last('OTHER', { text: 'a' })), 'stop'],
    ['a word of the future after words', sse(last('CONTINUATION', { text: 'a' })), 'length'],
    ['a call, then a chunk that says STOP once more', sse(last('STOP', { functionCall: { name: 'a' } }), last('STOP')), 'tool-calls'],
    ['counts after the end', sse(last('STOP', { text: 'a' }), usage({ promptTokenCount: 1 })), 'stop'],
  ]
  for (const [what, stream, reason] of endings) {
    it(`ends with "${reason}" at ${what}`, () => {
      const finish = eventsOf([stream]).at(-1)
      expect(finish).to.include({ type: 'finish', reason })
    })
  }

  const failures: readonly (readonly [what: string, stream: string, code: string])[] = [
    ['an answer without a word', sse(last('STOP')), 'empty_answer'],
    ['OTHER without a word', sse(last('OTHER')), 'empty_answer'],
    ['a call that the model could not write', sse(last('MALFORMED_FUNCTION_CALL')), 'malformed_answer'],
    ['a call that it could not write, after words', sse(parts({ text: 'a' }), last('MALFORMED_FUNCTION_CALL')), 'malformed_answer'],
    ['a call of nothing that it was given', sse(last('UNEXPECTED_TOOL_CALL')), 'malformed_answer'],
    ['no chunk at all', '', 'upstream_cut'],
    ['no word for the end', sse(parts({ text: 'a' })), 'upstream_cut'],
    ['a JSON array that breaks off', '[{"candidates":[{"content":', 'upstream_cut'],
    ['an error between chunks', sse(parts({ text: 'a' }), { error: { code: 503, status: 'UNAVAILABLE', message: 'overloaded' } }), 'model_overloaded'],
    ['an error alone, in a list', JSON.stringify([{ error: { code: 500, status: 'INTERNAL', message: 'x' } }]), 'upstream_failed'],
    [
      'an error as bare JSON after events',
      `${sse(parts({ text: 'a' }))}{\n  "error": {\n    "code": 429,\n    "status": "RESOURCE_EXHAUSTED",\n    "message": "m"\n  }\n}\n`,
      'account_rate_limited',
    ],
    [
      'an error as bare JSON in a list after events',
      `${sse(parts({ text: 'a' }))}[{"error":{"code":503,"status":"UNAVAILABLE","message":"m"}}]`,
      'model_overloaded',
    ],
    ['a web page', '<html><body>Sign in</body></html>', 'upstream_nonsense'],
    ['an event that is no JSON', 'data: {"candidates":[{\n\n', 'upstream_nonsense'],
    ['a chunk that is no object', 'data: 7\n\n', 'upstream_nonsense'],
  ]
  for (const [what, stream, code] of failures) {
    it(`fails with ${code} at ${what}, in any chunking`, () => {
      expect(failureOf(eventsOf([stream]))?.code).to.equal(code)
      expect(failureOf(eventsOf(Array.from(Buffer.from(stream), byte => Buffer.from([byte]))))?.code).to.equal(code)
    })
  }

  it('is cut at a stop sequence that the API was not told, wherever the chunks break', () => {
    for (const pieces of [['before END after'], ['before E', 'N', 'D after'], ['before EN', 'D']]) {
      const events = eventsOf([sse(...pieces.map(text => parts({ text })))], { watchedStops: ['END'] })
      expect(events.at(-1)).to.deep.include({ type: 'finish', reason: 'stop-sequence', stopSequence: 'END' })
      expect(events.map(event => (event.type === 'text-delta' ? event.text : '')).join('')).to.equal('before ')
    }
    const none = eventsOf([sse(parts({ text: 'an E' }), last('STOP', { text: 'N of it' }))], { watchedStops: ['END'] })
    expect(none.map(event => (event.type === 'text-delta' ? event.text : '')).join('')).to.equal('an EN of it')
  })

  it('says nothing after a failure, and warns at the start', () => {
    const warnings = [{ rule: 'media', message: 'm' }]
    const events = eventsOf([sse({ error: { code: 500 } }), sse(last('STOP', { text: 'a' }))], { warnings })
    expect(events.map(({ type }) => type)).to.deep.equal(['start', 'failure'])
    expect(events[0]).to.deep.include({ warnings })
  })
})
