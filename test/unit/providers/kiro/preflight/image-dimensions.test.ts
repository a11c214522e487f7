import { expect } from 'chai'
import fc from 'fast-check'
import { dimensionsOf } from '../../../../../providers/kiro/preflight/image-dimensions.ts'
import { assistant, chat, image, rulesOf, send, user } from '../../../../support/kiro-request.ts'
import { png } from '../../../../support/kiro-traps.ts'

const FORMATS = ['png', 'jpeg', 'gif', 'webp'] as const
const base64 = (...parts: readonly (string | readonly number[])[]): string =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))).toString('base64')
const big = (value: number) => [value >> 8, value & 0xff]
const little = (value: number) => [value & 0xff, value >> 8]

const jpeg = (width: number, height: number, marker = 0xc2) =>
  base64([0xff, 0xd8], [0xff, 0xe0, 0, 4, 1, 2], [0xff, 0xc4, 0, 3, 9], [0xff, 0xff], [marker, 0, 17, 8], big(height), big(width), Array(12).fill(0))
const gif = (width: number, height: number) => base64('GIF89a', little(width), little(height), [0, 0])
const webp = {
  'VP8 ': (width: number, height: number) => base64('RIFF0000WEBPVP8 0000', [0, 0, 0, 0x9d, 0x01, 0x2a], little(width | 0x4000), little(height), [0, 0]),
  VP8L: (width: number, height: number) => {
    const bits = (width - 1) | ((height - 1) << 14)
    return base64('RIFF0000WEBPVP8L0000', [0x2f], [bits & 0xff, (bits >> 8) & 0xff, (bits >> 16) & 0xff, (bits >>> 24) & 0xff], Array(8).fill(0))
  },
  VP8X: (width: number, height: number) => base64('RIFF0000WEBPVP8X0000', [0, 0, 0, 0], little(width - 1), [0], little(height - 1), [0, 0, 0]),
}

describe('dimensions of images', () => {
  it('are read from the bytes of each format', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16_383 }), fc.integer({ min: 1, max: 16_383 }), (width, height) => {
        expect(dimensionsOf({ format: 'png', data: png(width, height) })).to.deep.equal({ width, height })
        expect(dimensionsOf({ format: 'gif', data: gif(width, height) })).to.deep.equal({ width, height })
        for (const marker of [0xc0, 0xc2, 0xcf]) expect(dimensionsOf({ format: 'jpeg', data: jpeg(width, height, marker) })).to.deep.equal({ width, height })
        for (const form of Object.values(webp)) expect(dimensionsOf({ format: 'webp', data: form(width, height) })).to.deep.equal({ width, height })
      }),
    )
  })

  it('are unknown where the bytes do not tell, whatever they are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FORMATS), fc.uint8Array({ maxLength: 80 }), (format, bytes) => {
        const size = dimensionsOf({ format, data: Buffer.from(bytes).toString('base64') })
        if (size !== undefined) expect(size.width).to.be.at.least(0)
      }),
    )
    expect(FORMATS.map(format => dimensionsOf({ format, data: '' }))).to.deep.equal(FORMATS.map(() => undefined))
    expect(dimensionsOf({ format: 'jpeg', data: base64([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xd9]) })).to.equal(undefined)
  })
})

describe('many images on their way to Kiro', () => {
  const turn = (count: number, side = 10) => user(...Array.from({ length: count }, (_, index) => image(png(side, index + 1))))
  const counts = (messages: Parameters<typeof chat>[0], limits = {}) => {
    const sent = send(chat(messages), { limits })
    return { counts: sent.users.map(each => each.images?.length ?? 0), rules: rulesOf(sent), sent }
  }

  it('many-images: large ones stay where there are few, small ones wherever', () => {
    expect(counts([turn(10, 2_001), assistant('ok'), turn(10, 2_001)])).to.deep.include({ counts: [10, 10], rules: [] })
    expect(counts([turn(10), assistant('ok'), turn(10), assistant('ok'), turn(10, 2_000)])).to.deep.include({ counts: [10, 10, 10], rules: [] })
  })

  it('many-images: no more of the large ones go than must', () => {
    expect(counts([turn(10, 2_001), assistant('ok'), turn(10), assistant('ok'), turn(2)])).to.deep.include({ counts: [8, 10, 2], rules: ['many-images'] })
  })

  it('many-images: says where an image was left out', () => {
    const { sent } = counts([turn(1, 3_000), assistant('ok'), turn(2)], { manyImages: 2 })
    expect(sent.users[0]?.content).to.equal('[An image was left out: there are too many large ones.]')
    expect(sent.warnings[0]?.where).to.equal('messages.0')
  })
})
