import { expect } from 'chai'
import { assistant, call, chat, image, refusal, result, rulesOf, type Sent, send, tool, user } from '../../../../support/kiro-request.ts'

const contents = (sent: Sent) => sent.turns.map(turn => turn.content)

describe('the order of turns on their way to Kiro', () => {
  it('sends a single message without a history', () => {
    const sent = send(chat([user('hi')]))
    expect(sent.state).not.to.have.property('history')
    expect(sent.current).to.deep.equal({ content: 'hi', modelId: 'claude-sonnet-4.5', origin: 'AI_EDITOR' })
  })

  it('neighbours: of one role are joined by a blank line, results and calls together', () => {
    const sent = send(
      chat([user('one'), user('two'), assistant('three', call('a')), assistant(call('b')), user(result('a')), user(result('b'), 'four')], {
        tools: [tool('read_file')],
      }),
    )
    expect(contents(sent)).to.deep.equal(['one\n\ntwo', 'three', 'four'])
    expect(sent.assistants[0]?.toolUses?.map(use => use.toolUseId)).to.deep.equal(['a', 'b'])
    expect(sent.current.userInputMessageContext?.toolResults?.map(entry => entry.toolUseId)).to.deep.equal(['a', 'b'])
    expect(sent.warnings).to.deep.equal([])
  })

  it('empty-turns: are dropped, and what then meets is merged', () => {
    const sent = send(chat([user('one'), assistant(' '), user('\n'), user('two')]))
    expect(contents(sent)).to.deep.equal(['one\n\ntwo'])
  })

  it('empty-turns: white space beside real text goes, an image alone stays', () => {
    expect(send(chat([user(' ', 'hi', '\n')])).current.content).to.equal('hi')
    const sent = send(chat([user(image())]))
    expect(sent.current.content).to.equal('')
    expect(sent.current.images).to.have.length(1)
  })

  it('empty-turns: an assistant that only thought said nothing', () => {
    const sent = send(chat([user('one'), assistant({ type: 'reasoning', text: 'hm', signature: 's' }), user('two')]), { modelFields: ['output_config'] })
    expect(contents(sent)).to.deep.equal(['one\n\ntwo'])
  })

  it('user-first: a conversation that begins with the assistant gets a short turn before it', () => {
    expect(contents(send(chat([assistant('Welcome.'), user('hi')])))).to.deep.equal(['Please begin.', 'Welcome.', 'hi'])
  })

  it('user-first: the system prompt is that turn where there is one', () => {
    const sent = send(chat([assistant('Welcome.'), user('hi')], { system: [{ type: 'text', text: 'Be brief.' }] }))
    expect(contents(sent)).to.deep.equal(['Be brief.', 'Welcome.', 'hi'])
  })

  it('user-first: leading entries that say nothing do not take the rest with them', () => {
    expect(contents(send(chat([assistant(''), user(''), user('one'), assistant('two'), user('three')])))).to.deep.equal(['one', 'two', 'three'])
  })

  it('assistant-last: a begun answer goes to the history and the model is asked to continue', () => {
    const sent = send(chat([user('Write JSON.'), assistant('{')]))
    expect(contents(sent)).to.deep.equal(['Write JSON.', '{', 'Continue your last message where it stopped, without repeating it.'])
    expect(rulesOf(sent)).to.deep.equal(['assistant-last'])
    expect(sent.warnings[0]?.where).to.equal('messages.1')
  })

  it('empty-conversation: nothing to answer is refused with the place', () => {
    for (const messages of [[], [user('')], [user(' '), assistant('\n')]]) {
      const error = refusal(chat(messages))
      expect(error.code).to.equal('bad_request')
      expect(error.message).to.match(/^empty-conversation: .*\(messages\.0\); send /)
      expect(error.param).to.equal('messages.0')
    }
  })

  it('gives an assistant message with a call and its own result three turns', () => {
    const sent = send(chat([user('go'), assistant('a', call('t'), result('t', 'found'), 'b'), user('and?')], { tools: [tool('read_file')] }))
    expect(contents(sent)).to.deep.equal(['go', 'a', '', 'b', 'and?'])
    expect(sent.users[1]?.userInputMessageContext?.toolResults?.[0]?.content).to.deep.equal([{ text: 'found' }])
  })

  it('names the message of a client even behind merged and dropped ones', () => {
    const error = refusal(chat([user(''), user('a'), user('b'), assistant('c'), user({ type: 'image', source: { kind: 'file', id: 'f' } })]))
    expect(error.param).to.equal('messages.4')
  })
})
