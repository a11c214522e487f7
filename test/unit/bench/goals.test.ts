import { expect } from 'chai'
import { best, type Figures } from '../../bench/figures.ts'
import { type Goal, judge } from '../../bench/goals.ts'
import { type Measured, summarize } from '../../bench/summary.ts'
import type { Target } from '../../bench/target.ts'

function summary(results: Partial<Record<Target, readonly Figures[]>>) {
  const rounds = Object.entries(results).map(([target, figures]) => [target as Target, figures.map((each): Measured => ({ figures: each, raw: {} }))] as const)
  return summarize({ name: 'burst', about: '' }, new Map(rounds))
}

const CPU: Goal = { about: 'CPU', scenario: 'burst', figure: 'cpuPerRequest', of: 'ratio', pass: 1.5, good: 1.2 }
const CAP: Goal = { about: 'cap', scenario: 'burst', figure: 'perSecondPerCore', of: 'ratio', pass: 0.7, good: 0.8 }

describe("the benchmark's figures", () => {
  it('are the best of all rounds, each for itself, but errors are those of all', () => {
    const rounds = [
      { cpuPerRequest: 2, perSecondPerCore: 500, errors: 1 },
      { cpuPerRequest: 3, perSecondPerCore: 700, errors: 2 },
    ]
    expect(best(rounds)).to.deep.equal({ cpuPerRequest: 2, perSecondPerCore: 700, errors: 3 })
  })

  it('compare the best of the gateway with the best of the floor', () => {
    const { ratios } = summary({ floor: [{ cpuPerRequest: 2 }, { cpuPerRequest: 1 }], gateway: [{ cpuPerRequest: 3 }, { cpuPerRequest: 2 }] })
    expect(ratios).to.deep.equal({ cpuPerRequest: 2 })
  })

  it('say what a target adds to the way of an event', () => {
    const { targets, ratios } = summary({ floor: [{ transitP50: 3 }], gateway: [{ transitP50: 5 }], direct: [{ transitP50: 1 }] })
    expect(targets.map(({ best: figures }) => figures.addedTransitP50)).to.deep.equal([2, 4, undefined])
    expect(ratios?.addedTransitP50).to.equal(2)
  })

  it('show no ratio to nothing', () => {
    expect(summary({ floor: [{ addedP50: -0.1 }], gateway: [{ addedP50: 1 }] }).ratios).to.deep.equal({})
  })

  for (const [reached, verdict] of [
    [1.2, 'good'],
    [1.21, 'pass'],
    [1.5, 'pass'],
    [1.51, 'missed'],
  ] as const)
    it(`call ×${reached} ${verdict} where less is better`, () => {
      const [result] = judge([CPU], [summary({ floor: [{ cpuPerRequest: 1 }], gateway: [{ cpuPerRequest: reached }] })])
      expect(result?.verdict).to.equal(verdict)
    })

  for (const [reached, verdict] of [
    [800, 'good'],
    [790, 'pass'],
    [690, 'missed'],
  ] as const)
    it(`call ${reached} of 1000 requests ${verdict}`, () => {
      const [result] = judge([CAP], [summary({ floor: [{ perSecondPerCore: 1000 }], gateway: [{ perSecondPerCore: reached }] })])
      expect(result?.verdict).to.equal(verdict)
    })

  it('say nothing of goals that were not measured', () => {
    expect(judge([CPU, { ...CPU, scenario: 'other' }], [summary({ floor: [{ cpuPerRequest: 1 }] })])).to.deep.equal([])
  })

  it('judge the gateway alone where a goal is no ratio', () => {
    const [result] = judge([{ ...CPU, of: 'gateway', pass: 10, good: 5 }], [summary({ gateway: [{ cpuPerRequest: 7 }] })])
    expect(result).to.include({ reached: 7, verdict: 'pass' })
  })
})
