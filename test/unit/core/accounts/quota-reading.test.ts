import { expect } from 'chai'
import fc from 'fast-check'
import { forecastOf, NO_HISTORY, type QuotaHistory, withReading } from '../../../../core/accounts/quota-forecast.ts'
import { bandOf, isUsedUp, readingOf, withLive } from '../../../../core/accounts/quota-reading.ts'
import type { Quota } from '../../../../core/contract/account.ts'

const T0 = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const pot = (name: string, used: number, limit: number, unit = 'credits') => ({ name, used, limit, unit })
const credits = (leftOver: number, more: object = {}): Quota => ({ buckets: [{ ...pot('plan', 100 - leftOver, 100), ...more }] })

describe('what is left of a quota', () => {
  it('counts pots of one unit together', () => {
    expect(readingOf({ buckets: [pot('plan', 50, 50), pot('trial', 0, 150)] }, T0).remaining).to.equal(0.75)
  })

  it('is that of the fullest unit, so that one empty unit does not make an account look empty', () => {
    expect(readingOf({ buckets: [pot('plan', 10, 10), pot('other', 1, 4, 'requests')] }, T0).remaining).to.equal(0.75)
  })

  it('is nothing exactly when every pot is empty', () => {
    const bucket = fc.record({
      name: fc.string(),
      used: fc.double({ min: 0, max: 10, noNaN: true }),
      limit: fc.integer({ min: 0, max: 10 }),
      unit: fc.constantFrom('a', 'b'),
    })
    fc.assert(
      fc.property(fc.array(bucket, { minLength: 1, maxLength: 6 }), buckets => {
        const { quota, remaining } = readingOf({ buckets }, T0)
        expect(remaining === 0).to.equal(isUsedUp(quota))
        expect(remaining).to.be.within(0, 1)
      }),
    )
  })

  it('is unknown without pots, and numbers that are none are left out', () => {
    expect(readingOf({ buckets: [] }, T0)).to.deep.equal({ quota: { buckets: [] }, readAt: T0 })
    const odd = readingOf(
      { plan: 'A\u001b[31m', buckets: [pot('x', NaN, 1), pot('y', 1, Infinity), pot('z\n', -1, 2), { ...pot('w', 2, 1), resetsAt: NaN }] },
      T0,
    )
    expect(odd.quota).to.deep.equal({ plan: 'A [31m', buckets: [pot('z', 0, 2), pot('w', 2, 1)] })
  })

  it('of an answer replaces pots of the same name and keeps the others until they are filled up', () => {
    const before = readingOf({ plan: 'pro', buckets: [pot('requests', 1, 10, 'requests'), { ...pot('plan', 5, 10), resetsAt: T0 + HOUR }] }, T0)
    const told = (at: number) => withLive(before, readingOf({ buckets: [pot('requests', 9, 10, 'requests')] }, at)).quota
    expect(told(T0 + MINUTE)).to.deep.equal({ plan: 'pro', buckets: [pot('requests', 9, 10, 'requests'), { ...pot('plan', 5, 10), resetsAt: T0 + HOUR }] })
    expect(told(T0 + HOUR).buckets).to.have.length(1)
  })

  it('is shown green above 30 %, yellow from 10 %, red below', () => {
    expect([1, 0.31, 0.3, 0.1, 0.0999, 0].map(bandOf)).to.deep.equal(['good', 'good', 'fair', 'fair', 'low', 'low'])
  })
})

describe('the forecast of a quota', () => {
  const read = (points: readonly (readonly [minutes: number, left: number])[], more: object = {}) => {
    let history: QuotaHistory = NO_HISTORY
    let reading = readingOf(credits(0), T0)
    for (const [minutes, leftOver] of points) {
      reading = readingOf(credits(leftOver, more), T0 + minutes * MINUTE)
      history = withReading(history, reading)
    }
    return { history, forecast: forecastOf(history, reading) }
  }

  it('tells when it is used up if it goes on as of late', () => {
    const { forecast } = read([
      [0, 80],
      [30, 70],
      [60, 60],
    ])
    expect(forecast).to.deep.equal({ rate: 20, unit: 'credits', emptyAt: T0 + 4 * HOUR })
  })

  it('tells no end where the reset comes first, and tells the reset', () => {
    const { forecast } = read(
      [
        [0, 80],
        [60, 60],
      ],
      { resetsAt: T0 + 2 * HOUR },
    )
    expect(forecast).to.deep.equal({ rate: 20, unit: 'credits', resetsAt: T0 + 2 * HOUR })
  })

  it('tells nothing from one reading, or from two that are minutes apart', () => {
    expect(read([[0, 80]]).forecast).to.equal(undefined)
    expect(
      read([
        [0, 80],
        [5, 70],
      ]).forecast,
    ).to.equal(undefined)
  })

  it('begins anew when the pots are filled up, and when the unit changes', () => {
    expect(
      read([
        [0, 10],
        [60, 5],
        [90, 100],
        [150, 90],
      ]).forecast,
    ).to.include({ rate: 10 })
    const { history } = read([
      [0, 10],
      [60, 5],
    ])
    expect(withReading(history, readingOf({ buckets: [pot('x', 1, 2, 'usd')] }, T0 + 2 * HOUR)).points).to.deep.equal([[T0 + 2 * HOUR, 1]])
  })

  it('keeps few points however many readings come, and the newest always', () => {
    const many = Array.from({ length: 2_000 }, (_, second) => [second / 6, 100 - second / 100] as const)
    const { history } = read(many)
    expect(history.points.length).to.be.within(30, 40)
    expect(history.points.at(-1)).to.deep.equal([T0 + Math.round((1_999 / 6) * MINUTE), 100 - 19.99])
  })

  it('never promises what cannot be a time', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 100, noNaN: true })), { maxLength: 60 }), steps => {
        let minutes = 0
        const { history, forecast } = read(
          steps.map(([pass, leftOver]) => [(minutes += pass), leftOver] as const),
          { resetsAt: T0 + 10_000 * MINUTE },
        )
        expect(history.points.length).to.be.at.most(40)
        if (!forecast) return
        expect(forecast.rate).to.be.at.least(0)
        if (forecast.emptyAt !== undefined) expect(forecast.emptyAt).to.be.at.least(history.points.at(-1)![0])
        if (forecast.emptyAt !== undefined && forecast.resetsAt !== undefined) expect(forecast.emptyAt).to.be.below(forecast.resetsAt)
      }),
    )
  })
})
