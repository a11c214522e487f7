import { expect } from 'chai'
import { createDocumentParser } from '../../../../providers/anthropic-compatible/document.ts'
import { readPieces, streamContext, told } from '../../../support/anthropic-answer.ts'
import { checkGrammar } from '../../../../core/testing/event-grammar.ts'

const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-upstream',
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: 'EqQB' },
    { type: 'text', text: 'Hi', citations: [] },
    { type: 'future_block', value: 1 },
    { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
    { type: 'tool_use', id: 'toolu_2', name: 'clock', input: {} },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 12, cache_read_input_tokens: 900, output_tokens: 31, service_tier: 'standard' },
  future: { a: 1 },
}

const read = (text: string) =>
  readPieces(createDocumentParser(streamContext({ verbatim: true })), [Buffer.from(text).subarray(0, 9), Buffer.from(text).subarray(9)])

describe('anthropic-compatible document parser', () => {
  it('hands the document on whole, with the name that the client gave the model', () => {
    const [raw] = read(JSON.stringify(MESSAGE))
    expect(raw).to.include({ type: 'raw', wire: 'anthropic', document: true })
    expect(JSON.parse(raw?.type === 'raw' ? raw.text : '')).to.deep.equal({ ...MESSAGE, model: 'claude-asked' })
  })

  it('says the same in events', () => {
    const [raw, ...events] = read(JSON.stringify(MESSAGE))
    checkGrammar(events)
    expect(raw).to.include({ covers: events.length })
    expect(events.filter(event => event.type.endsWith('-start')).map(({ type }) => type)).to.deep.equal([
      'reasoning-start',
      'text-start',
      'tool-start',
      'tool-start',
    ])
    expect(events).to.deep.include({ type: 'tool-delta', block: 2, json: '{"city":"Oslo"}' })
    expect(events.at(-1)).to.deep.equal({ type: 'finish', reason: 'tool-calls', raw: 'tool_use', usage: { input: 912, output: 31, cacheRead: 900 } })
  })

  it('takes an error with status 200 for an error', () => {
    expect(read('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}').map(told)).to.deep.include.members([
      { failure: 'model_overloaded', message: 'the upstream is overloaded at the moment; try again shortly' },
    ])
  })

  it('never takes half a document for a whole one', () => {
    const [failure] = read(JSON.stringify(MESSAGE).slice(0, -5))
    expect(failure?.type === 'failure' && failure.error.code).to.equal('upstream_cut')
  })
})
