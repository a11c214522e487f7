import { expect } from 'chai'
import { AccountSources } from '../../../../core/accounts/sources.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import type { Provider } from '../../../../core/contract/provider.ts'
import { type FakeSecret, HOUR, makeCall, makeWorld, silent, succeed, type World } from '../../../support/accounts.ts'

const FILE = 'file:/placeholder/creds.json' as const

describe('a source that says what is known already', () => {
  let world: World
  let sources: AccountSources
  const source = (...secrets: readonly FakeSecret[]) => ({
    origin: FILE,
    provider: world.provider as unknown as Provider,
    accounts: secrets.map(credential => ({ label: credential.refresh, credential })),
  })
  const secret = (more: Partial<FakeSecret> = {}): FakeSecret => ({ access: 'x', refresh: 'a-0', expiresAt: world.clock.now() + HOUR, ...more })
  const accounts = () => world.directory.list()
  const rotate = async () => {
    await world.pool.reload(0)
    succeed(await world.pool.renew(await world.pool.lease(makeCall())))
  }

  beforeEach(async () => {
    world = await makeWorld()
    sources = new AccountSources({ store: world.store, vault: world.vault, tokens: new TokenStore(world), clock: world.clock, log: silent })
  })
  afterEach(() => world.close())

  it('in other words changes nothing, then or after the token has rotated', async () => {
    await sources.reconcile([source(secret())])
    const [before] = await accounts()
    const written = source(secret({ access: 'another', expiresAt: world.clock.now() }))
    expect(await sources.reread(written)).to.equal(false)
    expect(await sources.reconcile([written])).to.include({ kept: 1, replaced: 0, added: 0 })
    await rotate()
    expect(await sources.reconcile([written])).to.include({ kept: 1, replaced: 0, added: 0 })
    expect((await accounts()).map(({ id, generation }) => [id, generation])).to.deep.equal([[before?.id, 1]])
  })

  it('is no second account beside one that was added by hand, which stays when the source is gone', async () => {
    const id = await world.addSecret(secret())
    const written = source(secret({ access: 'as the file has it', expiresAt: world.clock.now() }))
    await sources.reconcile([written])
    await rotate()
    await sources.reconcile([written])
    await sources.reconcile([])
    expect((await accounts()).map(account => [account.id, account.origin, account.attached])).to.deep.equal([[id, 'store', true]])
  })

  it('has news when the access token lasts longer than ours', async () => {
    await sources.reconcile([source(secret())])
    expect(await sources.reread(source(secret({ access: 'longer', expiresAt: world.clock.now() + 2 * HOUR })))).to.equal(true)
    expect((await accounts())[0]?.generation).to.equal(1)
  })

  it('is recognised by what was written back to it', async () => {
    await sources.reconcile([source(secret())])
    await rotate()
    const [account] = await accounts()
    const { provider } = source()
    const token = await new TokenStore(world).read(account?.id ?? '')
    expect(await sources.isSource(account?.id ?? '', provider, secret())).to.equal(true)
    await sources.follow(account?.id ?? '', provider, token?.credential)
    expect(await sources.isSource(account?.id ?? '', provider, secret())).to.equal(false)
    expect(await sources.reconcile([{ ...source(), accounts: [{ label: 'renamed', credential: token?.credential }] }])).to.include({ kept: 1, replaced: 0 })
  })

  it('keeps accounts in use that it no longer names while the gateway runs, until the next start', async () => {
    await sources.reconcile([source(secret(), secret({ refresh: 'b-0' }))])
    await sources.reread(source(secret()))
    const inUse = async () => (await accounts()).filter(({ attached }) => attached).map(({ label }) => label)
    expect((await inUse()).toSorted()).to.deep.equal(['a-0', 'b-0'])
    await sources.reconcile([source(secret())])
    expect(await inUse()).to.deep.equal(['a-0'])
  })
})
