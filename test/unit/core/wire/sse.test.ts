import { expect } from 'chai'
import fc from 'fast-check'
import { SseDecoder, type SseEvent } from '../../../../core/wire/sse.ts'

function decode(...chunks: readonly Uint8Array[]): SseEvent[] {
  const decoder = new SseDecoder()
  return [...chunks.flatMap(chunk => decoder.push(chunk)), ...decoder.end()]
}
const bytes = (text: string) => Buffer.from(text)
const told = (text: string) => decode(bytes(text)).map(({ event, data }) => [event, data])

/** The standard's own words, line for line and without any thought of speed. */
function reference(text: string): (readonly [string, string])[] {
  const events: (readonly [string, string])[] = []
  let data: string[] = []
  let event = ''
  const dispatch = () => {
    if (data.length > 0) events.push([event || 'message', data.join('\n')])
    data = []
    event = ''
  }
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const [, field = line, value = ''] = /^([^:]*):? ?([\s\S]*)$/.exec(line) ?? []
    if (line === '') dispatch()
    else if (field === 'data') data.push(value)
    else if (field === 'event') event = value
  }
  dispatch()
  return events
}

const line = fc.oneof(
  fc.constantFrom('data: {"a":1}', 'data:x', 'data', 'data:  two', 'event: ping', 'event:', ': comment', ':', 'id: 7', 'retry: 9', 'date: no', 'data : no', ''),
  fc.string({ unit: 'binary', maxLength: 12 }).map(text => `data: ${text.replace(/[\r\n]/g, '')}`),
)
const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n')), { maxLength: 20 }).map(lines => lines.flat().join(''))

/** The same bytes in pieces of the given sizes, over and over. */
function cut(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(whole.subarray(at, at + size))
    at += size
  }
  return pieces
}

describe('reading server-sent events', () => {
  it('reads what the standard reads, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (text, sizes) => {
        const whole = bytes(text)
        const expected = reference(new TextDecoder().decode(whole))
        expect(told(text)).to.deep.equal(expected)
        for (const pieces of [cut(whole, sizes), cut(whole, [1])]) expect(decode(...pieces).map(({ event, data }) => [event, data])).to.deep.equal(expected)
      }),
      { numRuns: 400 },
    )
  })

  it('hands each event on as it stood, and the texts say the same when read again', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 20 }), (text, size) => {
        const events = decode(...cut(bytes(text), [size]))
        const again = decode(...events.map(event => bytes(event.text)))
        expect(again.map(({ event, data }) => [event, data])).to.deep.equal(events.map(({ event, data }) => [event, data]))
      }),
      { numRuns: 300 },
    )
    expect(decode(bytes('id: 1\nevent: x\ndata: {}\n\n: gone\n\ndata:y\n\n')).map(({ text }) => text)).to.deep.equal([
      'id: 1\nevent: x\ndata: {}\n\n',
      'data:y\n\n',
    ])
    expect(decode(bytes('data: last')).map(({ text }) => text)).to.deep.equal(['data: last\n\n'])
    expect(decode(bytes('data: last\n')).map(({ text }) => text)).to.deep.equal(['data: last\n\n'])
  })

  it('joins characters that were cut in the middle', () => {
    expect(decode(...cut(bytes('data: \u{1F642}é\n\n'), [1])).map(({ data }) => data)).to.deep.equal(['\u{1F642}é'])
  })

  it('gives up on an event without end', () => {
    const decoder = new SseDecoder()
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    expect(() => {
      for (let count = 0; count <= 33; count++) decoder.push(chunk)
    }).to.throw(RangeError)
  })
})
