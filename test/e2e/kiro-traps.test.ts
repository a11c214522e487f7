import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

const ROOT = new URL('../../', import.meta.url)
const TRAPS = 62

const page = readFileSync(new URL('docs/kiro-traps.md', ROOT), 'utf8')
const rows = [...page.matchAll(/^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, number, trap, file, test]) => ({
  number: Number(number),
  trap,
  file,
  test: test ?? '',
}))
const sources = readdirSync(new URL('test/e2e/', ROOT))
  .filter(name => /^kiro-traps-.+\.test\.ts$/.test(name))
  .map(name => readFileSync(new URL(`test/e2e/${name}`, ROOT), 'utf8'))
/** Names of tests without what a loop adds at their end. */
const names = sources.flatMap(text => [...text.matchAll(/\bit\((['"`])(trap \d\d: .+?)(?: \(\$\{.+)?\1, /g)].map(match => match[2] ?? ''))

describe('the table of the Kiro traps', () => {
  it('has each trap once, in order', () => {
    expect(rows.map(row => row.number)).to.deep.equal(Array.from({ length: TRAPS }, (_, index) => index + 1))
  })

  it('names files that exist', () => {
    for (const { number, file } of rows) {
      if (file === '–') continue
      const path = /^`(.+)`$/.exec(file ?? '')?.[1] ?? ''
      expect(existsSync(new URL(path, ROOT)), `trap ${number}: ${file}`).to.equal(true)
    }
  })

  it('names tests that exist, each of its own trap, or says why there is none', () => {
    for (const { number, test } of rows) {
      if (test === 'none: see below') expect(page, `trap ${number}`).to.match(new RegExp(`^\\*\\*${number}\\.\\*\\* \\S`, 'm'))
      else {
        expect(test).to.match(new RegExp(`^trap ${String(number).padStart(2, '0')}: `))
        expect(names).to.include(test)
      }
    }
  })

  it('leaves out no trap that has a test', () => {
    const listed = new Set(rows.filter(row => row.test.startsWith('trap')).map(row => row.number))
    expect([...new Set(names.map(name => Number(name.slice(5, 7))))].filter(number => !listed.has(number))).to.deep.equal([])
  })
})
