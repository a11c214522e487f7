import { expect } from 'chai'
import { poolRules } from '../../../../core/accounts/pool-rules.ts'
import { StrategySetting } from '../../../../core/accounts/strategy-setting.ts'
import { RevisionWatch } from '../../../../core/store/revision.ts'
import { makeCall, silent, succeed, type World } from '../../../support/accounts.ts'
import { worldWith } from '../../../support/choosing.ts'

describe('a strategy that is set while the gateway runs', () => {
  let world: World
  let setting: StrategySetting
  beforeEach(async () => {
    world = await worldWith({ strategy: 'round-robin' })
    setting = new StrategySetting(world.store)
    await world.add('a', 'b', 'c')
  })
  afterEach(() => world.close())

  const strategy = () => world.pool.explain({ model: 'model-a', principal: { keyId: 'key' } }).candidates[0]?.strategy

  it('is followed within a second by whoever uses the store, until it is reset', async () => {
    const watch = new RevisionWatch({ store: world.store, clock: world.clock, log: silent })
    await watch.start()
    await world.pool.open(watch)
    await setting.set('sequential')
    expect(strategy()).to.equal('round-robin')
    await world.clock.pass(1_000)
    expect(strategy()).to.equal('sequential')
    const labels = new Set<string>()
    for (let turn = 0; turn < 4; turn++) {
      const lease = await world.pool.lease(makeCall())
      labels.add(lease.account.label)
      succeed(lease)
    }
    expect(labels.size).to.equal(1)
    await setting.reset()
    await world.clock.pass(1_000)
    expect(strategy()).to.equal('round-robin')
    await watch.close()
  })

  it('for one provider goes before that for all, and the last word for all before both', async () => {
    await setting.set('random')
    await setting.set('least-used', 'fake')
    await setting.set('sequential', 'other')
    await world.pool.reload(0)
    expect(strategy()).to.equal('least-used')
    await setting.reset('fake')
    await world.pool.reload(0)
    expect(strategy()).to.equal('random')
    await setting.set('least-used', 'fake')
    await setting.set('score-based')
    await world.pool.reload(0)
    expect(strategy()).to.equal('score-based')
  })

  it('that this version does not know is passed over', async () => {
    await world.store.write(transaction => transaction.insertInto('meta').values({ key: 'strategy', value: 'by-the-stars' }).execute())
    await world.pool.reload(0)
    expect(strategy()).to.equal('round-robin')
  })
})

describe("a provider's rules", () => {
  it('have a pacing only where something is limited', () => {
    const rules = (options: unknown) => poolRules([{ name: 'any', options }]).get('any')
    expect(rules(undefined)).to.deep.equal({ strategy: 'round-robin', affinity: true })
    expect(rules({ strategy: 'least_used', affinity: false, pacing: { queue: 5 } })).to.deep.equal({ strategy: 'least-used', affinity: false })
    expect(rules({ pacing: { maxInFlight: 2, queueSeconds: 1.5 } })?.pacing).to.deep.equal({
      ...{ minIntervalMs: 0, requestsPerMinute: Infinity, maxInFlight: 2 },
      ...{ queue: 100, queueMs: 1_500 },
    })
  })
})
