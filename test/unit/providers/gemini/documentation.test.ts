import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { LOSS_RULES } from '../../../../providers/gemini/losses.ts'

describe('docs/gemini.md', () => {
  it('names everything that a request can lose, in the same words', () => {
    const page = readFileSync(new URL('../../../../docs/gemini.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, name = '', text = '']) => [name, text] as const)
    for (const [name, text] of Object.entries(LOSS_RULES)) expect(rows.find(([found]) => found === name)?.[1]).to.equal(text)
  })
})
