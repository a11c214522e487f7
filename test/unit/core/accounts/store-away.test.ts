import { expect } from 'chai'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { openStore } from '../../../../core/store/open.ts'
import type { Store } from '../../../../core/store/store.ts'
import { HOUR, makeCall, makeWorld, MINUTE, rejection, succeed, type World } from '../../../support/accounts.ts'

describe('a store that is away while a token must be renewed', () => {
  let world: World
  let away: boolean
  let id: string
  beforeEach(async () => {
    const store = await openStore({ dataDir: ':memory:' })
    away = false
    const gone = () => Promise.reject(new GatewayError('store_unavailable', 'the database is away'))
    const failing: Store = {
      ...{ database: store.database, close: store.close.bind(store) },
      write: work => (away ? gone() : store.write(work)),
      writeDurably: work => (away ? gone() : store.writeDurably(work)),
    }
    world = await makeWorld({ store: failing })
    id = await world.addSecret({ access: 'access-of-a-0', refresh: 'a-0', expiresAt: world.clock.now() + HOUR })
  })
  afterEach(() => world.close())

  it('makes no account ill: requests are refused meanwhile, and are served a second after it is back', async () => {
    const lease = await world.pool.lease(makeCall())
    away = true
    await world.clock.pass(HOUR)
    for (let turn = 0; turn < 3; turn++) {
      const refused = await rejection(world.pool.lease(makeCall()))
      expect(refused.code).to.equal('no_account')
      expect(refused.message).to.contain('the database is away')
      expect((await rejection(world.pool.renew(lease))).code).to.equal('store_unavailable')
      await world.clock.pass(10 * MINUTE)
    }
    expect(world.states, 'nobody was told of anything').to.deep.equal([])
    expect(world.provider.presented, 'no token is spent that could not be kept').to.deep.equal([])
    away = false
    await world.clock.pass(1_000)
    succeed(await world.pool.lease(makeCall()))
    expect(world.provider.presented).to.deep.equal(['a-0'])
    await world.pool.close()
    const { state, lastFault } = await world.directory.show(id)
    expect([state.status, state.reason, lastFault]).to.deep.equal(['active', undefined, undefined])
    expect((await world.directory.history(id)).map(({ kind }) => kind)).to.deep.equal(['added', 'refreshed'])
  })
})
