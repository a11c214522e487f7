import { expect } from 'chai'
import { readOptions } from '../../bench/options.ts'

describe("the benchmark's options", () => {
  it('take five rounds of every target unless told otherwise', () => {
    expect(readOptions([])).to.include({ rounds: 5, small: false }).and.to.have.deep.property('mode', { kind: 'scenarios' })
    expect(readOptions(['--rounds', '7', '--warm-up', '2', '--scenario', 'burst,seq'])).to.deep.include({ rounds: 7, warmUpMs: 2000, names: ['burst', 'seq'] })
  })

  it('choose one kind of run', () => {
    expect(readOptions(['--memory', '--minutes', '60']).mode).to.deep.equal({ kind: 'memory', soakMinutes: 60 })
    expect(readOptions(['--compare', 'HEAD~1']).mode).to.deep.equal({ kind: 'compare', revision: 'HEAD~1' })
    expect(() => readOptions(['--memory', '--curves'])).to.throw(/one of them/)
  })

  it('name what there is when something is not', () => {
    expect(() => readOptions(['--target', 'ceiling'])).to.throw(/floor, gateway, direct/)
    expect(() => readOptions(['--rounds', '0'])).to.throw(/--rounds/)
    expect(() => readOptions(['--fast'])).to.throw(/--fast/)
  })
})
