import { expect } from 'chai'
import fc from 'fast-check'
import type { Message, Part, ReasoningPart } from '../../../../core/index.ts'
import { safeCallIds } from '../../../../providers/anthropic-compatible/preflight/tool-identifiers.ts'
import { built, complaintOf, passedOn } from '../../../support/anthropic-request.ts'

const BODY = { model: 'm', max_tokens: 5000 }
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: unknown) => ({ role: 'assistant', content })
const use = (id: string) => ({ type: 'tool_use', id, name: 'weather', input: {}, future: 1 })
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' })

describe('ids of calls that another vendor gave', () => {
  it('are rewritten for the Messages API in its own words, alike in call and result, and it is said', () => {
    const messages = [user('Go'), assistant([use('functions.weather:0'), use('toolu_1')]), user([result('functions.weather:0'), result('toolu_1')])]
    const { body, rules } = passedOn({ ...BODY, messages })
    const [, { content: calls }, { content: results }] = body.messages
    expect(calls[0].id).to.match(/^functions_weather_0_[0-9a-f]{8}$/)
    expect(calls[0]).to.deep.equal({ ...use(calls[0].id) })
    expect(calls[1]).to.deep.equal(use('toolu_1'))
    expect(results).to.deep.equal([result(calls[0].id), result('toolu_1')])
    expect(rules).to.deep.equal(['tool-ids'])
    expect(passedOn({ ...BODY, messages: body.messages }).rules, 'a second time there is nothing to do').to.deep.equal([])
  })

  it('are left alone where the API takes them, however long they are', () => {
    const messages = [user('Go'), assistant([use('x'.repeat(90))]), user([result('x'.repeat(90))])]
    expect(passedOn({ ...BODY, messages })).to.deep.include({ rules: [] })
  })

  it('stay different and the same from turn to turn, whatever they are', () => {
    const id = fc.oneof(fc.stringMatching(/^[a-z.:_-]{1,4}$/), fc.string({ minLength: 1 }))
    fc.assert(
      fc.property(fc.array(id, { maxLength: 8 }), ids => {
        const safe = safeCallIds(ids) ?? new Map<string, string>()
        const sent = [...new Set(ids)].map(each => safe.get(each) ?? each)
        expect(new Set(sent).size).to.equal(new Set(ids).size)
        for (const each of sent) expect(each).to.match(/^[A-Za-z0-9_-]+$/)
        expect(safeCallIds(sent)).to.equal(undefined)
      }),
    )
  })
})

describe('reasoning that another provider of the gateway sealed', () => {
  const foreign = [
    { type: 'thinking', thinking: 'a', signature: 'or1.eyJ0' },
    { type: 'thinking', thinking: 'b', signature: 'gm1.ai.call.U0lH' },
    { type: 'redacted_thinking', data: 'or1.eyJ0' },
  ]

  for (const official of [true, false]) {
    it(`is left out ${official ? 'at the vendor’s own host' : 'at every other host'}, and it is said`, () => {
      const { body, rules } = passedOn({ ...BODY, messages: [user('Go'), assistant([...foreign, { type: 'text', text: 'A' }]), user('On')] }, { official })
      expect(body.messages[1].content).to.deep.equal([{ type: 'text', text: 'A' }])
      expect(rules).to.deep.equal(['reasoning-replay'])
    })
  }
})

describe('reasoning that a client had no place for', () => {
  const thought = (text: string, signature = 'EqQB'): ReasoningPart => ({ type: 'reasoning', text, signature })
  const sealed: ReasoningPart = { type: 'reasoning', text: '', redacted: 'ZW5j' }
  const call = (id: string): Part => ({ type: 'tool-call', id, name: 'weather', input: {} })
  const answer = (id: string): Part => ({ type: 'tool-result', id, content: [], isError: false })
  const text = (value: string): Part => ({ type: 'text', text: value })
  const loop = (...parts: readonly Part[]): Message[] => [
    { role: 'user', parts: [text('Go')] },
    { role: 'assistant', parts },
    { role: 'user', parts: parts.flatMap(part => (part.type === 'tool-call' ? [answer(part.id)] : [])) },
  ]
  const asked = (messages: readonly Message[], known: Readonly<Record<string, readonly ReasoningPart[]>>, more = {}) => {
    const found = built({ messages, maxTokens: 8000, reasoning: { mode: 'on', effort: 'low' } }, { recall: id => known[id], ...more })
    expect(complaintOf(JSON.stringify(found.body))).to.equal(undefined)
    return { types: found.body.messages[1].content.map((block: any) => block.thinking ?? block.data ?? block.text ?? block.id), ...found }
  }

  it('goes back unmodified and first in the turn whose calls it led to, so that the model goes on reasoning', () => {
    const thoughts = [thought('Hm.'), sealed]
    const { body, types, rules } = asked(loop(text('Let me see.'), call('a'), call('b')), { a: thoughts, b: thoughts })
    expect(types).to.deep.equal(['Hm.', 'ZW5j', 'Let me see.', 'a', 'b'])
    expect(body.messages[1].content[0]).to.deep.equal({ type: 'thinking', thinking: 'Hm.', signature: 'EqQB' })
    expect(body.thinking).to.deep.equal({ type: 'enabled', budget_tokens: 1024 })
    expect(rules).to.deep.equal([])
  })

  it('takes the place of its own text, which is all that clients keep of it', () => {
    expect(asked(loop({ type: 'reasoning', text: 'Hm.' }, call('a')), { a: [thought('Hm.')] })).to.deep.include({ types: ['Hm.', 'a'], rules: [] })
  })

  it('stands between calls where it came between them', () => {
    expect(asked(loop(text('Say'), call('a'), call('b')), { a: [thought('one')], b: [thought('two')] }).types).to.deep.equal(['one', 'Say', 'a', 'two', 'b'])
  })

  it('is the client’s own where it kept it', () => {
    expect(asked(loop(thought('mine'), call('a')), { a: [thought('theirs')] }).types).to.deep.equal(['mine', 'a'])
  })

  it('goes back unsigned to those behind this API that sign nothing', () => {
    const known = { recall: () => [{ type: 'reasoning', text: 'Hm.' } as const], model: 'glm-5', official: false }
    const { body, rules } = built({ messages: loop(call('a')), reasoning: { mode: 'on', effort: 'low' } }, known)
    expect(rules).to.deep.equal([])
    expect(body.messages[1].content[0]).to.deep.equal({ type: 'thinking', thinking: 'Hm.', signature: '' })
  })

  it('is left out once it was refused, and it is said', () => {
    const { types, rules } = asked(loop(call('a')), { a: [thought('Hm.')] }, { remedies: new Set(['drop-signatures']) })
    expect(types).to.deep.equal(['a'])
    expect(rules).to.deep.equal(['reasoning-replay', 'thinking-and-tools'])
  })

  it('is said to be lost where nothing is known of it, and not where there was none', () => {
    const rules = (known: Readonly<Record<string, readonly ReasoningPart[]>>, model: string) => asked(loop(call('a')), known, { model }).rules
    expect(rules({}, 'claude-opus-4-7')).to.deep.equal(['reasoning-replay'])
    expect(rules({ a: [] }, 'claude-opus-4-7')).to.deep.equal([])
    expect(rules({}, 'claude-sonnet-4-5-20250929')).to.deep.equal(['thinking-and-tools'])
  })
})
