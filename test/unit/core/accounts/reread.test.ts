import { expect } from 'chai'
import type { Provider } from '../../../../core/contract/provider.ts'
import { AccountSources } from '../../../../core/accounts/sources.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { type FakeSecret, HOUR, makeCall, makeWorld, MINUTE, rejection, silent, succeed, type World } from '../../../support/accounts.ts'

const FILE = 'file:/placeholder/creds.json' as const
const LOGIN = new GatewayError('needs_login', 'sign in again')

describe('the source of an account that was signed out', () => {
  let world: World
  let sources: AccountSources
  /** What the file says; undefined: it cannot be read. */
  let content: FakeSecret | undefined
  let looks: number

  const source = (credential: FakeSecret | undefined) => ({
    origin: FILE,
    provider: world.provider as unknown as Provider,
    accounts: credential && [{ label: 'a', credential }],
  })

  beforeEach(async () => {
    looks = 0
    world = await makeWorld({
      reread: async (_provider, origin) => {
        looks++
        if (origin === FILE) await sources.reread(source(content))
      },
    })
    sources = new AccountSources({ store: world.store, vault: world.vault, tokens: new TokenStore(world), clock: world.clock, log: silent })
    content = { access: 'first', refresh: 'a-0', expiresAt: world.clock.now() + HOUR }
    await sources.reconcile([source(content)])
    await world.pool.reload(0)
    world.provider.renewal = secret => (secret.refresh === 'a-0' ? Promise.reject(LOGIN) : Promise.resolve(world.provider.next(secret)))
  })
  afterEach(() => world.close())

  const lease = () => world.pool.lease(makeCall())
  const refresh = async () => ((await lease()).account.credential as FakeSecret).refresh
  const state = async () => {
    await world.pool.reload(0)
    return (await world.directory.list())[0]?.state
  }

  it('is read before the account is given up; a token that is still good is used as it is', async () => {
    content = { access: 'second', refresh: 'a-5', expiresAt: world.clock.now() + HOUR }
    const renewed = await world.pool.renew(await lease())
    expect(renewed.account).to.deep.include({ credential: content, generation: 1 })
    expect(world.provider.presented).to.deep.equal(['a-0'])
    expect((await state())?.status).to.equal('active')
  })

  it('may have a token that must be renewed itself', async () => {
    content = { access: 'old', refresh: 'a-5', expiresAt: world.clock.now() - HOUR }
    const renewed = await world.pool.renew(await lease())
    expect(renewed.account.generation).to.equal(2)
    expect(world.provider.presented).to.deep.equal(['a-0', 'a-5'])
    succeed(renewed)
    expect(await refresh()).to.equal('a-6')
  })

  it('says nothing new, or cannot be read: the account needs a new sign-in', async () => {
    for (const said of [content, undefined]) {
      content = said
      expect((await rejection(world.pool.renew(await lease()))).code).to.equal('needs_login')
      await world.directory.restore((await world.directory.list())[0]?.id ?? '')
    }
    expect(looks).to.equal(2)
    expect(world.provider.presented).to.deep.equal(['a-0', 'a-0'])
  })

  it('is looked at each minute from then on, and a new sign-in brings the account back', async () => {
    await rejection(world.pool.renew(await lease()))
    await world.clock.pass(3 * MINUTE)
    expect(looks).to.equal(4)
    content = { access: 'new', refresh: 'b-0', expiresAt: world.clock.now() + HOUR }
    await world.clock.pass(MINUTE)
    expect((await state())?.status).to.equal('active')
    expect(await refresh()).to.equal('b-0')
    await world.clock.pass(10 * MINUTE)
    expect(looks).to.equal(5)
    expect(world.provider.presented).to.deep.equal(['a-0'])
  })

  it('is not asked about accounts that were not read from it', async () => {
    const [fromFile] = await world.directory.list()
    await world.directory.disable(fromFile?.id ?? '')
    await world.addSecret({ access: 'x', refresh: 'h-0', expiresAt: world.clock.now() + HOUR }, { label: 'by hand' })
    world.provider.renewal = () => Promise.reject(LOGIN)
    await rejection(world.pool.renew(await lease()))
    looks = 0
    await world.clock.pass(10 * MINUTE)
    expect(looks).to.equal(0)
  })
})

describe('a renewal that is refused for now', () => {
  let world: World
  beforeEach(async () => {
    world = await makeWorld()
  })
  afterEach(() => world.close())

  it('is no rate limit of the account: it rests until the next try and blames no lane', async () => {
    await world.add('a')
    world.provider.renewal = () => Promise.reject(new GatewayError('account_rate_limited', 'slow down', { retryAfterMs: 30_000 }))
    const leased = await world.pool.lease(makeCall())
    const refused = await rejection(world.pool.renew(leased))
    expect(refused.code).to.equal('token_rejected')
    leased.failed(refused)
    leased.release()
    expect(world.states.map(({ to }) => [to.status, to.reason])).to.deep.equal([['unhealthy', 'renewal-failed']])
    world.provider.renewal = secret => Promise.resolve(world.provider.next(secret))
    await world.clock.pass(31_000)
    succeed(await world.pool.renew(await world.pool.lease(makeCall())))
    expect(world.states.at(-1)?.to.status).to.equal('active')
  })
})
