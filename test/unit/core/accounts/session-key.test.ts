import { expect } from 'chai'
import fc from 'fast-check'
import { sessionKey } from '../../../../core/accounts/session-key.ts'
import type { Message, TextPart } from '../../../../core/model/request.ts'

const text = (value: string): TextPart => ({ type: 'text', text: value })
const message = (role: Message['role'], ...parts: string[]): Message => ({ role, parts: parts.map(text) })
const keyOf = (messages: readonly Message[], { system = [] as readonly TextPart[], keyId = 'key', session = undefined as string | undefined } = {}) =>
  sessionKey({ principal: { keyId }, request: { system, messages, ...(session !== undefined && { session }) } })

describe("a conversation's key", () => {
  it('is the same in each of its turns, and another where anything of its beginning differs', () => {
    const opening = fc.tuple(fc.string(), fc.string(), fc.string())
    fc.assert(
      fc.property(opening, opening, fc.array(fc.string()), ([system, first, second], other, later) => {
        const begin = (words: readonly [string, string, string]) => keyOf([message('user', words[1], words[2])], { system: [text(words[0])] })?.key
        const turns = [message('user', first, second), ...later.flatMap(words => [message('assistant', words), message('user', words)])]
        expect(keyOf(turns, { system: [text(system)] })?.key).to.equal(begin([system, first, second]))
        if ([system, first, second].join('\0') !== other.join('\0')) expect(begin([system, first, second])).to.not.equal(begin(other))
      }),
    )
  })

  it('continues one only after the model has spoken, or where the client tells a session', () => {
    expect(keyOf([message('user', 'Hi')])?.continues).to.equal(false)
    expect(keyOf([message('user', 'Hi'), message('assistant', 'Hi'), message('user', 'So')])?.continues).to.equal(true)
    expect(keyOf([message('user', 'Hi')], { session: 'told' })?.continues).to.equal(true)
    expect(keyOf([])).to.equal(undefined)
    expect(keyOf([message('user', 'Hi')], { session: '' })?.continues).to.equal(false)
  })

  it('is not changed by the line that a client writes differently in each call', () => {
    const build = (line: string) => keyOf([message('user', 'Hi')], { system: [text(`x-anthropic-billing-header: ${line}`), text('Be brief.')] })?.key
    expect(build('one')).to.equal(build('other'))
  })

  it('belongs to the caller, and holds nothing of what was said', () => {
    expect(keyOf([], { session: 'same', keyId: 'one' })?.key).to.not.equal(keyOf([], { session: 'same', keyId: 'other' })?.key)
    const { key = '' } = keyOf([message('user', 'a secret'.repeat(1_000))], { session: 'x'.repeat(10_000) }) ?? {}
    expect(key)
      .to.match(/^key [0-9a-z]+\.[0-9a-z]+$/)
      .and.have.length.below(40)
  })

  it('looks at the ends of a long beginning and at its length', () => {
    const long = 'x'.repeat(100_000)
    const keys = [long, `${long}y`, `y${long}`, `${long}x`].map(opening => keyOf([message('user', opening)])?.key)
    expect(new Set(keys).size).to.equal(4)
  })
})
