import { expect } from 'chai'
import { banner } from '../../../../core/cli/banner.ts'
import { formatTable, harmless, jsonText } from '../../../../core/cli/output.ts'
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

  it('keeps its own lines and nothing else that moves the cursor', () => {
    expect(harmless('one\n\ttwo\r\u001b[31m\u202e\u2028\n')).to.equal('one\n two  [31m  \n')
    const label = 'a\u009b2J\u202e\u007f\n'
    expect(jsonText({ label })).to.match(/^\{\n {2}"label": "a\\u009b2J\\u202e\\u007f\\n"\n\}$/)
    expect(JSON.parse(jsonText({ label }))).to.deep.equal({ label })
  })

  it('names an address that a client can use where the server listens on all', () => {
    for (const host of ['0.0.0.0', '[::]']) {
      const text = banner({ version: '1', url: `http://${host}:8080`, sandboxed: false })
      expect(text).to.contain('ANTHROPIC_BASE_URL=http://127.0.0.1:8080').and.not.contain(host)
    }
    expect(banner({ version: '1', url: 'http://10.0.0.7:80', sandboxed: false })).to.contain('http://10.0.0.7:80')
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
