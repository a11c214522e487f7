import { expect } from 'chai'
import { floorsOf, risePerHour } from '../../bench/memory/trend.ts'
import { lastThirdAboveMiddle } from '../../support/abandoned-streams.ts'

const HOUR = 3_600_000

describe('the trend of memory', () => {
  it('is the rise of a line per hour', () => {
    expect(risePerHour([0, 1, 2, 3].map(minute => ({ atMs: minute * 60_000, value: 100 + minute })))).to.be.closeTo(60, 1e-9)
    expect(
      risePerHour([
        { atMs: 0, value: 5 },
        { atMs: HOUR, value: 2 },
      ]),
    ).to.be.closeTo(-3, 1e-9)
  })

  it('of a single sample is none', () => {
    expect(risePerHour([{ atMs: 7, value: 5 }])).to.equal(0)
  })

  it('looks at the least of each stretch of time', () => {
    const samples = [9, 4, 7, 8, 6].map((value, index) => ({ atMs: index * 1000, value }))
    expect(floorsOf(samples, 2000).map(({ value }) => value)).to.deep.equal([4, 7, 6])
  })

  it('leaves out the first third, in which everything grows', () => {
    expect(lastThirdAboveMiddle([1, 2, 3, 10, 10, 10, 12, 12, 12])).to.equal(2)
  })
})
