import { expect } from 'chai'
import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base'
import { slices } from '../../../../core/tokens/slices.ts'

const PLAIN = { disallowedSpecial: new Set<string>() }
const inSlices = (text: string) => [...slices(text)].reduce((sum, slice) => sum + countTokens(slice, PLAIN), 0)

describe('cutting a text for the tokenizer', () => {
  const anyText = fc.oneof(
    fc
      .array(fc.constantFrom('word', ' ', '\n', '  ', '{"a":1}', '!', '漢字', '👍🏽', '\ud83d', 'x'.repeat(700), ' '.repeat(900)), { maxLength: 400 })
      .map(pieces => pieces.join('')),
    fc.string({ maxLength: 5000 }),
  )

  it('loses nothing, leaves no slice long or empty and no character split', () => {
    fc.assert(
      fc.property(anyText, text => {
        const pieces = [...slices(text)]
        expect(pieces.join('')).to.equal(text)
        for (const piece of pieces) expect(piece.length).to.be.within(1, 1024)
        for (const piece of pieces.slice(1)) expect(/^[\udc00-\udfff]/.test(piece) && text.isWellFormed()).to.equal(false)
      }),
    )
  })

  it('does not change the count of prose and code', () => {
    const prose = 'It was the best of times, it was the worst of times -- "it was"!\n\n  return { a: [1, 2], b: `c` } // ok\n'.repeat(100)
    expect(inSlices(prose)).to.equal(countTokens(prose, PLAIN))
  })

  it('changes the count of anything else by a few tokens per slice at most', () => {
    fc.assert(
      fc.property(anyText, text => {
        const pieces = [...slices(text)].length
        expect(Math.abs(inSlices(text) - countTokens(text, PLAIN))).to.be.at.most(4 * pieces)
      }),
      { numRuns: 30 },
    )
  })
})
