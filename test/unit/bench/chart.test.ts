import { expect } from 'chai'
import { chart, type Panel } from '../../bench/curves/chart.ts'
import { curveTable } from '../../bench/curves/curve-report.ts'

const PANEL: Panel = {
  title: 'cost <by> the first',
  xLabel: 'accounts & keys',
  lines: [
    {
      label: 'gateway',
      points: [
        { x: 1, y: 1 },
        { x: 10, y: 1.5 },
        { x: 1000, y: 2.5 },
      ],
    },
    {
      label: 'floor',
      points: [
        { x: 1, y: 1 },
        { x: 1000, y: 2.5 },
      ],
    },
  ],
}

function circles(svg: string): readonly { readonly x: number; readonly y: number }[] {
  return [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
}

describe('the picture of curves', () => {
  it('puts a decade as far from the last as the last from the one before, and more cost higher', () => {
    const [first, second, third] = circles(chart([PANEL]))
    expect(((third?.x ?? 0) - (first?.x ?? 0)) / ((second?.x ?? 0) - (first?.x ?? 0))).to.be.closeTo(3, 0.01)
    expect(second?.y).to.be.below(first?.y ?? 0)
    expect(third?.y).to.be.below(second?.y ?? 0)
  })

  it('marks the decades and names both lines, one above the other', () => {
    const svg = chart([PANEL])
    for (const label of ['>1<', '>10<', '>100<', '>1,000<', '>gateway<', '>floor<']) expect(svg).to.contain(label)
    const heights = [...svg.matchAll(/y="([\d.]+)" fill="#\w+">(?:gateway|floor)/g)].map(([, y]) => Number(y))
    expect(Math.abs((heights[1] ?? 0) - (heights[0] ?? 0))).to.be.at.least(12)
  })

  it('is well-formed whatever the words are', () => {
    const svg = chart([PANEL, PANEL, PANEL])
    expect(svg).to.contain('cost &lt;by&gt; the first').and.to.contain('accounts &amp; keys')
    expect(svg.match(/<g /g)).to.have.length(3)
    expect(svg).not.to.match(/NaN|undefined|Infinity/)
  })

  it('of one point is still a picture', () => {
    expect(chart([{ ...PANEL, lines: [{ label: 'gateway', points: [{ x: 1, y: 1 }] }] }])).not.to.match(/NaN|undefined|Infinity/)
  })
})

describe('the table of a curve', () => {
  it('says what a kilobyte more costs', () => {
    const points = [
      { kept: 10, perRequest: 1, floorPerRequest: 0.5, kilobytes: 10 },
      { kept: 100, perRequest: 2, floorPerRequest: 1, kilobytes: 110 },
    ]
    expect(curveTable({ name: 'messages', about: '', unit: 'messages', points })).to.match(/\| 100 .*\| 10\.0 +\| ×2\.00/)
  })
})
