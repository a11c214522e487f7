import { expect } from 'chai'
import { createKiroImporter } from '../../../../../providers/kiro/importer.ts'
import { isCut } from '../../../../../providers/kiro/import/cut-token.ts'
import { contextOf } from '../../../../support/kiro-import.ts'

const WHOLE = `aorAAAAAG${'k9Zq3XbV7mR2tLw8Yd'.repeat(12)}`

describe('a refresh token that was cut', () => {
  it('is known by its beginning, its length and its looks', () => {
    for (const length of [16, 30, 60, 99]) expect(isCut(WHOLE.slice(0, length)), String(length)).to.equal(true)
    expect(isCut(WHOLE)).to.equal(false)
    expect(isCut(WHOLE.slice(0, 100))).to.equal(false)
  })

  it('is not taken for the short tokens of relays, tests and other sign-ins', () => {
    for (const token of ['aorOld', 'aorPlaceholderOfTheBuilder', 'aorNobodyKnowsThisOne', 'aor-token-1', 'k9Zq3XbV7mR2tLw8Yd', '0.AXkA9Zq3XbV7mR2tLw8Yd']) {
      expect(isCut(token), token).to.equal(false)
    }
  })

  it('is refused with its length, and is not repeated', async () => {
    const importer = createKiroImporter({ now: () => 0 } as never)
    const cut = WHOLE.slice(0, 30)
    const error = await importer.parse(JSON.stringify({ refreshToken: cut }), contextOf()).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    expect(error?.message).to.contain('looks cut: 30 characters').and.not.contain(cut)
  })
})
