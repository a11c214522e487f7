import { expect } from 'chai'
import fc from 'fast-check'
import { decodedText } from '../../../../core/model/decoded-text.ts'

describe('the text of a file', () => {
  it('is read in the encoding that its mark names, else as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const little = Buffer.from(`\ufeff${text}`, 'utf16le')
        expect(decodedText(little)).to.equal(text)
        expect(decodedText(Buffer.from(little).swap16())).to.equal(text)
        expect(decodedText(Buffer.from(text, 'utf8'))).to.equal(text)
      }),
    )
  })

  it('comes to an end for bytes of any kind', () => {
    fc.assert(fc.property(fc.uint8Array(), bytes => typeof decodedText(Buffer.from([0xfe, 0xff, ...bytes])) === 'string'))
  })
})
