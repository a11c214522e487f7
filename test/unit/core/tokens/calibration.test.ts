import { expect } from 'chai'
import fc from 'fast-check'
import { Calibration } from '../../../../core/tokens/calibration.ts'

describe('calibrating counts by what upstreams report', () => {
  it('changes nothing before anything is known', () => {
    expect(new Calibration().ratio('m')).to.equal(1)
  })

  it('takes over the ratio of one answer, for that model alone, whatever the case of its name', () => {
    const calibration = new Calibration()
    calibration.learn('Claude-X', { reported: 13_000, counted: 10_000 })
    expect(calibration.ratio('claude-x')).to.equal(1.3)
    expect(calibration.ratio('claude-y')).to.equal(1)
  })

  it('follows a change within some ten answers', () => {
    const calibration = new Calibration()
    for (let answer = 0; answer < 30; answer++) calibration.learn('m', { reported: 15_000, counted: 10_000 })
    expect(calibration.ratio('m')).to.be.closeTo(1.5, 0.001)
    for (let answer = 0; answer < 12; answer++) calibration.learn('m', { reported: 9_000, counted: 10_000 })
    expect(calibration.ratio('m')).to.be.closeTo(0.9, 0.2)
  })

  it('lets long requests decide', () => {
    const calibration = new Calibration()
    calibration.learn('m', { reported: 2_000, counted: 1_000 })
    calibration.learn('m', { reported: 100_000, counted: 100_000 })
    expect(calibration.ratio('m')).to.be.closeTo(1, 0.02)
  })

  it('learns nothing from short requests: the upstream adds words of its own to each', () => {
    const calibration = new Calibration()
    calibration.learn('m', { reported: 2_500, counted: 500 })
    expect(calibration.ratio('m')).to.equal(1)
  })

  it('stays between a half and two, and finite, whatever is reported', () => {
    const number = fc.oneof(fc.double(), fc.integer({ min: -10, max: 1e9 }))
    fc.assert(
      fc.property(fc.array(fc.record({ reported: number, counted: fc.integer({ min: 0, max: 2_000_000 }) })), reports => {
        const calibration = new Calibration()
        for (const report of reports) calibration.learn('m', report)
        expect(calibration.ratio('m')).to.be.within(0.5 - 1e-9, 2 + 1e-9)
      }),
    )
  })

  it('forgets the model that was heard of longest ago when there are too many', () => {
    const calibration = new Calibration()
    for (let model = 0; model <= 200; model++) {
      calibration.learn(`m${model}`, { reported: 20_000, counted: 10_000 })
      if (model === 100) calibration.learn('m0', { reported: 20_000, counted: 10_000 })
    }
    expect(calibration.ratio('m0')).to.equal(2)
    expect(calibration.ratio('m1')).to.equal(1)
    expect(calibration.ratio('m200')).to.equal(2)
  })
})
