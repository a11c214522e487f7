import { expect } from 'chai'
import { allowsModel } from '../../../../core/routing/model-restriction.ts'

describe('a restriction to models', () => {
  it('allows what any of its patterns covers as a whole, by any name of the model', () => {
    const settings = { models: ['claude-*-4.5', 'gpt-4o'] }
    expect(allowsModel(settings, 'claude-sonnet-4.5')).to.equal(true)
    expect(allowsModel(settings, 'claude-sonnet-4x5')).to.equal(false)
    expect(allowsModel(settings, 'gpt-4o-mini')).to.equal(false)
    expect(allowsModel(settings, 'my-gpt-4o')).to.equal(false)
    expect(allowsModel(settings, 'an alias', 'gpt-4o')).to.equal(true)
  })

  it('allows everything where there is none, and nothing where it is empty', () => {
    expect(allowsModel({}, 'anything')).to.equal(true)
    expect(allowsModel({ models: [] }, 'anything')).to.equal(false)
    expect(allowsModel({ models: ['*'] }, 'vendor/anything:1')).to.equal(true)
  })
})
