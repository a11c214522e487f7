import { expect } from 'chai'
import type { Part } from '../../../../../core/index.ts'
import { assistant, call, chat, result, rulesOf, type Sent, send, tool, user } from '../../../../support/kiro-request.ts'

const names = (sent: Sent) => sent.tools.map(({ name }) => name)
const used = (name: string) => [user('go'), assistant(call('t', name)), user(result('t'))]

describe('tools on their way to Kiro', () => {
  it('are declared in the current message alone', () => {
    const sent = send(chat([...used('a'), assistant('ok'), user('next')], { tools: [tool('a'), tool('b')] }))
    expect(names(sent)).to.deep.equal(['a', 'b'])
    expect(sent.users.slice(0, -1).some(turn => turn.userInputMessageContext?.tools)).to.equal(false)
  })

  it('are absent where there are none', () => {
    expect(send(chat([user('hi')])).current).not.to.have.property('userInputMessageContext')
  })

  it('undeclared-tools: those of the history are declared again, with a description and an empty schema', () => {
    const sent = send(chat(used('Bash')))
    expect(sent.tools).to.deep.equal([
      {
        name: 'Bash',
        description: 'Was called earlier in this conversation and is not available now.',
        inputSchema: { json: { type: 'object', properties: {} } },
      },
    ])
    expect(rulesOf(sent)).to.deep.equal(['undeclared-tools'])
  })

  it('tool-names: are rewritten in tools and history alike, and back', () => {
    const name = 'mcp server/list.files'
    const sent = send(chat(used(name), { tools: [tool(name), tool('mcp_server_list_files')] }))
    const [first = ''] = names(sent)
    expect(first).to.match(/^mcp_server_list_files_[0-9a-f]{8}$/)
    expect(sent.assistants[0]?.toolUses?.[0]?.name).to.equal(first)
    expect(sent.built.toolNames.upstream(name)).to.equal(first)
    expect(sent.built.toolNames.original(first)).to.equal(name)
    expect(sent.built.toolNames.original('mcp_server_list_files')).to.equal('mcp_server_list_files')
    expect(sent.warnings).to.deep.equal([])
  })

  it('tool-descriptions: an empty one names the tool', () => {
    expect(
      send(chat([user('hi')], { tools: [tool('a', { description: '' }), tool('b', { description: ' \n' })] })).tools.map(({ description }) => description),
    ).to.deep.equal(['Tool: a', 'Tool: b'])
  })

  it('tool-descriptions: a long one is cut without parting a pair', () => {
    const sent = send(chat([user('hi')], { tools: [tool('a', { description: `${'x'.repeat(9_999)}🙂` }), tool('b', { description: 'y'.repeat(10_000) })] }))
    expect(sent.tools[0]?.description).to.equal('x'.repeat(9_999))
    expect(sent.tools[1]?.description).to.have.length(10_000)
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['tool-descriptions', 'tools.0']])
  })

  it('tool-schemas: merged alternatives are reported, dropped keywords are not', () => {
    const plain = tool('a', { schema: { $schema: 'x', type: 'object', properties: { p: { type: 'string', format: 'uri' } }, additionalProperties: false } })
    const either = tool('b', { schema: { anyOf: [{ properties: { x: { type: 'string' } } }, { properties: { y: { type: 'number' } } }] } })
    const sent = send(chat([user('hi')], { tools: [plain, either] }))
    expect(sent.tools.map(({ inputSchema }) => inputSchema.json)).to.deep.equal([
      { type: 'object', properties: { p: { type: 'string' } } },
      { type: 'object', properties: { x: { type: 'string' }, y: { type: 'number' } } },
    ])
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['tool-schemas', 'tools.1']])
  })

  it('hosted-tools: are left out with a warning', () => {
    const sent = send(chat([user('hi')], { tools: [tool('web_search', { hosted: 'web_search_20250305' }), tool('a')] }))
    expect(names(sent)).to.deep.equal(['a'])
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['hosted-tools', 'tools.0']])
  })

  it('repeated-tools: the first declaration holds', () => {
    const sent = send(chat([user('hi')], { tools: [tool('a', { description: 'one' }), tool('a', { description: 'two' })] }))
    expect(sent.tools.map(({ description }) => description)).to.deep.equal(['one'])
    expect(rulesOf(sent)).to.deep.equal(['repeated-tools'])
  })

  it('tool-choice: "none" takes all tools away where the history needs none, which is exact', () => {
    const sent = send(chat([user('hi')], { tools: [tool('a')], toolChoice: { mode: 'none' } }))
    expect(names(sent)).to.deep.equal([])
    expect(sent.warnings).to.deep.equal([])
    expect(sent.current.content).to.equal('hi')
  })

  it('tool-choice: "none" keeps what the history needs and says so to the model', () => {
    const sent = send(chat(used('a'), { tools: [tool('a'), tool('b')], toolChoice: { mode: 'none' } }))
    expect(names(sent)).to.deep.equal(['a'])
    expect(sent.users[0]?.content).to.equal('Do not call any tool in your answer.\n\ngo')
    expect(rulesOf(sent)).to.deep.equal(['tool-choice'])
  })

  it('tool-choice: a forced one is asked for after the system prompt and reported', () => {
    const system = [{ type: 'text' as const, text: 'Be brief.' }]
    const any = send(chat([user('hi')], { system, tools: [tool('a')], toolChoice: { mode: 'required' } }))
    expect(any.current.content).to.equal('Be brief.\n\nIn your answer, call at least one of the tools.\n\nhi')
    expect(rulesOf(any)).to.deep.equal(['tool-choice'])
    const one = send(chat([user('hi')], { tools: [tool('a.b'), tool('c')], toolChoice: { mode: 'tool', name: 'a.b' } }))
    expect(one.current.content).to.equal(`In your answer, call the tool "${one.built.toolNames.upstream('a.b')}".\n\nhi`)
    expect(names(one)).to.have.length(2)
  })

  it('tool-choice: one that cannot be met is ignored with a warning', () => {
    for (const toolChoice of [{ mode: 'tool', name: 'gone' }, { mode: 'required' }] as const) {
      const sent = send(chat([user('hi')], { toolChoice }))
      expect(sent.current.content).to.equal('hi')
      expect(rulesOf(sent)).to.deep.equal(['tool-choice'])
    }
    expect(send(chat([user('hi')], { tools: [tool('a')], toolChoice: { mode: 'auto' } })).warnings).to.deep.equal([])
  })

  it('tool-limit: the rest is named to the model, and what the conversation needs stays in its place', () => {
    const tools = Array.from({ length: 8 }, (_, index) => tool(`t${index}`))
    const sent = send(chat([...used('t6'), assistant('ok'), user('next')], { tools, toolChoice: { mode: 'tool', name: 't7' } }), { limits: { maxTools: 3 } })
    expect(names(sent)).to.deep.equal(['t0', 't6', 't7'])
    expect(sent.users[0]?.content).to.contain('Not available in this turn: t1, t2, t3, t4, t5. Say so')
    expect(rulesOf(sent)).to.include('tool-limit')
    expect(names(send(chat(used('t6'), { tools }), { limits: { maxTools: 1 } }))).to.deep.equal(['t6'])
  })

  it('tool-limit: tools that a search found stay, the latest find first, in whatever block it is told', () => {
    const reference = (tool_name: string) => ({ type: 'tool_reference', tool_name })
    const found: Part = {
      type: 'foreign',
      wire: 'anthropic',
      kind: 'tool_search_tool_result',
      value: { content: { tool_references: [reference('t5'), reference('t4')] } },
    }
    const tools = Array.from({ length: 8 }, (_, index) => tool(`t${index}`))
    const early = [user('go'), assistant(call('s', 'search')), user(result('s', JSON.stringify(reference('t7'))))]
    const sent = send(chat([...early, assistant('x', found), user('next')], { tools: [...tools, tool('search')] }), { limits: { maxTools: 3 } })
    expect(names(sent)).to.deep.equal(['t4', 't5', 'search'])
    expect(names(send(chat([user('"tool_reference" is a word')], { tools }), { limits: { maxTools: 2 } }))).to.deep.equal(['t0', 't1'])
  })

  it('tool-limit: after silence fewer and smaller ones are declared, and only then', () => {
    const many = Array.from({ length: 60 }, (_, index) => tool(`t${index}`))
    const large = Array.from({ length: 20 }, (_, index) => tool(`t${index}`, { description: 'd'.repeat(9_000) }))
    const remedies = new Set(['fewer-tools'])
    expect([many, large].map(tools => send(chat([user('hi')], { tools })).built.manyTools)).to.deep.equal([true, true])
    expect([many, large].map(tools => send(chat([user('hi')], { tools }), { remedies }).tools.length)).to.deep.equal([49, 11])
    expect(send(chat([user('hi')], { tools: many }), { remedies }).built.manyTools).to.equal(false)
    expect(send(chat([user('x'.repeat(200_000))], { tools: many.slice(0, 5) })).built.manyTools).to.equal(false)
  })

  it('tool-catalogue: very many and very large tools are sent with a warning', () => {
    const many = send(chat([user('hi')], { tools: Array.from({ length: 101 }, (_, index) => tool(`t${index}`)) }))
    expect(many.tools).to.have.length(101)
    expect(rulesOf(many)).to.deep.equal(['tool-catalogue'])
    const large = send(chat([user('hi')], { tools: Array.from({ length: 40 }, (_, index) => tool(`t${index}`, { description: 'x'.repeat(9_000) })) }))
    expect(rulesOf(large)).to.deep.equal(['tool-catalogue'])
    expect(send(chat([user('x'.repeat(300_000))], { tools: [tool('a')] })).warnings).to.deep.equal([])
  })
})

describe('sizes on their way to Kiro', () => {
  it('message-size: a message or result that the upstream is known to refuse is sent with a warning', () => {
    const sent = send(chat([user('x'.repeat(11)), assistant(call('t')), user(result('t', 'y'.repeat(21)))], { tools: [tool('read_file')] }), {
      limits: { messageCharacters: 10, resultCharacters: 20 },
    })
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([
      ['message-size', 'messages.0'],
      ['message-size', 'messages.2'],
    ])
  })

  it('body-size: is measured in bytes and reported', () => {
    expect(rulesOf(send(chat([user('ü'.repeat(310_000))])))).to.deep.equal(['body-size'])
    expect(send(chat([user('u'.repeat(310_000))])).warnings).to.deep.equal([])
  })
})
