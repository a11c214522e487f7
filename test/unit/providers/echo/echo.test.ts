import { expect } from 'chai'
import { echo, EchoProvider } from '../../../../providers/echo/index.ts'
import { chatRequest, drain, textOf } from '../../../support/calls.ts'
import { checkGrammar } from '../../../../core/testing/event-grammar.ts'

const say = (request: Parameters<EchoProvider['stream']>[0]) => drain(new EchoProvider().stream(request))

describe('the echo provider', () => {
  it('repeats the last user text', async () => {
    const events = await say(
      chatRequest({
        messages: [
          { role: 'user', parts: [{ type: 'text', text: 'first' }] },
          { role: 'user', parts: [{ type: 'text', text: 'one ' }, { type: 'image', source: { kind: 'url', url: 'http://a.test' } }, { type: 'text', text: 'two' }] },
          { role: 'assistant', parts: [{ type: 'text', text: 'answer' }] },
        ],
      }),
    )
    expect(textOf(events)).to.equal('one two')
    checkGrammar(events)
  })

  it('answers a conversation without user text', async () => {
    const events = await say(chatRequest({ messages: [{ role: 'assistant', parts: [] }] }))
    expect(events.at(-1)?.type).to.equal('finish')
  })

  it('knows one model, and stands in a configuration by its name', async () => {
    expect((await new EchoProvider().models()).map(({ id }) => id)).to.deep.equal(['echo-1'])
    expect(new EchoProvider().catalog.resolve('echo-1')).to.equal('echo-1')
    expect(new EchoProvider().catalog.resolve('other')).to.equal(undefined)
    expect(echo()).to.deep.include({ kind: 'provider', name: 'echo', options: {}, type: EchoProvider })
  })
})
