import { expect } from 'chai'
import { formatTable } from '../../../../core/cli/output.ts'
import { quotaBar } from '../../../../core/cli/quota-bar.ts'
import { fromNow } from '../../../../core/cli/relative-time.ts'

describe('what commands print', () => {
  it('stands in columns, whatever the cells hold', () => {
    expect(
      formatTable(
        ['ID', 'LABEL'],
        [
          ['acc_1', 'short'],
          ['acc_long', 'x'.repeat(80)],
        ],
        false,
      ),
    ).to.equal(`ID        LABEL\nacc_1     short\nacc_long  ${'x'.repeat(59)}…\n`)
    expect(formatTable(['A'], [[{ text: 'y'.repeat(80), whole: true }]], false)).to.equal(`A\n${'y'.repeat(80)}\n`)
  })

  it('keeps control characters of labels out of the terminal, and its own colours in', () => {
    const table = formatTable(['LABEL', 'LEFT'], [['a\u001b[2Jb\r\u202ec\n', quotaBar(0.05)]], true)
    expect(table).to.equal('LABEL       LEFT\na [2Jb  c   \u001b[31m█░░░░░░░░░   5 %\u001b[39m\n')
    expect(formatTable(['LEFT'], [[quotaBar(0.05)]], false)).to.not.contain('\u001b')
  })

  it('shows what is left green above 30 %, yellow from 10 %, red below, and always in numbers', () => {
    expect([1, 0.9999, 0.5, 0.31, 0.3, 0.1, 0.09, 0.001, 0, undefined].map(quotaBar)).to.deep.equal([
      { text: '██████████ 100 %', tone: 'good' },
      { text: '██████████  99 %', tone: 'good' },
      { text: '█████░░░░░  50 %', tone: 'good' },
      { text: '███░░░░░░░  31 %', tone: 'good' },
      { text: '███░░░░░░░  30 %', tone: 'fair' },
      { text: '█░░░░░░░░░  10 %', tone: 'fair' },
      { text: '█░░░░░░░░░   9 %', tone: 'low' },
      { text: '█░░░░░░░░░  <1 %', tone: 'low' },
      { text: '░░░░░░░░░░   0 %', tone: 'low' },
      { text: '-' },
    ])
  })

  it('tells times as seen from now', () => {
    const now = Date.UTC(2026, 0, 1)
    expect(
      [now, now + 5_000, now - 119_000, now + 150_000, now + 90 * 60_000, now - 3 * 86_400_000, undefined, Infinity].map(at => fromNow(at, now)),
    ).to.deep.equal(['now', 'in 5 s', '119 s ago', 'in 3 min', 'in 90 min', '3 d ago', '-', '-'])
  })
})
