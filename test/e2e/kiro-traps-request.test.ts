import { expect } from 'chai'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { addAccount, calls, lastSent, picture, png, sent, talk, tell, toolNamed, toolResult, toolUse } from '../support/kiro-traps.ts'

const user = (...content: readonly unknown[]) => ({ role: 'user', content: content.length === 1 ? content[0] : content })
const assistant = (...content: readonly unknown[]) => ({ role: 'assistant', content: content.length === 1 ? content[0] : content })
const text = (words: string) => ({ type: 'text', text: words })
const many = (count: number, more: object = {}) => Array.from({ length: count }, (_, index) => toolNamed(`tool_${index}`, more))
const READ = [toolNamed('read_file')]
const READING = [user('go'), assistant([toolUse('t1')]), user([toolResult('t1')])]

describe('traps of the Kiro upstream: the structure of requests', () => {
  let gateway: TestGateway

  before(async () => {
    gateway = await startTestGateway()
  })
  after(() => gateway.close())
  beforeEach(() => gateway.simulator.reset())
  afterEach(() => {
    expect(gateway.simulator.journal.filter(entry => entry.refusedBy !== undefined).map(entry => `${entry.refusedBy}: ${entry.refusal}`)).to.deep.equal([])
  })

  /** Asks and expects an answer. */
  const answered = async (request: unknown) => {
    const told = await tell(gateway, request)
    expect(told.status, told.error).to.equal(200)
    return { told, sent: lastSent(gateway) }
  }

  it('trap 01: consecutive assistant messages are merged', async () => {
    const { sent: last } = await answered(talk([user('go'), assistant('one'), assistant('two'), user('next')]))
    expect(last.turns.map(turn => turn.content)).to.deep.equal(['go', 'one\n\ntwo', 'next'])
  })

  it('trap 02: an "improperly formed" answer to a large body is told as too long, to a small one as malformed', async () => {
    gateway.simulator.script({ do: 'error', error: 'improperly-formed', times: 2 })
    const large = await tell(gateway, ask('x'.repeat(650_000)))
    expect([large.status, large.type, large.error.split(':')[0]]).to.deep.equal([400, 'invalid_request_error', 'prompt is too long'])
    const small = await tell(gateway, ask('hello'))
    expect(small.status).to.equal(400)
    expect(sent(gateway)).to.have.length(2)
    expect(small.error).not.to.contain('too long')
    await answered(ask('hello'))
  })

  it('trap 03: a conversation that fills most of the window is sent whole', async () => {
    const turns = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? user(`${index} ${'u'.repeat(28_000)}`) : assistant(`${index} ${'a'.repeat(28_000)}`),
    )
    const { told, sent: last } = await answered(talk([...turns, user('and now?')]))
    expect(last.turns.map(turn => turn.content)).to.deep.equal([...turns, user('and now?')].map(turn => turn.content))
    expect(told.changes).to.deep.equal([])
  })

  it('trap 04: tools that only the history names are declared, as after a compaction', async () => {
    const { told, sent: last } = await answered(talk([...READING, assistant('read it'), user('Summarise the conversation.')]))
    expect(last.tools.map(tool => tool.name)).to.deep.equal(['read_file'])
    expect(told.changes).to.deep.equal(['undeclared-tools'])
  })

  it('trap 05: calls without result and results without call are repaired before they are sent, on every later turn too', async () => {
    const broken = [user('go'), assistant([toolUse('t1')]), user('never mind'), assistant('fine'), user([toolResult('lost', 'LOST WORDS')])]
    const { told } = await answered(talk(broken, { tools: READ }))
    expect(told.changes).to.include.members(['missing-results', 'orphan-results'])
    const { sent: later } = await answered(talk([...broken, assistant('ok'), user('next')], { tools: READ }))
    expect(later.raw).to.contain('LOST WORDS').and.to.contain('never mind')
  })

  it('trap 06: an id that a client uses again keeps both results, each with its own call', async () => {
    const again = [...READING, assistant([toolUse('t1')]), user([toolResult('t1', 'second')])]
    const { sent: last } = await answered(talk(again, { tools: READ }))
    const results = last.users.flatMap(turn => turn.userInputMessageContext?.toolResults ?? [])
    expect(results.map(result => result.content[0]?.text)).to.deep.equal(['done', 'second'])
    expect(results.map(result => result.toolUseId)).to.deep.equal(last.assistants.flatMap(turn => turn.toolUses ?? []).map(use => use.toolUseId))
  })

  it('trap 07: ids and tool names that the upstream does not take are mapped, and names mapped back in the answer', async () => {
    const name = `mcp server/list.files ${'x'.repeat(60)}`
    const id = `call:${'9'.repeat(70)}.1`
    gateway.simulator.script({ do: 'stream', script: 'tool-call' })
    const { told, sent: last } = await answered(talk([user('go'), assistant([toolUse(id, name)]), user([toolResult(id)])], { tools: [toolNamed(name)] }))
    expect(last.tools[0]?.name).to.match(/^[\w-]{1,64}$/)
    expect(last.assistants[0]?.toolUses?.map(use => use.name)).to.deep.equal([last.tools[0]?.name])
    expect(last.assistants[0]?.toolUses?.[0]?.toolUseId).to.match(/^[\w-]{1,64}$/)
    expect(told.content.find(block => block.type === 'tool_use')?.name).to.equal(name)
  })

  it('trap 08: JSON Schema keywords that the upstream refuses are taken out of tools', async () => {
    const path = { type: 'string', pattern: '^/', minLength: 1, format: 'uri', description: 'kept' }
    const input_schema = { $schema: 'x', type: 'object', properties: { path }, required: [], additionalProperties: false }
    const { sent: last } = await answered(ask('hi', { tools: [toolNamed('a', { input_schema })] }))
    expect(last.tools[0]?.inputSchema.json).to.deep.equal({ type: 'object', properties: { path: { type: 'string', description: 'kept' } } })
  })

  it('trap 09: properties that are only named like keywords stay', async () => {
    const properties = { format: { type: 'string' }, pattern: { type: 'string' }, required: { type: 'boolean' }, additionalProperties: { type: 'string' } }
    const { sent: last } = await answered(ask('hi', { tools: [toolNamed('a', { input_schema: { type: 'object', properties, required: ['format'] } })] }))
    expect(last.tools[0]?.inputSchema.json).to.deep.equal({ type: 'object', properties, required: ['format'] })
  })

  it('trap 10: a schema root that is no plain object is made one, wherever in the list it stands', async () => {
    const roots = [
      { type: ['object', 'null'], properties: {} },
      {},
      { properties: { a: {} } },
      { anyOf: [{ type: 'object', properties: { b: { type: 'string' } } }] },
    ]
    const tools = [...many(26), ...roots.map((input_schema, index) => toolNamed(`odd_${index}`, { input_schema }))]
    const { sent: last } = await answered(ask('hi', { tools }))
    expect(last.tools.slice(26).map(tool => tool.inputSchema.json['type'])).to.deep.equal(['object', 'object', 'object', 'object'])
  })

  it('trap 11: a description above the limit is cut, as that of a client whose shell tool has 10 322 characters', async () => {
    const { told, sent: last } = await answered(ask('hi', { tools: [toolNamed('Bash', { description: 'b'.repeat(10_322) })] }))
    expect(last.tools[0]?.description).to.have.length(10_000)
    expect(told.changes).to.deep.equal(['tool-descriptions'])
  })

  it('trap 12: above the limit of tools the model is told which are missing, and those just found or used stay', async () => {
    const reference = { type: 'tool_reference', tool_name: 'tool_140' }
    const messages = [user('go'), assistant([toolUse('s1', 'tool_145', {})]), user([toolResult('s1', [reference])])]
    const { told, sent: last } = await answered(talk(messages, { tools: many(150) }))
    const names = last.tools.map(tool => tool.name)
    expect(names).to.deep.equal([...Array.from({ length: 118 }, (_, index) => `tool_${index}`), 'tool_140', 'tool_145'])
    expect(last.users[0]?.content).to.match(/Not available in this turn: tool_118, tool_119, .*tool_149\./)
    expect(told.changes).to.include('tool-limit')
  })

  it('trap 12: the limit of tools is a setting', async () => {
    const own = await startTestGateway({ config: { providers: [{ use: 'kiro', options: { limits: { maxTools: 3 } } }], plugins: [] } })
    try {
      expect((await tell(own, ask('hi', { tools: many(5) }))).status).to.equal(200)
      expect(lastSent(own).tools.map(tool => tool.name)).to.deep.equal(['tool_0', 'tool_1', 'tool_2'])
    } finally {
      await own.close()
    }
  })

  it('trap 13: a huge catalogue that is answered with silence is shrunk once, and is no refusal of the prompt', async () => {
    gateway.simulator.script({ do: 'stream', script: 'content-filtered' })
    const { told } = await answered(ask('hi', { tools: many(60) }))
    expect([told.stopReason, told.attempts, told.text]).to.deep.equal(['end_turn', 2, 'You said: hi'])
    expect(sent(gateway).map(each => each.tools.length)).to.deep.equal([60, 49])
    gateway.simulator.reset()
    gateway.simulator.script({ do: 'stream', script: 'content-filtered' })
    await answered(ask('hi', { tools: many(30, { description: 'd'.repeat(5_000) }) }))
    expect(sent(gateway).map(each => each.tools.length)).to.deep.equal([30, 19])
  })

  it('trap 13: silence after few tools is a refusal, at once', async () => {
    gateway.simulator.script({ do: 'stream', script: 'content-filtered', times: 9 })
    const few = await answered(ask('hi', { tools: many(5) }))
    expect([few.told.stopReason, few.told.attempts]).to.deep.equal(['refusal', 1])
    const still = await answered(ask('hi', { tools: many(60) }))
    expect([still.told.stopReason, still.told.attempts]).to.deep.equal(['refusal', 2])
  })

  it('trap 14: nothing but the members that newer hosts know stands at the top of a body', async () => {
    const own = await startTestGateway({ simulator: { validation: 'kirodev' } })
    try {
      const request = ask('hi', { model: 'claude-sonnet-4-5-thinking', system: 'SYSTEM', tools: READ, thinking: { type: 'enabled', budget_tokens: 2_000 } })
      expect((await tell(own, request)).status).to.equal(200)
      const last = lastSent(own)
      expect(Object.keys(last.body)).to.deep.equal(['conversationState', 'profileArn'])
      expect(last.users[0]?.content).to.contain('SYSTEM')
    } finally {
      await own.close()
    }
  })

  it('trap 15: cache hints of a client leave no cachePoint behind, in tools or elsewhere', async () => {
    const cache_control = { type: 'ephemeral' }
    const request = { system: [{ ...text('Be kind.'), cache_control }], tools: [toolNamed('a', { cache_control })] }
    const { sent: last } = await answered(talk([user([{ ...text('hi'), cache_control }])], request))
    expect(last.raw).not.to.match(/cache/i)
  })

  it('trap 16: turns that say nothing are left out, as in a continuation of a failed answer', async () => {
    const { sent: last } = await answered(talk([user('go'), assistant(''), user(''), assistant([]), user([text('  ')]), user('please')]))
    expect(last.turns.map(turn => turn.content)).to.deep.equal(['go\n\nplease'])
  })

  it('trap 17: a beginning that is out of order takes nothing else with it', async () => {
    const start = [
      assistant('HELLO'),
      user([toolResult('nothing', 'ORPHAN')]),
      assistant([toolUse('t1')]),
      user([toolResult('t1', 'RESULT')]),
      assistant('ANSWER'),
    ]
    const { sent: last } = await answered(talk([...start, user('QUESTION')], { tools: READ }))
    for (const words of ['HELLO', 'ORPHAN', 'RESULT', 'ANSWER', 'QUESTION']) expect(last.raw).to.contain(words)
  })

  it('trap 18: turns with tool results carry no filler, now and when they are history', async () => {
    const { sent: now } = await answered(talk(READING, { tools: READ }))
    expect(now.current.content).to.equal('')
    const { sent: later } = await answered(talk([...READING, assistant([toolUse('t2')]), user([toolResult('t2')])], { tools: READ }))
    expect(later.turns.map(turn => turn.content)).to.deep.equal(['go', '', '', '', ''])
  })

  it('trap 19: what the user says beside a tool result is the content of that turn, and nothing else is', async () => {
    const { sent: last } = await answered(talk([...READING.slice(0, 2), user([toolResult('t1'), text('Stop, use the other file.')])], { tools: READ }))
    expect(last.current.content).to.equal('Stop, use the other file.')
    expect(last.current.userInputMessageContext?.toolResults).to.have.length(1)
  })

  it('trap 20: thinking tags never stand in a turn with tool results, even when the conversation begins with one', async () => {
    const thinking = { thinking: { type: 'enabled', budget_tokens: 4_000 }, tools: READ }
    const { sent: last } = await answered(talk([assistant([toolUse('t1')]), user([toolResult('t1')])], thinking))
    expect(last.users[0]?.content).to.contain('<thinking_mode>')
    expect(last.users.slice(1).map(turn => turn.content)).to.deep.equal([''])
  })

  it('trap 21: system messages inside the conversation are kept, in their order', async () => {
    const inside = [{ role: 'system', content: 'FIRST' }, user('hello'), { role: 'system', content: 'SECOND' }, user('and?')]
    const { sent: last } = await answered(talk(inside, { system: 'ZEROTH' }))
    const said = last.turns.map(turn => turn.content).join('\n')
    expect(['ZEROTH', 'FIRST', 'hello', 'SECOND', 'and?'].map(words => said.indexOf(words))).to.satisfy((at: number[]) =>
      at.every((place, index) => place > (at[index - 1] ?? -1)),
    )
  })

  it('trap 22: an old image that is too large does not end the session', async () => {
    const huge = picture(png(100, 100, 4_000_000))
    const { told, sent: last } = await answered(talk([user([huge]), assistant('a screenshot'), user('next')]))
    expect(last.users.flatMap(turn => turn.images ?? [])).to.deep.equal([])
    expect(told.changes).to.deep.equal(['images'])
    const fresh = await tell(gateway, talk([user([huge])]))
    expect([fresh.status, fresh.error.slice(0, 7)]).to.deep.equal([400, 'images:'])
  })

  it('trap 22: where there are many images, large ones of the history give way and the newest stay', async () => {
    const small = Array.from({ length: 9 }, (_, index) => picture(png(10 + index, 10)))
    const wide = picture(png(2_001, 10))
    const { told, sent: last } = await answered(
      talk([user([wide, ...small]), assistant('1'), user(small), assistant('2'), user(small), assistant('3'), user('next')]),
    )
    expect(last.users.map(turn => turn.images?.length ?? 0)).to.deep.equal([9, 9, 9, 0])
    expect(told.changes).to.deep.equal(['many-images'])
    const { sent: newest } = await answered(talk([user(small), assistant('1'), user(small), assistant('2'), user([wide, ...small])]))
    expect(newest.users.map(turn => turn.images?.length)).to.deep.equal([1, 9, 10])
  })

  it('trap 23: the format of an image is what its bytes say', async () => {
    const { sent: last } = await answered(talk([user([picture('/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==', 'image/png'), text('look')])]))
    expect(last.current.images?.map(image => image.format)).to.deep.equal(['jpeg'])
  })

  it('trap 24: images of tool results are sent, beside the results', async () => {
    const data = png(8, 8)
    const { sent: last } = await answered(talk([...READING.slice(0, 2), user([toolResult('t1', [text('shot'), picture(data)])])], { tools: READ }))
    expect(last.current.images).to.deep.equal([{ format: 'png', source: { bytes: data } }])
    expect(last.current.userInputMessageContext?.toolResults?.[0]?.content.map(part => part.text)).to.include('shot')
  })

  it('trap 25: models that a plan does not have are neither shown nor tried, and an account that has them serves', async () => {
    const own = await startTestGateway({ accounts: [] })
    try {
      await addAccount(own, own.simulator.issue('social', { plan: 'free' }))
      const list = async () =>
        ((await (await fetch(`${own.url}/v1/models`, { headers: { 'x-api-key': own.key } })).json()) as { data: { id: string }[] }).data.map(({ id }) => id)
      expect((await list()).filter(id => id.includes('opus'))).to.deep.equal([])
      const refused = await tell(own, ask('hi', { model: 'claude-opus-4-6' }))
      expect([refused.status, refused.type]).to.deep.equal([404, 'not_found_error'])
      expect(calls(own, 'generate')).to.deep.equal([])
      await addAccount(own, own.simulator.issue('social', { plan: 'pro' }))
      expect(await list()).to.include('claude-opus-4.6')
      for (let turn = 0; turn < 3; turn++) expect((await tell(own, ask('hi', { model: 'claude-opus-4-6' }))).status).to.equal(200)
      expect(new Set(sent(own).map(each => each.entry.account))).to.deep.equal(new Set(['account-2']))
    } finally {
      await own.close()
    }
  })
})
