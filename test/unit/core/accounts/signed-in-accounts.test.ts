import { expect } from 'chai'
import { SignedInAccounts } from '../../../../core/accounts/signed-in-accounts.ts'
import { AccountSources } from '../../../../core/accounts/sources.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import type { ImportedAccount } from '../../../../core/contract/account.ts'
import type { Provider } from '../../../../core/contract/provider.ts'
import type { SignIn } from '../../../../core/contract/sign-in.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, FakeProvider, type FakeSecret, HOUR, makeCall, makeWorld, rejection, silent, type World } from '../../../support/accounts.ts'

/** A provider whose accounts tell by a fact who is behind them. */
class SignInProvider extends FakeProvider {
  readonly signIn: SignIn<FakeSecret> = {
    methods: [],
    begin: () => Promise.reject(new Error('nobody signs in here')),
    persons: ({ facts = {} }) => (facts.person === undefined ? [] : [facts.person]),
  }

  override identity({ refresh }: FakeSecret): string {
    return refresh
  }
}

describe('accounts that people sign in to', () => {
  let world: World
  let accounts: SignedInAccounts

  beforeEach(async () => {
    world = await makeWorld({ providers: clock => [new SignInProvider(clock)] })
    accounts = new SignedInAccounts(world)
  })
  afterEach(() => world.close())

  const provider = () => world.provider as unknown as Provider
  const secret = (name: string): FakeSecret => ({ access: `access-of-${name}`, refresh: `${name}-0`, expiresAt: world.clock.now() + HOUR })
  const imported = (name: string, person: string | undefined, more: Partial<ImportedAccount> = {}): ImportedAccount => ({
    label: name,
    credential: secret(name),
    ...more,
    facts: { ...(person !== undefined && { person }), ...more.facts },
  })
  const keep = async (name: string, person: string | undefined, more: { readonly label?: string; readonly facts?: Record<string, string> } = {}) => {
    const { label, facts } = more
    const kept = await accounts.keep({
      provider: provider(),
      imported: imported(name, person, { ...(facts && { facts }) }),
      ...(label !== undefined && { label }),
    })
    await world.pool.reload(0)
    return kept
  }

  it('are added with the label that they came with, or the one that was asked for', async () => {
    const first = await keep('one', 'mia')
    const second = await keep('two', 'ben', { label: 'of ben' })
    expect([first.added, second.added]).to.deep.equal([true, true])
    expect((await world.directory.list()).map(({ label, origin, attached }) => [label, origin, attached])).to.have.deep.members([
      ['one', 'store', true],
      ['of ben', 'store', true],
    ])
  })

  it('are the same account for the same person, with a new generation of the credential and a clean state', async () => {
    const { id } = await keep('one', 'mia', { facts: { machineId: 'first', profile: 'old' } })
    const lease = await world.pool.lease(makeCall())
    fail(lease, new GatewayError('account_suspended', 'suspended'))
    expect((await rejection(world.pool.lease(makeCall()))).code).not.to.equal('internal')

    expect(await keep('two', 'mia', { facts: { machineId: 'second', profile: 'new' } })).to.deep.equal({ id, added: false })
    const shown = await world.directory.show(id)
    expect([shown.state.status, shown.generation, shown.label]).to.deep.equal(['active', 1, 'one'])
    expect(shown.facts).to.deep.equal({ person: 'mia', machineId: 'first', profile: 'new' })
    expect((await world.directory.reveal(id)).credential).to.deep.include({ refresh: 'two-0' })
    expect((await world.pool.lease(makeCall())).account).to.include({ id, generation: 1 })
  })

  it('are renamed only on demand', async () => {
    const { id } = await keep('one', 'mia', { label: 'mine' })
    await keep('two', 'mia')
    expect((await world.directory.show(id)).label).to.equal('mine')
    await keep('three', 'mia', { label: 'still mine' })
    expect((await world.directory.show(id)).label).to.equal('still mine')
  })

  it('are not taken for each other when nobody tells who they are', async () => {
    expect((await keep('one', undefined)).added).to.equal(true)
    expect((await keep('two', undefined)).added).to.equal(true)
    expect((await keep('one', undefined)).added, 'the same secret').to.equal(false)
  })

  it('stay out of use where an operator disabled them', async () => {
    const { id } = await keep('one', 'mia')
    await world.directory.disable(id)
    await keep('two', 'mia')
    expect((await world.directory.show(id)).state.status).to.equal('disabled')
  })

  it('leave alone what clients bring along, even of the same person', async () => {
    world.provider.importer = { parse: text => Promise.resolve({ accounts: [{ ...imported(text, 'mia'), credential: secret('brought') }], rejected: [] }) }
    await world.pool.welcome({ tenant: 'tenant', keyId: 'key' }, 'brought-0')
    const { account } = await world.pool.lease(makeCall({ tenant: 'tenant' }))
    expect([account.owner, account.facts.person]).to.deep.equal(['tenant', 'mia'])
    expect((await keep('one', 'mia')).added).to.equal(true)
    expect((await world.pool.lease(makeCall({ tenant: 'tenant' }))).account.credential).to.deep.equal(account.credential)
  })

  it('take over an account of a file, whose old credential then brings no second one and ends nothing', async () => {
    const { store, vault, clock } = world
    const sources = new AccountSources({ store, vault, tokens: new TokenStore({ store, vault, clock }), clock, log: silent })
    const source = { origin: 'file:/credentials.json', provider: provider(), accounts: [imported('old', 'mia')] } as const
    await sources.reconcile([source])
    const [fromFile] = await world.directory.list()
    expect(await keep('new', 'mia')).to.deep.equal({ id: fromFile?.id, added: false })
    for (const next of [[source], []]) {
      await sources.reconcile(next)
      const shown = await world.directory.list()
      expect(shown.map(({ id, origin, attached, generation }) => [id, origin, attached, generation])).to.deep.equal([[fromFile?.id, 'store', true, 1]])
    }
  })
})
