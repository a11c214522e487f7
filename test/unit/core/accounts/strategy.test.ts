import { expect } from 'chai'
import fc from 'fast-check'
import { STRATEGIES } from '../../../../core/accounts/strategy.ts'

describe('strategies', () => {
  it('always name one of the candidates', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(STRATEGIES)), fc.integer({ min: 1, max: 50 }), fc.nat(), random, (strategy, length, turn, chance) => {
        const index = strategy({ length }, turn, () => chance)
        return Number.isInteger(index) && index >= 0 && index < length
      }),
    )
  })

  it('of chance reach everybody', () => {
    const picks = [0, 0.34, 0.67, 0.999].map(chance => STRATEGIES['random']?.({ length: 3 }, 0, () => chance))
    expect(picks).to.deep.equal([0, 1, 2, 2])
  })
})
