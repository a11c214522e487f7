import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { AnthropicOptions } from '../../../../providers/anthropic-compatible/options.ts'
import { RULES } from '../../../../providers/anthropic-compatible/preflight/rules.ts'

const page = readFileSync(new URL('../../../../docs/anthropic-compatible.md', import.meta.url), 'utf8')

describe('docs/anthropic-compatible.md', () => {
  it('names every rule and no other', () => {
    const table = page.slice(page.indexOf('| Rule |'), page.indexOf('## Models and tokens'))
    const named = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, rule]) => rule))
    expect(named).to.have.members(Object.keys(RULES))
  })

  it('names every option', () => {
    for (const option of Object.keys(AnthropicOptions.properties)) expect(page, option).to.contain(`\`${option}\``)
  })
})
