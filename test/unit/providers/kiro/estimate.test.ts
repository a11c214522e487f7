import { expect } from 'chai'
import fc from 'fast-check'
import { estimateTokens, tokenWeight } from '../../../../providers/kiro/estimate.ts'

describe('kiro token estimate', () => {
  it('counts four ASCII characters as a token', () => {
    expect(estimateTokens('')).to.equal(0)
    expect(estimateTokens('abc')).to.equal(1)
    expect(estimateTokens('a'.repeat(400))).to.equal(100)
  })

  it('counts a CJK character as a token and other scripts in between', () => {
    expect(estimateTokens('你好世界')).to.equal(4)
    expect(estimateTokens('こんにちは')).to.equal(5)
    expect(estimateTokens('안녕')).to.equal(2)
    expect(tokenWeight('привет')).to.be.within(3, 4.5)
    expect(tokenWeight('😀')).to.be.within(1, 2)
  })

  it('is the same for a text and for its pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), pieces => {
        const sum = pieces.reduce((weight, piece) => weight + tokenWeight(piece), 0)
        expect(tokenWeight(pieces.join(''))).to.be.closeTo(sum, 1e-6)
      }),
    )
  })
})
