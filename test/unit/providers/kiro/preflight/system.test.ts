import { expect } from 'chai'
import { assistant, call, chat, result, rulesOf, send, system, tool, user } from '../../../../support/kiro-request.ts'

const texts = (...list: string[]) => list.map(text => ({ type: 'text' as const, text }))

describe('the system prompt on its way to Kiro', () => {
  it('stands before the first user message with a blank line between, and nowhere else', () => {
    const sent = send(chat([user('one'), assistant('two'), user('three')], { system: texts('Be brief.', 'Be kind.') }))
    expect(sent.turns.map(turn => turn.content)).to.deep.equal(['Be brief.\n\nBe kind.\n\none', 'two', 'three'])
    expect(sent.body).not.to.have.property('systemPrompt')
  })

  it('stays the same text as the conversation grows', () => {
    const start = [user('one')]
    const first = send(chat(start, { system: texts('Be brief.') }))
    const later = send(chat([...start, assistant('two'), user('three')], { system: texts('Be brief.') }))
    expect(later.users[0]?.content).to.equal(first.current.content)
  })

  it('attribution-block: is taken off, and the rest of its text kept', () => {
    const line = 'x-anthropic-billing-header: cc_version=2.0; cch=abc12;'
    const sent = send(chat([user('hi')], { system: texts(line, `${line}\nBe brief.`) }))
    expect(sent.current.content).to.equal('Be brief.\n\nhi')
    expect(sent.warnings).to.deep.equal([])
  })

  it('attribution-block: a mention elsewhere is left alone', () => {
    expect(send(chat([user('hi')], { system: texts('Never send x-anthropic-billing-header: values.') })).current.content).to.contain(
      'x-anthropic-billing-header',
    )
  })

  it('mid-conversation-system: leading ones join the system prompt in order', () => {
    const sent = send(chat([system('Second.'), system('Third.'), user('hi')], { system: texts('First.') }))
    expect(sent.current.content).to.equal('First.\n\nSecond.\n\nThird.\n\nhi')
    expect(sent.warnings).to.deep.equal([])
  })

  it('mid-conversation-system: later ones keep their place as tagged text of the next user turn', () => {
    const sent = send(chat([user('one'), assistant('two'), system('Switch to French.'), user('three')]))
    expect(sent.current.content).to.equal('<system-instruction>\nSwitch to French.\n</system-instruction>\n\nthree')
    expect(sent.warnings).to.have.length(1)
    expect(sent.warnings[0]).to.include({ rule: 'mid-conversation-system', where: 'messages.2' })
  })

  it('mid-conversation-system: one between a call and its result does not part them', () => {
    const sent = send(chat([user('go'), assistant(call('t1')), system('Note.'), user(result('t1'))], { tools: [tool('read_file')] }))
    expect(sent.current.userInputMessageContext?.toolResults).to.have.length(1)
    expect(sent.current.content).to.equal('<system-instruction>\nNote.\n</system-instruction>')
    expect(rulesOf(sent)).to.deep.equal(['mid-conversation-system'])
  })

  it('mid-conversation-system: an empty one leaves nothing behind', () => {
    const sent = send(chat([user('one'), assistant('two'), system(' '), user('three')]))
    expect(sent.current.content).to.equal('three')
    expect(sent.warnings).to.deep.equal([])
  })

  it('is a question by itself when there is nothing else', () => {
    const sent = send(chat([system('Say hi.')]))
    expect(sent.current.content).to.equal('Say hi.')
    expect(sent.state).not.to.have.property('history')
  })
})
