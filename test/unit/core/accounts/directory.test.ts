import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Provider } from '../../../../core/contract/provider.ts'
import { AccountSources } from '../../../../core/accounts/sources.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { RevisionWatch } from '../../../../core/store/revision.ts'
import { fail, type FakeSecret, HOUR, makeCall, makeWorld, MINUTE, rejection, silent, succeed, type World } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

describe('the account directory', () => {
  const folders = temporaryFolders()
  let dataDir: string
  let world: World
  const more: World[] = []

  /** Another process's view of the same store. */
  const beside = async () => {
    const other = await makeWorld({ dataDir, clock: world.clock })
    more.push(other)
    return other
  }

  beforeEach(async () => {
    dataDir = folders.make()
    world = await makeWorld({ dataDir })
  })
  afterEach(async () => {
    for (const each of [world, ...more.splice(0)]) await each.close()
  })

  const secret = (name: string): FakeSecret => ({ access: `access-of-${name}`, refresh: `${name}-0`, expiresAt: world.clock.now() + HOUR })

  it('adds an account once, however often it is imported and however it is written down', async () => {
    const first = await world.directory.add('fake', { label: 'a', credential: secret('a') }, 'store')
    const again = await world.directory.add('fake', { label: 'other label', credential: Object.fromEntries(Object.entries(secret('a')).reverse()) }, 'store')
    const older = await world.directory.add('fake', { label: 'a', credential: { ...secret('a'), access: 'older' } }, 'store')
    expect([first.added, again.added, older.added]).to.deep.equal([true, false, false])
    expect(new Set([first.id, again.id, older.id]).size).to.equal(1)
    expect(await world.directory.list()).to.have.length(1)
  })

  it('shows accounts without their secrets', async () => {
    const [a] = await world.add('a')
    const shown = await world.directory.show(a as string)
    expect(shown).to.deep.equal({
      id: a,
      provider: 'fake',
      label: 'a',
      origin: 'store',
      facts: {},
      attached: true,
      state: { status: 'active', since: world.clock.now(), failures: 0 },
      generation: 0,
      expiresAt: world.clock.now() + HOUR,
      // A quarter of an hour ahead, less the middle of what each process takes off by chance.
      refreshesAt: world.clock.now() + HOUR - 13.5 * MINUTE,
      usage: { requests: 0, successes: 0, failures: 0 },
      inFlight: 0,
    })
    expect(JSON.stringify(await world.directory.list())).to.not.contain('access-of-a')
    expect((await world.directory.reveal(a as string)).credential).to.deep.include({ refresh: 'a-0' })
  })

  it('disables and enables, over restarts, and a running server follows within a second', async () => {
    const [a] = await world.add('a')
    const server = await beside()
    const watch = new RevisionWatch({ store: server.store, clock: world.clock, log: silent })
    watch.onChange(since => server.pool.reload(since))
    await watch.start()
    await world.directory.disable(a as string)
    await world.clock.pass(1_000)
    expect((await rejection(server.pool.lease(makeCall()))).code).to.equal('no_account')
    expect((await world.directory.show(a as string)).state).to.include({ status: 'disabled', reason: 'by-operator' })
    expect(server.states.at(-1)?.to.status).to.equal('disabled')
    await world.directory.enable(a as string)
    await world.clock.pass(1_000)
    succeed(await server.pool.lease(makeCall()))
    const added = await world.add('b')
    await world.clock.pass(1_000)
    expect(server.pool.counts.total).to.equal(2)
    await world.directory.remove(added[0] as string)
    await world.clock.pass(1_000)
    expect(server.pool.counts.total).to.equal(1)
    await watch.close()
  })

  it("is not undone by what a running server notes of an account's health", async () => {
    const [a] = await world.add('a')
    const server = await beside()
    fail(await server.pool.lease(makeCall()), new GatewayError('account_suspended', 'x'))
    await world.directory.disable(a as string)
    await world.directory.restore(a as string)
    await world.clock.pass(2_000)
    await server.pool.close()
    expect((await world.directory.show(a as string)).state.status).to.equal('disabled')
    expect((await world.directory.enable(a as string)).state.status).to.equal('active')
  })

  it('keeps cooldowns over a restart, and no longer than they may last', async () => {
    const [a] = await world.add('a')
    fail(await world.pool.lease(makeCall()), new GatewayError('account_rate_limited', 'x', { retryAfterMs: 10 * MINUTE }))
    await world.pool.close()
    world.clock.advance(4 * MINUTE)
    const server = await beside()
    expect((await rejection(server.pool.lease(makeCall()))).retryAfterMs).to.equal(6 * MINUTE)
    world.clock.setWall(world.clock.now() - 400 * 24 * HOUR)
    const later = await beside()
    expect((await rejection(later.pool.lease(makeCall()))).retryAfterMs).to.be.at.most(24 * HOUR)
    expect((await world.directory.show(a as string)).state.status).to.equal('cooldown')
  })

  it('removes an account with its secret, and says so of one that is not there', async () => {
    const [a] = await world.add('a')
    await world.directory.remove(a as string)
    expect(await world.directory.list()).to.deep.equal([])
    expect(await world.store.database.selectFrom('account_tokens').selectAll().execute()).to.deep.equal([])
    for (const act of ['show', 'enable', 'disable', 'restore', 'remove', 'reveal'] as const) {
      expect((await rejection(world.directory[act](a as string) as Promise<unknown>)).code, act).to.equal('not_found')
    }
    expect((await world.directory.add('fake', { label: 'a', credential: secret('a') }, 'store')).added).to.equal(true)
  })

  it('writes no secret in clear into any file', async () => {
    await world.add('a')
    succeed(await world.pool.renew(await world.pool.lease(makeCall())))
    const tenant = world.vault.fingerprint('tenant', 'placeholder-of-caller')
    world.provider.importer = {
      parse: text =>
        Promise.resolve({
          accounts: [{ label: 'x', credential: { access: 'access-of-caller', refresh: (JSON.parse(text) as { refreshToken: string }).refreshToken } }],
          rejected: [],
        }),
    }
    await world.pool.welcome({ tenant, keyId: 'key' }, 'placeholder-of-caller')
    for (const file of readdirSync(dataDir)) {
      const bytes = readFileSync(join(dataDir, file))
      for (const text of ['access-of-a', 'a-0"', 'a-1"', 'placeholder-of-caller', '11'.repeat(32)])
        expect(bytes.includes(text), `${text} in ${file}`).to.equal(false)
    }
  })

  it('shows a row that was tampered with as unreadable and serves from the others', async () => {
    const [a, b] = await world.add('a', 'b')
    const rows = await world.store.database.selectFrom('account_tokens').select(['account_id', 'secret']).execute()
    const secretOf = (id: string | undefined) => rows.find(row => row.account_id === id)?.secret ?? ''
    await world.store.write(transaction =>
      transaction
        .updateTable('account_tokens')
        .set({ secret: secretOf(b) })
        .where('account_id', '=', a as string)
        .execute(),
    )
    const server = await beside()
    expect(server.pool.counts.total).to.equal(1)
    expect(server.pool.problems().join())
      .to.contain(a as string)
      .and.not.contain(b as string)
    expect((await server.pool.lease(makeCall())).account.id).to.equal(b)
  })
})

describe('accounts from files and environment', () => {
  let world: World
  let sources: AccountSources
  const FILE = 'file:/placeholder/creds.json' as const

  beforeEach(async () => {
    world = await makeWorld()
    sources = new AccountSources({ store: world.store, vault: world.vault, tokens: new TokenStore(world), clock: world.clock, log: silent })
  })
  afterEach(() => world.close())

  const named = (name: string, number = 0) => ({
    label: name,
    credential: { access: `x${number}`, refresh: `${name}-${number}`, expiresAt: world.clock.now() + HOUR },
  })
  const start = async (accounts: readonly ReturnType<typeof named>[] | undefined, origin: typeof FILE | 'env' = FILE) => {
    const report = await sources.reconcile([{ origin, provider: world.provider as unknown as Provider, accounts }])
    await world.pool.reload(0)
    return report
  }
  const current = async () =>
    Promise.all(
      (await world.directory.list()).map(async ({ id, attached }) => ({ attached, ...((await world.directory.reveal(id)).credential as FakeSecret) })),
    )

  it('keep what the store rotated until the source itself changes', async () => {
    const original = named('a')
    expect(await start([original])).to.include({ added: 1 })
    succeed(await world.pool.renew(await world.pool.lease(makeCall())))
    expect(await start([original])).to.include({ added: 0, kept: 1, replaced: 0 })
    expect((await current()).map(each => each.refresh)).to.deep.equal(['a-1'])
    expect(await start([named('a', 7)])).to.include({ replaced: 1 })
    expect((await current()).map(each => each.refresh)).to.deep.equal(['a-7'])
    expect((await world.directory.list())[0]?.generation).to.equal(2)
    expect(((await world.pool.lease(makeCall())).account.credential as FakeSecret).refresh).to.equal('a-7')
  })

  it('are kept but not used once their source is gone, and come back with it', async () => {
    const both = [named('a'), named('b')]
    await start(both)
    expect(await start([named('a')])).to.include({ detached: 0, kept: 1 })
    expect(world.pool.counts.total).to.equal(1)
    expect(await current()).to.have.length(2)
    await sources.reconcile([])
    await world.pool.reload(0)
    expect(world.pool.counts.total).to.equal(0)
    await start(both)
    expect(world.pool.counts.total).to.equal(2)
  })

  it('stay in use when their source cannot be read this time', async () => {
    await start([named('a')])
    await start(undefined)
    expect(world.pool.counts.total).to.equal(1)
  })

  it('are one account each, named twice or in two places', async () => {
    await start([named('a'), named('a')])
    await start([named('a')], 'env')
    expect(await current()).to.have.length(1)
    await world.add('by-hand')
    await sources.reconcile([])
    await world.pool.reload(0)
    expect(world.pool.counts.total).to.equal(1)
  })

  it('stay disabled when the operator disabled them, whatever the source says', async () => {
    await start([named('a')])
    const [account] = await world.directory.list()
    await world.directory.disable(account?.id as string)
    await start([named('a', 3)])
    expect((await world.directory.list()).map(each => each.state.status)).to.deep.equal(['disabled'])
  })

  it('come to life again when a new credential replaces a dead one', async () => {
    await start([named('a')])
    world.provider.renewal = () => Promise.reject(new GatewayError('needs_login', 'x'))
    await rejection(world.pool.renew(await world.pool.lease(makeCall())))
    expect(world.pool.counts.usable).to.equal(0)
    await start([named('a', 5)])
    succeed(await world.pool.lease(makeCall()))
  })
})
