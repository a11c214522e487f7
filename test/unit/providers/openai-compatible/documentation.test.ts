import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { LOSSES } from '../../../../providers/openai-compatible/losses.ts'
import { PLAIN, type Quirks } from '../../../../providers/openai-compatible/quirks.ts'
import { type Vendor, VENDORS } from '../../../../providers/openai-compatible/vendors.ts'

const page = readFileSync(new URL('../../../../docs/openai-compatible.md', import.meta.url), 'utf8')
const section = (title: string) => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
const rows = (title: string) => [...section(title).matchAll(/^\| `([\w-]+)` \| (.*) \|$/gm)].map(([, name = '', rest = '']) => [name, ...rest.split(' | ')])

describe('the page of the OpenAI-compatible provider', () => {
  it('names every loss as the code does', () => {
    expect(rows('What clients of other APIs lose')).to.deep.equal(Object.entries(LOSSES).map(([name, means]) => [name, means]))
  })

  it('names every quirk with what holds of a plain upstream', () => {
    const plain = (value: Quirks[keyof Quirks]) => `\`${typeof value === 'object' ? JSON.stringify(value) : String(value)}\``
    expect(rows('Quirks').map(([name, value]) => [name, value])).to.deep.equal(Object.entries(PLAIN).map(([name, value]) => [name, plain(value)]))
  })

  it('says for each quirk which vendors differ', () => {
    const vendors: readonly (readonly [string, Vendor])[] = Object.entries(VENDORS)
    for (const [name = '', , , differs = ''] of rows('Quirks')) {
      const own = vendors.flatMap(([vendor, { quirks }]) => (quirks[name as keyof Quirks] === undefined ? [] : [vendor]))
      const told = vendors.flatMap(([vendor]) => (differs.includes(`\`${vendor}\``) || differs.includes('all other vendors') ? [vendor] : []))
      expect(told, name).to.deep.equal(own)
    }
  })

  it('names every vendor with its place and its key', () => {
    const vendors: readonly (readonly [string, Vendor])[] = Object.entries(VENDORS)
    expect(rows('Vendors')).to.deep.equal(
      vendors.map(([name, { baseUrl, apiKeyVariable }]) => [name, `\`${baseUrl}\``, apiKeyVariable === undefined ? 'no key' : `\`${apiKeyVariable}\``]),
    )
  })
})
