import { expect } from 'chai'
import { conversationIdFor } from '../../../../providers/kiro/conversation-id.ts'
import { assistant, chat, image, system, user } from '../../../support/kiro-request.ts'

const instructions = (text: string) => [{ type: 'text' as const, text }]

describe('the conversation id for Kiro', () => {
  it('is a UUID', () => {
    expect(conversationIdFor(chat([user('hi')]), 'key-1')).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('stays the same for all later requests of a conversation', () => {
    const first = chat([system('You are kind.'), user('hi', image())], { system: instructions('Be brief.') })
    const later = chat([...first.messages, assistant('hello'), user('more')], { system: first.system, model: 'other', temperature: 1 })
    expect(conversationIdFor(later, 'key-1')).to.equal(conversationIdFor(first, 'key-1'))
  })

  it('differs by tenant, by first words, by system prompt and by first image', () => {
    const ids = [
      conversationIdFor(chat([user('hi')]), 'key-1'),
      conversationIdFor(chat([user('hi')]), 'key-2'),
      conversationIdFor(chat([user('ho')]), 'key-1'),
      conversationIdFor(chat([user('hi')], { system: instructions('Be brief.') }), 'key-1'),
      conversationIdFor(chat([user('hi', image())]), 'key-1'),
      conversationIdFor(chat([user('', 'hi')]), 'key-1'),
    ]
    expect(new Set(ids).size).to.equal(ids.length)
  })

  it('follows the session where the client tells one, whatever is said', () => {
    const one = conversationIdFor(chat([user('a')], { session: 's' }), 'key-1')
    expect(conversationIdFor(chat([user('b')], { session: 's' }), 'key-1')).to.equal(one)
    expect(conversationIdFor(chat([user('a')], { session: 't' }), 'key-1')).not.to.equal(one)
    expect(conversationIdFor(chat([user('a')], { session: 's' }), 'key-2')).not.to.equal(one)
  })

  it('does not follow the billing line that varies within a conversation', () => {
    const withLine = (value: string) => chat([user('hi')], { system: instructions(`x-anthropic-billing-header: cch=${value};\nBe brief.`) })
    expect(conversationIdFor(withLine('a'), 'key-1')).to.equal(conversationIdFor(withLine('b'), 'key-1'))
  })

  it('exists for a conversation without a user', () => {
    expect(conversationIdFor(chat([]), 'key-1')).to.equal(conversationIdFor(chat([]), 'key-1'))
    expect(conversationIdFor(chat([assistant('a'), assistant('b')]), 'k')).to.equal(conversationIdFor(chat([assistant('a')]), 'k'))
  })
})
