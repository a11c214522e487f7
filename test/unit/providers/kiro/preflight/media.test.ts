import { expect } from 'chai'
import type { DocumentPart, Part } from '../../../../../core/index.ts'
import { assistant, call, chat, image, PNG, refusal, result, rulesOf, send, tool, user } from '../../../../support/kiro-request.ts'

const JPEG = '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRof'
const GIF = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
const WEBP = 'UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA='
const tools = [tool('read_file')]
const foreign = (kind: string, value: unknown = {}): Part => ({ type: 'foreign', wire: 'anthropic', kind, value })
const document = (source: DocumentPart['source'], title?: string): Part => ({ type: 'document', source, ...(title === undefined ? {} : { title }) })
const pdf = document({ kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0xLjcK' }, 'a.pdf')
const tooLarge = () => image(`${PNG.slice(0, 32)}${'A'.repeat(5_242_880 - 28)}`)

describe('images on their way to Kiro', () => {
  it('images: the format is read from the bytes, whatever is declared', () => {
    const sent = send(chat([user('look', image(PNG, 'image/jpeg'), image(JPEG, 'image/jpg'), image(GIF, ''), image(WEBP, 'image/png'))]))
    expect(sent.current.images?.map(({ format }) => format)).to.deep.equal(['png', 'jpeg', 'gif', 'webp'])
    expect(sent.current.images?.[0]?.source.bytes).to.equal(PNG)
  })

  it('images: a data URL and wrapped base64 are images like any other', () => {
    const sent = send(
      chat([user({ type: 'image', source: { kind: 'url', url: `data:image/png;base64,${PNG}` } }, image(`${PNG.slice(0, 20)}\r\n${PNG.slice(20)}`))]),
    )
    expect(sent.current.images?.map(({ source }) => source.bytes)).to.deep.equal([PNG, PNG])
  })

  it('images: refuses what cannot be fetched or is no image, with the place and the remedy', () => {
    const sources: readonly Part[] = [
      { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } },
      { type: 'image', source: { kind: 'file', id: 'file_1' } },
      image('Qk1GAAAAAAAAADYAAAAoAAAA'),
      image(''),
      image(`${PNG.slice(0, 40)}!!${PNG.slice(40)}`),
    ]
    for (const source of sources) {
      const error = refusal(chat([user('a'), assistant('b'), user('look', source)]))
      expect(error.code).to.equal('bad_request')
      expect(error.message).to.match(/^images: .+ \(messages\.2\); send it in the request as base64/)
      expect(error.param).to.equal('messages.2')
    }
  })

  it('images: takes one of the very limit and refuses a larger one of the newest message by the limit', () => {
    const longest = image(`${PNG.slice(0, 32)}${'A'.repeat(5_242_880 - 32)}`)
    expect(send(chat([user(longest)])).current.images).to.have.length(1)
    expect(refusal(chat([user('look', tooLarge())])).message).to.match(/^images: .*5242884 .*5242880 .*\(messages\.0\)/)
  })

  it('images: one that became too large in the history does not kill the session', () => {
    const sent = send(chat([user('look', tooLarge()), assistant('hm'), user('and?')]))
    expect(sent.users[0]?.images).to.equal(undefined)
    expect(sent.users[0]?.content).to.equal('look\n\n[An image was left out: it is too large.]')
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['images', 'messages.0']])
  })

  it('images: those of a tool result go into the images of the same message', () => {
    const shot = { type: 'tool-result', id: 't', content: [{ type: 'text', text: 'shot:' }, image()], isError: false } as const
    const sent = send(chat([user('go'), assistant(call('t')), user(shot)], { tools }))
    expect(sent.current.images?.map(({ source }) => source.bytes)).to.deep.equal([PNG])
    expect(sent.current.content).to.equal('')
    expect(sent.current.userInputMessageContext?.toolResults?.[0]?.content).to.deep.equal([
      { text: 'shot:' },
      { text: '[The image is attached to this message.]' },
    ])
    expect(sent.warnings).to.deep.equal([])
  })

  it('images: one of a tool that cannot be sent becomes a note to the model', () => {
    const shot = { type: 'tool-result', id: 't', content: [tooLarge()], isError: false } as const
    const sent = send(chat([user('go'), assistant(call('t')), user(shot)], { tools }))
    expect(sent.current.userInputMessageContext?.toolResults?.[0]?.content[0]?.text).to.match(/^\[An image was left out: .*5242880/)
    expect(rulesOf(sent)).to.deep.equal(['images'])
  })

  it('images-per-message: more than ten in the newest message are refused', () => {
    const error = refusal(chat([user('look', ...Array.from({ length: 11 }, () => image()))]))
    expect(error.message).to.match(/^images-per-message: .*10 images \(messages\.0\)/)
    expect(send(chat([user(...Array.from({ length: 10 }, () => image()))])).current.images).to.have.length(10)
  })

  it('images-per-message: elsewhere the oldest give way to a note', () => {
    const many = (count: number) => Array.from({ length: count }, () => image())
    const sent = send(chat([user(...many(12)), user('these too', ...many(3))]))
    expect(sent.current.images).to.have.length(10)
    expect(sent.current.content.match(/\[An image was left out/g)).to.have.length(5)
    expect(rulesOf(sent)).to.deep.equal(['images-per-message'])
  })

  it('assistant-images: are left out with a warning', () => {
    const sent = send(chat([user('draw'), assistant('here', image()), user('nice')]))
    expect(sent.assistants).to.deep.equal([{ content: 'here' }])
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['assistant-images', 'messages.1']])
  })
})

describe('documents and foreign blocks on their way to Kiro', () => {
  it('documents: text in any guise becomes text in its place', () => {
    const data = Buffer.from('{"a":"ü"}').toString('base64')
    const sent = send(
      chat([user('read', document({ kind: 'text', text: 'body' }, 'n "1".txt'), document({ kind: 'base64', mediaType: 'application/json', data }), 'please')]),
    )
    expect(sent.current.content).to.equal('read\n\n<document title="n \\"1\\".txt">\nbody\n</document>\n\n<document>\n{"a":"ü"}\n</document>\n\nplease')
    expect(sent.warnings).to.deep.equal([])
  })

  it('documents: others are refused with the remedy', () => {
    for (const part of [pdf, document({ kind: 'url', url: 'https://example.com/a.txt' }), document({ kind: 'file', id: 'f' })]) {
      const error = refusal(chat([user('x'), assistant('y'), user('read', part)]))
      expect(error.message).to.match(/^documents: .+ \(messages\.2\); send its text, or its pages as PNG or JPEG images$/)
      expect(error.param).to.equal('messages.2')
    }
  })

  it('documents: one that a tool returned becomes a note, one of an assistant is left out', () => {
    const found = { type: 'tool-result', id: 't', content: [pdf as DocumentPart], isError: false } as const
    const sent = send(chat([user('go'), assistant(call('t'), pdf), user(found)], { tools }))
    expect(sent.current.userInputMessageContext?.toolResults?.[0]?.content[0]?.text).to.match(/^\[a document of type application\/pdf \("a.pdf"\) was left out/)
    expect(rulesOf(sent)).to.deep.equal(['documents', 'documents'])
  })

  it('foreign-parts: search results, tool references and refusals become text', () => {
    const search = foreign('search_result', { title: 'T', source: 'https://example.com', content: [{ type: 'text', text: 'found' }] })
    const sent = send(chat([user(search, foreign('tool_reference', { tool_name: 'grep' })), assistant(foreign('refusal', { refusal: 'No.' })), user('ok')]))
    expect(sent.turns.map(turn => turn.content)).to.deep.equal(['T\nhttps://example.com\nfound\n\nThe tool "grep" is available.', 'No.', 'ok'])
    expect(sent.warnings).to.deep.equal([])
  })

  it('foreign-parts: others are left out with a warning', () => {
    const sent = send(chat([user('hi', foreign('container_upload')), assistant(foreign('server_tool_use'), 'ok'), user('go')]))
    expect(sent.turns.map(turn => turn.content)).to.deep.equal(['hi', 'ok', 'go'])
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([
      ['foreign-parts', 'messages.0'],
      ['foreign-parts', 'messages.1'],
    ])
  })

  it('foreign-parts: a message of nothing else is refused', () => {
    expect(refusal(chat([user('a'), assistant('b'), user(' ', foreign('input_audio'))])).message).to.match(
      /^foreign-parts: .*"input_audio".*\(messages\.2\); send its content as text/,
    )
  })

  it('lone-surrogates: are removed from texts, results and the system prompt', () => {
    const sent = send(
      chat([user('a\ud83db 🙂'), assistant(call('t')), user(result('t', '\udc00ok'))], { tools, system: [{ type: 'text', text: '\ud800Be brief.' }] }),
    )
    expect(sent.users[0]?.content).to.equal('Be brief.\n\nab 🙂')
    expect(sent.current.userInputMessageContext?.toolResults?.[0]?.content[0]?.text).to.equal('ok')
    expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([
      ['lone-surrogates', 'system'],
      ['lone-surrogates', 'messages.0'],
      ['lone-surrogates', 'messages.2'],
    ])
  })
})
