import { expect } from 'chai'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, type FakeSecret, HOUR, makeCall, makeWorld, rejection, succeed, type World } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

const DAY = 24 * HOUR

describe('callers with an account of their own', () => {
  const folders = temporaryFolders()
  let dataDir: string
  let world: World

  const give = (target: World) => {
    target.provider.importer = {
      parse(text) {
        const { refreshToken } = JSON.parse(text) as { refreshToken: string }
        if (!refreshToken.includes('-')) return Promise.reject(new GatewayError('bad_request', 'not a refresh token'))
        return Promise.resolve({ accounts: [{ label: 'x', credential: { access: 'none', refresh: refreshToken } }], rejected: [] })
      },
    }
    return target
  }
  const tenantOf = (token: string) => world.vault.fingerprint('tenant', token)
  const call = async (token: string, target = world) => {
    const tenant = tenantOf(token)
    await target.pool.welcome({ tenant, keyId: 'key' }, token)
    return target.pool.lease(makeCall({ tenant }))
  }
  const rows = async () => (await world.store.database.selectFrom('accounts').select('id').where('origin', '=', 'caller').execute()).length

  beforeEach(async () => {
    dataDir = folders.make()
    world = give(await makeWorld({ dataDir }))
  })
  afterEach(() => world.close())

  it('are served by it alone, and nobody else is', async () => {
    const [shared] = await world.add('shared')
    const [mine, yours] = [await call('mine-0'), await call('yours-0')]
    expect((mine.account.credential as FakeSecret).refresh).to.equal('mine-1')
    expect((yours.account.credential as FakeSecret).refresh).to.equal('yours-1')
    expect(mine.account.owner).to.equal(tenantOf('mine-0'))
    for (let turn = 0; turn < 4; turn++) expect((await world.pool.lease(makeCall())).account.id).to.equal(shared)
    expect(world.pool.counts.total).to.equal(1)
    expect(world.pool.accountsOf({ keyId: 'key' }).map(account => account.id)).to.deep.equal([shared])
    expect(world.pool.accountsOf({ keyId: 'key', tenant: tenantOf('mine-0') })).to.have.length(1)
  })

  it('never fall back on the shared accounts', async () => {
    await world.add('shared')
    fail(await call('mine-0'), new GatewayError('account_rate_limited', 'x', { retryAfterMs: 60_000 }))
    const refused = await rejection(call('mine-0'))
    expect([refused.code, refused.retryAfterMs]).to.deep.equal(['all_cooling', 60_000])
    world.clock.advance(60_000)
    succeed(await call('mine-0'))
    expect((await rejection(world.pool.lease(makeCall({ tenant: 'never welcomed' })))).code).to.equal('no_account')
  })

  for (const [met, code] of [
    ['not_entitled', 'no_account'],
    ['account_suspended', 'no_account'],
    ['account_suspicious', 'all_cooling'],
    ['quota_exhausted', 'all_exhausted'],
    ['model_not_offered', 'model_not_found'],
  ] as const) {
    it(`are told ${code} once their account has met ${met}`, async () => {
      fail(await call('mine-0'), new GatewayError(met, 'x'))
      expect((await rejection(call('mine-0'))).code).to.equal(code)
    })
  }

  it('keep what their token rotated to, over a restart, while they send the one they know', async () => {
    succeed(await call('mine-0'))
    await world.pool.close()
    const next = give(await makeWorld({ dataDir, clock: world.clock }))
    expect(((await call('mine-0', next)).account.credential as FakeSecret).refresh).to.equal('mine-1')
    expect(next.provider.presented).to.deep.equal([])
    await next.close()
  })

  it('are one account however many requests come first together', async () => {
    await Promise.all(Array.from({ length: 20 }, () => call('mine-0')))
    expect(world.provider.presented).to.deep.equal(['mine-0'])
    expect(await rows()).to.equal(1)
  })

  it('begin anew from the token they send when what it rotated to is dead, four times an hour at most', async () => {
    succeed(await call('mine-0'))
    world.provider.renewal = secret =>
      secret.refresh === 'mine-0'
        ? Promise.resolve({ ...world.provider.next(secret), refresh: 'mine-9' })
        : Promise.reject(new GatewayError('needs_login', 'x'))
    expect((await rejection(world.pool.renew(await call('mine-0')))).code).to.equal('needs_login')
    for (let turn = 0; turn < 5; turn++) expect((await rejection(call('mine-0'))).code).to.equal('no_account')
    world.clock.advance(900_001)
    expect(((await call('mine-0')).account.credential as FakeSecret).refresh).to.equal('mine-9')
    expect(world.provider.presented).to.deep.equal(['mine-0', 'mine-1', 'mine-0'])
  })

  it('are told when their token is none', async () => {
    expect((await rejection(call('nonsense'))).code).to.equal('bad_request')
    expect(await rows()).to.equal(0)
  })

  it('are held in memory a hundred at a time, and read again when they come back', async () => {
    for (let turn = 0; turn < 101; turn++) succeed(await call(`caller${turn}-0`))
    expect((await rejection(world.pool.lease(makeCall({ tenant: tenantOf('caller0-0') })))).code).to.equal('no_account')
    expect(((await call('caller0-0')).account.credential as FakeSecret).refresh).to.equal('caller0-1')
  })

  it('are forgotten after thirty days of silence, but not while they keep coming', async () => {
    await call('gone-0')
    await call('loyal-0')
    for (let day = 0; day < 31; day++) {
      world.clock.advance(DAY + 1)
      await world.pool.welcome({ tenant: tenantOf('loyal-0'), keyId: 'key' }, 'loyal-0')
    }
    await call('new-0')
    expect(await rows()).to.equal(2)
  })

  describe('when there are too many', () => {
    const arrive = (name: string, keyId: string) => world.pool.welcome({ tenant: tenantOf(`${name}-0`), keyId }, `${name}-0`)
    const crowd = async (count: number, keyId: string) => {
      for (let turn = 0; turn < count; turn++) await arrive(`${keyId}${turn}`, keyId)
    }
    const isKept = async (name: string) =>
      (
        await world.store.database
          .selectFrom('accounts')
          .select('id')
          .where('owner', '=', tenantOf(`${name}-0`))
          .execute()
      ).length === 1

    beforeEach(async () => {
      world = give(await makeWorld({ callerCapacity: 12 }))
    })

    it('may all be of one key', async () => {
      await crowd(12, 'shared')
      expect(await rows()).to.equal(12)
      expect(await isKept('shared0')).to.equal(true)
    })

    it('lose those of the key with most of them, never those of another', async () => {
      await arrive('neighbour', 'other-key')
      await crowd(15, 'greedy')
      expect(await rows()).to.equal(12)
      expect(await isKept('neighbour')).to.equal(true)
      expect([await isKept('greedy3'), await isKept('greedy4'), await isKept('greedy14')]).to.deep.equal([false, true, true])
      await arrive('new', 'third-key')
      expect([await rows(), await isKept('new'), await isKept('greedy4')]).to.deep.equal([12, true, false])
    })

    it('lose first what never rotated: a rotated token is nowhere else', async () => {
      succeed(await call('rotated-0'))
      world.clock.advance(1_000)
      await crowd(12, 'key')
      expect([await isKept('rotated'), await isKept('key0'), await isKept('key1')]).to.deep.equal([true, false, true])
      world.provider.presented.length = 0
      expect(((await call('rotated-0')).account.credential as FakeSecret).refresh).to.equal('rotated-1')
      expect(world.provider.presented).to.deep.equal([])
    })

    it('lose those who are not just arriving before those who are', async () => {
      await crowd(11, 'early')
      await world.store.database.updateTable('accounts').set({ admitted_by: 'key' }).execute()
      world.clock.advance(120_000)
      await arrive('arriving', 'key')
      await arrive('early10', 'early')
      await arrive('late', 'key')
      expect([await isKept('arriving'), await isKept('late'), await isKept('early0')]).to.deep.equal([true, true, false])
    })

    it('lose rotated ones as well where there is nothing else, those not seen for longest first', async () => {
      for (const name of ['first', 'second']) {
        succeed(await call(`${name}-0`))
        world.clock.advance(1_000)
      }
      await crowd(10, 'key')
      await world.store.database.updateTable('account_tokens').set({ generation: 1 }).execute()
      await arrive('late', 'key')
      expect([await isKept('first'), await isKept('second'), await isKept('late')]).to.deep.equal([false, true, true])
    })
  })
})
