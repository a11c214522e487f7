import { expect } from 'chai'
import { chat, rulesOf, send, tool, user } from '../../../../support/kiro-request.ts'

describe('settings that the Kiro upstream does not know', () => {
  it('sampling-settings: each is reported once and none is sent', () => {
    const sent = send(chat([user('hi')], { temperature: 0.2, topP: 0.9, topK: 40 }))
    expect(rulesOf(sent)).to.deep.equal(['sampling-settings', 'sampling-settings', 'sampling-settings'])
    expect(sent.warnings.map(warning => warning.where)).to.deep.equal(['temperature', 'top_p', 'top_k'])
    expect(sent.built.body).not.to.match(/temperature|topP|inferenceConfig/)
  })

  it('leaves stop sequences and the token limit to the answer, without a warning', () => {
    expect(send(chat([user('hi')], { stop: ['END'], maxTokens: 5 })).warnings).to.deep.equal([])
  })

  it('response-format: is asked for in words with its schema', () => {
    const schema = { type: 'object', properties: { answer: { type: 'number' } } }
    const sent = send(chat([user('hi')], { responseFormat: { type: 'json-schema', schema } }))
    expect(rulesOf(sent)).to.deep.equal(['response-format'])
    expect(sent.current.content).to.contain('one JSON object').and.to.contain(JSON.stringify(schema))
  })

  it('response-format: needs no schema', () => {
    expect(send(chat([user('hi')], { responseFormat: { type: 'json' } })).current.content).to.match(/one JSON object.*\n\nhi$/s)
  })

  it('parallel-tool-calls: a forbidden one is asked for in words, where there are tools', () => {
    const sent = send(chat([user('hi')], { parallelToolCalls: false, tools: [tool('a')] }))
    expect(rulesOf(sent)).to.deep.equal(['parallel-tool-calls'])
    expect(sent.current.content).to.equal('Call at most one tool per answer.\n\nhi')
    expect(send(chat([user('hi')], { parallelToolCalls: false })).warnings).to.deep.equal([])
    expect(send(chat([user('hi')], { parallelToolCalls: true, tools: [tool('a')] })).warnings).to.deep.equal([])
  })

  it('drops cache hints without a word', () => {
    const sent = send(
      chat([user({ type: 'text', text: 'hi', cache: { ttl: '1h' } })], {
        system: [{ type: 'text', text: 'be brief', cache: {} }],
        tools: [{ ...tool('a'), cache: {} }],
      }),
    )
    expect(sent.warnings).to.deep.equal([])
    expect(sent.built.body).not.to.match(/cache/i)
  })
})
