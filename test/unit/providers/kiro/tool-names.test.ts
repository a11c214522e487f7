import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { acceptedIdentifiers, mapToolNames } from '../../../../providers/kiro/tool-names.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8)

describe('tool names for Kiro', () => {
  it('leave accepted names alone, up to the last of 64 characters', () => {
    const names = mapToolNames(['read_file', '-x', 'y'.repeat(64)])
    for (const name of ['read_file', '-x', 'y'.repeat(64), 'never_given']) expect(names.upstream(name)).to.equal(name)
  })

  it('replace other characters and add a hash of the original', () => {
    const names = mapToolNames(['a.b/c d', ''])
    expect(names.upstream('a.b/c d')).to.equal(`a_b_c_d_${hash('a.b/c d')}`)
    expect(names.upstream('')).to.equal(`_${hash('')}`)
  })

  it('shorten long names to 55 characters and a hash', () => {
    const long = `mcp__${'very_'.repeat(20)}`
    expect(mapToolNames([long]).upstream(long)).to.equal(`${long.slice(0, 55)}_${hash(long)}`)
  })

  it('never take the place of a real name', () => {
    const real = `a_b_${hash('a.b')}`
    const names = mapToolNames(['a.b', real])
    expect(names.upstream(real)).to.equal(real)
    expect(names.upstream('a.b')).to.equal(`a_b_${hash('a.b\u00001')}`)
    expect(names.original(names.upstream('a.b'))).to.equal('a.b')
  })

  it('give back a name that was never sent as it is', () => {
    expect(mapToolNames(['a']).original('zzz')).to.equal('zzz')
  })

  it('are accepted, distinct and the same again for any names', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 90 }), fc.constantFrom('a.b', 'a/b', 'a b', '\ud800', '\udc00'))), names => {
        const mapped = acceptedIdentifiers(names)
        const values = [...mapped.values()]
        expect(mapped.size).to.equal(new Set(names).size)
        expect(new Set(values).size).to.equal(values.length)
        for (const value of values) expect(value).to.match(/^[A-Za-z0-9_-]{1,64}$/)
        expect([...acceptedIdentifiers(names)]).to.deep.equal([...mapped])
      }),
    )
  })
})
