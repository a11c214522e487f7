import { expect } from 'chai'
import fc from 'fast-check'
import { importedEnd, isFresh, renewedEnd, tokenTimes } from '../../../../core/accounts/token-life.ts'

const WALL = 1_700_000_000_000
const HOUR = 3_600_000
const MINUTE = 60_000

describe("a token's life", () => {
  const clock = (random = 0, wall = WALL) => ({ now: 5_000_000, wall, random })

  it('is planned to be renewed 15 minutes before its end, up to a fifth less by chance', () => {
    const token = { expiresAt: WALL + HOUR, refreshedAt: WALL }
    expect(tokenTimes(token, clock(0)).dueAt).to.equal(5_000_000 + HOUR - 15 * MINUTE)
    expect(tokenTimes(token, clock(0.999_999)).dueAt).to.be.closeTo(5_000_000 + HOUR - 12 * MINUTE, 10)
  })

  it('is renewed at half of it when it is short', () => {
    expect(tokenTimes({ expiresAt: WALL + 10_000, refreshedAt: WALL }, clock()).dueAt).to.equal(5_000_000 + 5_000)
  })

  it('is never longer than it was given, even if the clock went back', () => {
    const times = tokenTimes({ expiresAt: WALL + HOUR, refreshedAt: WALL }, clock(0, WALL - 50 * HOUR))
    expect(times.endsAt).to.equal(5_000_000 + HOUR)
  })

  it('of unknown end asks for a renewal before the first use, and is not renewed ahead', () => {
    const times = tokenTimes({ expiresAt: undefined, refreshedAt: WALL }, clock())
    expect(isFresh(times, 5_000_000)).to.equal(false)
    expect(times.dueAt).to.equal(Infinity)
  })

  it('without end is always fresh', () => {
    expect(isFresh(tokenTimes({ expiresAt: Infinity, refreshedAt: WALL }, clock()), 10 ** 15)).to.equal(true)
  })

  it('after a renewal is what the answer lasts, or an hour where that makes no sense', () => {
    const end = (expiresAt: number | undefined) => renewedEnd({ expiresAt, replayable: true }, WALL)
    expect(end(WALL + 10_000)).to.equal(WALL + 10_000)
    expect(end(Infinity)).to.equal(Infinity)
    for (const nonsense of [undefined, NaN, -Infinity, WALL, WALL - 1, 3_600]) expect(end(nonsense), String(nonsense)).to.equal(WALL + HOUR)
    expect(end(WALL * 1_000)).to.equal(WALL + 90 * 24 * HOUR)
  })

  it('has finite times, whatever the store says', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (expiresAt, refreshedAt, random) => {
        const times = tokenTimes({ expiresAt, refreshedAt }, clock(random))
        expect(Number.isFinite(times.endsAt) && Number.isFinite(times.dueAt)).to.equal(true)
        expect(times.dueAt).to.be.at.least(5_000_000)
      }),
    )
    expect(importedEnd({ expiresAt: NaN, replayable: true })).to.equal(undefined)
  })
})
