import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { BODY_RULES, DRAFT_RULES } from '../../../../../providers/kiro/preflight/rules.ts'

describe('the documentation of the pre-flight rules', () => {
  it('lists the rules of the code, each once and in their order', () => {
    const page = readFileSync(new URL('../../../../../docs/preflight.md', import.meta.url), 'utf8')
    const documented = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name)
    expect(documented).to.deep.equal([...new Set([...DRAFT_RULES, ...BODY_RULES].map(rule => rule.name))])
  })

  it('gives every rule one line in the code', () => {
    for (const { name, doc } of [...DRAFT_RULES, ...BODY_RULES]) expect(doc, name).to.match(/^[^\n]{10,140}$/)
  })
})
