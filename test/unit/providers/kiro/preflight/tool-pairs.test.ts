import { expect } from 'chai'
import { assistant, call, chat, result, rulesOf, type Sent, send, tool, user } from '../../../../support/kiro-request.ts'

const tools = [tool('read_file')]
const uses = (sent: Sent) => sent.assistants.map(turn => turn.toolUses?.map(use => use.toolUseId) ?? [])
const results = (sent: Sent) =>
  sent.users.map(turn => turn.userInputMessageContext?.toolResults?.map(entry => `${entry.toolUseId}:${entry.content[0]?.text}`) ?? [])

describe('tool calls and results on their way to Kiro', () => {
  it('leaves a proper pair alone, with empty contents now and when it is history', () => {
    const messages = [user('go'), assistant(call('t1')), user(result('t1', 'hello'))]
    const now = send(chat(messages, { tools }))
    expect(now.warnings).to.deep.equal([])
    expect(now.turns.map(turn => turn.content)).to.deep.equal(['go', '', ''])
    expect(now.current.userInputMessageContext?.toolResults).to.deep.equal([{ toolUseId: 't1', status: 'success', content: [{ text: 'hello' }] }])
    const later = send(chat([...messages, assistant('ok'), user('next')], { tools }))
    expect(later.turns.map(turn => turn.content)).to.deep.equal(['go', '', '', 'ok', 'next'])
  })

  it('puts what the user says beside a result into that turn, with nothing added', () => {
    const sent = send(chat([user('go'), assistant(call('t1')), user(result('t1'), 'use tabs')], { tools }))
    expect(sent.current.content).to.equal('use tabs')
  })

  it('says so when a result is an error, and when it is empty', () => {
    const sent = send(chat([user('go'), assistant(call('a'), call('b')), user(result('a', 'boom', { isError: true }), result('b', ''))], { tools }))
    expect(sent.current.userInputMessageContext?.toolResults).to.deep.equal([
      { toolUseId: 'a', status: 'error', content: [{ text: 'boom' }] },
      { toolUseId: 'b', status: 'success', content: [{ text: '(no output)' }] },
    ])
  })

  it('missing-results: an unanswered call is reported as interrupted', () => {
    const sent = send(chat([user('go'), assistant(call('a'), call('b')), user(result('b'), 'why?')], { tools }))
    expect(results(sent)[1]).to.deep.equal(['a:Tool call was interrupted: there is no result.', 'b:done'])
    expect(sent.current.userInputMessageContext?.toolResults?.[0]?.status).to.equal('error')
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['missing-results', 'messages.1']])
  })

  it('missing-results: a call at the very end gets a turn for its result, without filler', () => {
    const sent = send(chat([user('go'), assistant(call('a'))], { tools }))
    expect(sent.current.content).to.equal('')
    expect(results(sent)[1]).to.have.length(1)
    expect(rulesOf(sent)).to.deep.equal(['missing-results'])
  })

  it('missing-results: brings results into the order of their calls without a word', () => {
    const sent = send(chat([user('go'), assistant(call('a'), call('b')), user(result('b'), result('a'))], { tools }))
    expect(results(sent)[1]).to.deep.equal(['a:done', 'b:done'])
    expect(sent.warnings).to.deep.equal([])
  })

  it('orphan-results: a result without its call becomes text', () => {
    const sent = send(chat([user(result('gone', 'the content'), 'and now?')]))
    expect(sent.current.content).to.equal('Result of an earlier tool call:\nthe content\n\nand now?')
    expect(sent.current.userInputMessageContext).to.equal(undefined)
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['orphan-results', 'messages.0']])
  })

  it('orphan-results: an empty id matches no call and is not invented', () => {
    const sent = send(chat([user('go'), assistant(call('t1')), user(result('', 'x'), result('t1'))], { tools }))
    expect(results(sent)[1]).to.deep.equal(['t1:done'])
    expect(sent.current.content).to.equal('Result of an earlier tool call:\nx')
  })

  it('orphan-results: a result before its call is none of it', () => {
    const sent = send(chat([user(result('t1', 'early')), assistant(call('t1')), user('hm')], { tools }))
    expect(sent.users[0]?.content).to.contain('early')
    expect(rulesOf(sent)).to.deep.equal(['orphan-results', 'missing-results'])
  })

  it('late-results: moves a result to the turn right after its call', () => {
    const sent = send(chat([user('go'), assistant(call('t1')), user('wait'), assistant('ok'), user(result('t1', 'late'), 'there')], { tools }))
    expect(results(sent)).to.deep.equal([[], ['t1:late'], []])
    expect(sent.turns.map(turn => turn.content)).to.deep.equal(['go', '', 'wait', 'ok', 'there'])
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['late-results', 'messages.4']])
  })

  it('late-results: a turn that held nothing else is gone and its neighbours meet', () => {
    const sent = send(
      chat([user('go'), assistant(call('t1')), user('wait'), assistant('ok'), user(result('t1', 'late')), assistant('done'), user('thanks')], { tools }),
    )
    expect(sent.turns.map(turn => turn.content)).to.deep.equal(['go', '', 'wait', 'ok\n\ndone', 'thanks'])
  })

  it('duplicate-results: an exact repetition in one turn is dropped silently', () => {
    const sent = send(chat([user('go'), assistant(call('t1')), user(result('t1'), result('t1'))], { tools }))
    expect(results(sent)[1]).to.deep.equal(['t1:done'])
    expect(sent.warnings).to.deep.equal([])
  })

  it('duplicate-results: a different second one becomes text', () => {
    const sent = send(chat([user('go'), assistant(call('t1')), user(result('t1', 'one'), result('t1', 'two', { isError: true }))], { tools }))
    expect(results(sent)[1]).to.deep.equal(['t1:one'])
    expect(sent.current.content).to.equal('Another result of the same tool call (an error):\ntwo')
    expect(rulesOf(sent)).to.deep.equal(['duplicate-results'])
  })

  it('repeated-tool-ids: a later pair of the same id is renamed and keeps its own result', () => {
    const sent = send(
      chat([user('go'), assistant(call('call_0')), user(result('call_0', 'first')), assistant(call('call_0')), user(result('call_0', 'second'))], { tools }),
    )
    expect(uses(sent)).to.deep.equal([['call_0'], ['call_0_2']])
    expect(results(sent)).to.deep.equal([[], ['call_0:first'], ['call_0_2:second']])
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['repeated-tool-ids', 'messages.3']])
  })

  it('repeated-tool-ids: a new name is one that nothing else has', () => {
    const sent = send(
      chat([user('go'), assistant(call('a'), call('a_2')), user(result('a'), result('a_2')), assistant(call('a')), user(result('a', 'x'))], { tools }),
    )
    expect(uses(sent)[1]).to.deep.equal(['a_3'])
    expect(results(sent)[2]).to.deep.equal(['a_3:x'])
  })

  it('repeated-tool-ids: the same call twice in one turn is sent once, a different one is renamed', () => {
    const twice = send(chat([user('go'), assistant(call('a')), assistant(call('a')), user(result('a'))], { tools }))
    expect(uses(twice)).to.deep.equal([['a']])
    const different = send(
      chat([user('go'), assistant(call('a'), call('a', 'read_file', { path: 'b' })), user(result('a', 'one'), result('a', 'two'))], { tools }),
    )
    expect(uses(different)).to.deep.equal([['a', 'a_2']])
    expect(results(different)[1]).to.deep.equal(['a:one', 'a_2:two'])
  })

  it('repeated-tool-ids: thousands of one id take no longer than thousands of their own', () => {
    const rounds = Array.from({ length: 5_000 }, (_, round) => [assistant(call('same', 'read_file', { round })), user(result('same', String(round)))]).flat()
    const sent = send(chat([user('go'), ...rounds], { tools }))
    expect(results(sent).at(-1)).to.deep.equal(['same_5000:4999'])
  })

  it('tool-ids: what the upstream does not take is rewritten alike in call and result', () => {
    const id = 'functions.Bash:0'
    const sent = send(chat([user('go'), assistant(call(id), call('functions_Bash_0')), user(result(id, 'x'), result('functions_Bash_0', 'y'))], { tools }))
    const [first = '', second] = uses(sent)[0] ?? []
    expect(first).to.match(/^functions_Bash_0_[0-9a-f]{8}$/)
    expect(second).to.equal('functions_Bash_0')
    expect(results(sent)[1]).to.deep.equal([`${first}:x`, 'functions_Bash_0:y'])
  })

  it('tool-ids: too long ones stay apart', () => {
    const long = 'x'.repeat(70)
    const sent = send(chat([user('go'), assistant(call(`${long}1`), call(`${long}2`)), user(result(`${long}1`), result(`${long}2`))], { tools }))
    const [one = '', two = ''] = uses(sent)[0] ?? []
    expect(one).not.to.equal(two)
    expect([one.length, two.length]).to.deep.equal([64, 64])
  })

  it('tool-inputs: empty member names and half characters are removed, anything else is verbatim', () => {
    const input = { '': 1, a: [{ '': 2, b: 'x\ud800' }], path: 'ok', __proto__x: null }
    const sent = send(chat([user('go'), assistant(call('t', 'read_file', input)), user(result('t'))], { tools }))
    expect(sent.assistants[0]?.toolUses?.[0]?.input).to.deep.equal({ a: [{ b: 'x' }], path: 'ok', __proto__x: null })
    expect(rulesOf(sent)).to.deep.equal(['tool-inputs'])
  })
})
