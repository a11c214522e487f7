import { expect } from 'chai'
import fc from 'fast-check'
import type { ChatRequest, DocumentPart, Part } from '../../../../core/index.ts'
import { imageTokens } from '../../../../core/tokens/image-tokens.ts'
import { contentOf } from '../../../../core/tokens/request-content.ts'
import { arbitraryChatRequest } from '../../../support/arbitrary-conversation.ts'
import { chatRequest } from '../../../support/calls.ts'

const withPart = (part: Part): ChatRequest => chatRequest({ messages: [{ role: 'user', parts: [part] }] })
const textsOf = (request: ChatRequest) => contentOf(request).texts.join('\n')
const png = (width: number, height: number) => {
  const bytes = Buffer.alloc(24)
  bytes.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}
const image = (bytes: Buffer) => ({ kind: 'base64', mediaType: 'image/png', data: bytes.toString('base64') }) as const
const document = (source: DocumentPart['source']): Part => ({ type: 'document', source })

describe('what a request costs in tokens', () => {
  const kinds: readonly (readonly [string, Part])[] = [
    ['a text', { type: 'text', text: 'NEEDLE' }],
    ['reasoning', { type: 'reasoning', text: 'NEEDLE', signature: 'sealed' }],
    ["a tool call's name", { type: 'tool-call', id: 'a', name: 'NEEDLE', input: {} }],
    ["a tool call's arguments", { type: 'tool-call', id: 'a', name: 'n', input: { deep: [{ NEEDLE: 1 }] } }],
    ["a tool result's text", { type: 'tool-result', id: 'a', isError: false, content: [{ type: 'text', text: 'NEEDLE' }] }],
    ["a tool result's document", { type: 'tool-result', id: 'a', isError: false, content: [{ type: 'document', source: { kind: 'text', text: 'NEEDLE' } }] }],
    ["a document's text", document({ kind: 'text', text: 'NEEDLE' })],
    ["a document's title", { type: 'document', title: 'NEEDLE', source: { kind: 'file', id: 'f' } }],
    ['a text document in base64', document({ kind: 'base64', mediaType: 'text/plain', data: Buffer.from('NEEDLE').toString('base64') })],
    ['a block of an unknown kind', { type: 'foreign', wire: 'anthropic', kind: 'new', value: { type: 'new', text: 'NEEDLE' } }],
  ]
  for (const [name, part] of kinds) {
    it(`reads ${name}`, () => {
      expect(textsOf(withPart(part))).to.contain('NEEDLE')
    })
  }

  it('reads system texts and names, descriptions and schemas of tools', () => {
    const request = chatRequest({
      system: [{ type: 'text', text: 'SYSTEM' }],
      tools: [{ name: 'NAME', description: 'DESCRIPTION', schema: { type: 'object', properties: { PROPERTY: { type: 'string' } } } }],
    })
    for (const word of ['SYSTEM', 'NAME', 'DESCRIPTION', 'PROPERTY']) expect(textsOf(request)).to.contain(word)
    expect(contentOf(request).fixed).to.be.greaterThan(contentOf(chatRequest()).fixed + 300)
  })

  it('reads the schema that an answer must have', () => {
    expect(textsOf(chatRequest({ responseFormat: { type: 'json-schema', schema: { title: 'SHAPE' } } }))).to.contain('SHAPE')
  })

  it('counts sealed reasoning by its length', () => {
    const sealed = (length: number) => contentOf(withPart({ type: 'reasoning', text: '', redacted: 'x'.repeat(length) })).fixed
    expect(sealed(4000) - sealed(0)).to.equal(1000)
  })

  it('never hands base64 of images or PDFs to the tokenizer', () => {
    const data = 'QUJD'.repeat(5000)
    for (const part of [
      document({ kind: 'base64', mediaType: 'application/pdf', data }),
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data } } as const,
    ]) {
      const { texts, fixed } = contentOf(withPart(part))
      expect(texts).to.deep.equal([])
      expect(fixed).to.be.greaterThan(1000)
    }
  })

  it('counts PDFs by their size, a page at least and a hundred pages at most', () => {
    const pdf = (bytes: number) => contentOf(withPart(document({ kind: 'base64', mediaType: 'application/pdf', data: 'A'.repeat((bytes * 4) / 3) }))).fixed
    expect(pdf(0) - contentOf(withPart({ type: 'text', text: '' })).fixed).to.equal(1_500)
    expect(pdf(3_000_000)).to.be.within(120_000, 120_020)
    expect(pdf(30_000_000)).to.be.within(300_000, 300_020)
  })

  describe('images', () => {
    const cases: readonly (readonly [string, Buffer, number])[] = [
      ['a small PNG', png(200, 200), 54],
      ['a screen, scaled down', png(3000, 2000), 1600],
      ['a banner, scaled down', png(8000, 100), 41],
      ['a GIF', Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0x2c, 0x01, 0xc8, 0x00])]), 80],
      ['a lossy WebP', webp('VP8 ', { 26: 300, 28: 200 }), 80],
      ['an extended WebP', webp('VP8X', { 24: 299, 27: 199 }), 80],
      ['a lossless WebP', webp('VP8L', { 21: 299 | ((199 & 3) << 14), 23: 199 >> 2 }), 80],
      ['a JPEG behind its notes', jpeg(300, 200), 80],
      ['something unreadable', Buffer.from('nothing known'), 1600],
      ['a PNG that is cut short', png(5, 5).subarray(0, 20), 1600],
      ['a PNG of no size', png(0, 5), 1600],
      ['a JPEG that lies about its segments', Buffer.from('ffd8ffe00000ffc0', 'hex'), 1600],
    ]
    for (const [name, bytes, tokens] of cases) {
      it(`costs ${tokens} for ${name}`, () => {
        expect(imageTokens(image(bytes))).to.equal(tokens)
      })
    }

    it('reads the size of an image in a data URL, and takes the most for one elsewhere', () => {
      expect(imageTokens({ kind: 'url', url: `data:image/png;base64,${png(200, 200).toString('base64')}` })).to.equal(54)
      expect(imageTokens({ kind: 'url', url: 'https://example.com/a.png' })).to.equal(1600)
      expect(imageTokens({ kind: 'file', id: 'file-1' })).to.equal(1600)
    })

    it('is always between 1 and 1600, whatever the bytes', () => {
      const bytes = fc.tuple(
        fc.constantFrom('', '\x89PNG\r\n\x1a\n', 'GIF89a', 'RIFF0000WEBPVP8X', 'RIFF0000WEBPVP8L', '\xff\xd8\xff\xc0', '\xff\xd8\xff\xe1'),
        fc.uint8Array({ maxLength: 80 }),
      )
      fc.assert(
        fc.property(bytes, ([start, rest]) => {
          expect(imageTokens(image(Buffer.concat([Buffer.from(start, 'latin1'), rest])))).to.be.within(1, 1600)
        }),
      )
    })
  })

  it('never grows smaller when a message, a part or a tool is added', () => {
    const size = (request: ChatRequest) => {
      const { texts, fixed } = contentOf(request)
      return { characters: texts.join('').length, fixed }
    }
    fc.assert(
      fc.property(arbitraryChatRequest(), arbitraryChatRequest(), (one, other) => {
        const before = size(one)
        const after = [
          { ...one, messages: [...one.messages, ...other.messages] },
          { ...one, system: [...one.system, ...other.system] },
          { ...one, tools: [...one.tools, ...other.tools] },
        ].map(size)
        for (const { characters, fixed } of after) {
          expect(characters).to.be.at.least(before.characters)
          expect(fixed).to.be.at.least(before.fixed)
        }
      }),
    )
  })
})

function webp(kind: string, words: Readonly<Record<number, number>>): Buffer {
  const bytes = Buffer.alloc(40)
  bytes.write(`RIFF\0\0\0\0WEBP${kind}`, 'latin1')
  for (const [at, value] of Object.entries(words)) bytes.writeUInt16LE(value & 0xffff, Number(at))
  return bytes
}

function jpeg(width: number, height: number): Buffer {
  const notes = Buffer.alloc(2 + 3000)
  notes.writeUInt16BE(0xffe1, 0)
  notes.writeUInt16BE(3000, 2)
  const frame = Buffer.from('ffc00011080000000003', 'hex')
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([Buffer.from('ffd8', 'hex'), notes, frame])
}
