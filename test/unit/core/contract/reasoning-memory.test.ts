import { expect } from 'chai'
import { BoundedMap, ReasoningMemory } from '../../../../core/index.ts'

const ANN = { keyId: 'key-ann' }
const BOB = { keyId: 'key-bob' }

describe('the memory of reasoning', () => {
  it('gives one value to all calls that it led to', () => {
    const memory = new ReasoningMemory<readonly string[]>()
    const thoughts = ['Hm.']
    memory.remember(ANN, ['a', 'b'], thoughts)
    expect(memory.recall(ANN, 'a')).to.equal(thoughts)
    expect(memory.recall(ANN, 'b')).to.equal(thoughts)
  })

  it('tells nobody what another was answered, though they name the same call', () => {
    const memory = new ReasoningMemory<string>()
    memory.remember(ANN, ['a'], 'hers')
    memory.remember({ ...ANN, tenant: 't' }, ['a'], "her tenant's")
    expect(memory.recall(BOB, 'a')).to.equal(undefined)
    expect(memory.recall(ANN, 'a')).to.equal('hers')
    expect(memory.recall({ ...ANN, tenant: 't' }, 'a')).to.equal("her tenant's")
  })

  it('knows that there was none from not knowing', () => {
    const memory = new ReasoningMemory<readonly string[]>()
    memory.remember(ANN, ['a'], [])
    expect(memory.recall(ANN, 'a')).to.deep.equal([])
    expect(memory.recall(ANN, 'b')).to.equal(undefined)
  })

  it('forgets first what was unused the longest', () => {
    const map = new BoundedMap<string>(30)
    for (const key of ['a', 'b', 'c']) map.set(key, key, 9)
    expect(map.get('a')).to.equal('a')
    map.set('d', 'd', 9)
    expect(['a', 'b', 'c', 'd'].filter(key => map.get(key) !== undefined)).to.deep.equal(['a', 'c', 'd'])
    map.set('d', 'D', 3)
    expect(map.get('d')).to.equal('D')
    expect(map.size).to.equal(3)
    map.set('e', 'e', 31)
    expect(map.size).to.equal(0)
  })
})
