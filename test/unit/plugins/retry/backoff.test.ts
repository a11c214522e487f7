import { expect } from 'chai'
import fc from 'fast-check'
import { CODES, type ErrorCode } from '../../../../core/index.ts'
import { pauseAfter } from '../../../../plugins/retry/backoff.ts'

const of = (code: ErrorCode, retryAfterMs?: number) => ({ code, scope: CODES[code].scope, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })

describe('the pause before another try', () => {
  for (const code of ['bad_request', 'context_too_long', 'unauthorized', 'cancelled', 'internal', 'no_account', 'all_cooling', 'draining'] as const) {
    it(`does not come after ${code}: trying again is useless`, () => {
      expect(pauseAfter(of(code), { tried: 1, elapsedMs: 0 }, 0.5)).to.equal(undefined)
      expect(pauseAfter(of(code, 1_000), { tried: 1, elapsedMs: 0 }, 0.5)).to.equal(undefined)
    })
  }

  for (const code of ['account_rate_limited', 'quota_exhausted', 'token_rejected', 'account_suspended', 'lane_unavailable', 'model_not_offered'] as const) {
    it(`is none after ${code}: somebody else answers at once, whatever hint came with it`, () => {
      expect(pauseAfter(of(code), { tried: 1, elapsedMs: 0 }, 0.5)).to.equal(0)
      expect(pauseAfter(of(code, 300_000), { tried: 3, elapsedMs: 0 }, 0.5)).to.equal(0)
    })
  }

  it('doubles from try to try, up to its limit', () => {
    expect([1, 2, 3, 4, 5, 6].map(tried => pauseAfter(of('upstream_unreachable'), { tried, elapsedMs: 0 }, 0.5))).to.deep.equal([200, 400, 800, 1_600, 2_000, 2_000])
    expect([1, 2, 4, 9].map(tried => pauseAfter(of('model_overloaded'), { tried, elapsedMs: 0 }, 0.5))).to.deep.equal([1_000, 2_000, 8_000, undefined])
  })

  it("follows the upstream's hint, and gives up when that is too far away", () => {
    expect(pauseAfter(of('upstream_failed', 7_000), { tried: 1, elapsedMs: 0 }, 0.5)).to.equal(7_000)
    expect(pauseAfter(of('upstream_failed', 30_000), { tried: 1, elapsedMs: 0 }, 0.5)).to.equal(30_000)
    expect(pauseAfter(of('upstream_failed', 30_001), { tried: 1, elapsedMs: 0 }, 0.5)).to.equal(undefined)
  })

  it('is not made where an overload could no longer be told by a status', () => {
    expect(pauseAfter(of('model_overloaded'), { tried: 3, elapsedMs: 5_999 }, 0.5)).to.equal(4_000)
    expect(pauseAfter(of('model_overloaded'), { tried: 3, elapsedMs: 6_001 }, 0.5)).to.equal(undefined)
    expect(pauseAfter(of('upstream_overloaded', 9_000), { tried: 1, elapsedMs: 2_000 }, 0.5)).to.equal(undefined)
    expect(pauseAfter(of('upstream_failed'), { tried: 3, elapsedMs: 60_000 }, 0.5)).to.equal(800)
  })

  it('spreads callers that failed together, by a quarter each way', () => {
    expect(pauseAfter(of('upstream_failed'), { tried: 1, elapsedMs: 0 }, 0)).to.equal(150)
    expect(pauseAfter(of('upstream_failed'), { tried: 1, elapsedMs: 0 }, 1)).to.equal(250)
  })

  it('is always a sane number', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(CODES) as ErrorCode[])), fc.option(fc.nat({ max: 10_000_000 }), { nil: undefined }), fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (code, hint, tried, chance) => {
        const pause = pauseAfter(of(code, hint), { tried, elapsedMs: 0 }, chance)
        if (pause !== undefined) expect(pause).to.be.within(0, 37_500)
      }),
    )
  })
})
