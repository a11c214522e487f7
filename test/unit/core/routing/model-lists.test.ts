import { expect } from 'chai'
import type { Account, ModelCard, Provider } from '../../../../core/index.ts'
import { Catalog } from '../../../../core/routing/catalog.ts'
import { ModelLists } from '../../../../core/routing/model-lists.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { fakeAccount } from '../../../support/fake-pool.ts'
import { answers, ScriptedProvider } from '../../../support/scripted-provider.ts'

const HOUR = 60 * 60 * 1000
const card = (id: string): ModelCard => ({ id, input: ['text'], features: [] })
const ANYBODY = { keyId: 'key' }

interface Listing {
  readonly provider: Provider
  readonly asked: string[]
  /** Reads under way, and the most there ever were. */
  open: number
  most: number
}

/** A provider whose lists come when they are let go, or at once. */
function listing(name: string, give: (account: Account) => readonly string[] | Promise<readonly string[]>, statics?: readonly string[]): Listing {
  const provider = new ScriptedProvider([answers('x')], name)
  const state: Listing = { provider, asked: [], open: 0, most: 0 }
  const models = async (account: Account) => {
    state.asked.push(account.id)
    state.most = Math.max(state.most, ++state.open)
    try {
      return (await give(account)).map(card)
    } finally {
      state.open--
    }
  }
  Object.assign(provider, { models })
  if (statics) Object.assign(provider, { catalog: { models: statics.map(card), resolve: (id: string) => (statics.includes(id) ? id : undefined) } })
  return state
}

function setUp(listings: readonly Listing[], given: readonly Account[]) {
  const clock = new FakeClock()
  const providers = new Map(listings.map(({ provider }) => [provider.name, provider]))
  const catalog = new Catalog({ providers, egress: { clientFor: () => ({}) as never }, clock, log: silentLogger })
  const world = { accounts: given, lastUsedAt: undefined as number | undefined }
  const lists = new ModelLists({
    ...{ catalog, providers, clock, random: () => 0 },
    accounts: {
      accountsOf: ({ tenant }) => world.accounts.filter(({ owner }) => owner === tenant),
      inUse: () => world.accounts,
      serving: name =>
        world.accounts.filter(({ provider, owner }) => provider === name && owner === undefined).map(account => ({ account, lastUsedAt: world.lastUsedAt })),
      ready: id => Promise.resolve(world.accounts.find(account => account.id === id) as Account),
    },
  })
  lists.follow()
  return { clock, catalog, lists, world }
}
const accounts = (provider: string, count: number) => Array.from({ length: count }, (_, index) => fakeAccount(provider, index + 1))
const never = () => new Promise<readonly string[]>(() => undefined)

describe('lists of models', () => {
  describe('for a request', () => {
    it('are not waited for where somebody is known to have the model', () => {
      const kiro = listing('kiro', () => ['big'], ['big'])
      const { lists } = setUp([kiro], accounts('kiro', 2))
      for (const name of ['big', 'kiro/big']) expect(lists.learn(name, ANYBODY)).to.equal(undefined)
      expect(kiro.asked).to.deep.equal([])
    })

    it('are not waited for where an account that came a moment ago is, by its catalogue or its settings', () => {
      const [kiro, plain] = [listing('kiro', () => ['big'], ['big']), listing('plain', never)]
      const { lists, world } = setUp([kiro, plain], [])
      world.accounts = [fakeAccount('kiro'), { ...fakeAccount('plain'), settings: { models: ['m'] } }]
      for (const name of ['big', 'm']) expect(lists.learn(name, ANYBODY)).to.equal(undefined)
    })

    it('are waited for where nobody is, once for all who ask and not again before they are old', async () => {
      const plain = listing('plain', () => ['m'])
      const { lists, catalog, clock } = setUp([plain], accounts('plain', 1))
      await Promise.all([lists.learn('m', ANYBODY), lists.learn('m', ANYBODY)])
      expect(catalog.names('m')).to.equal(true)
      expect(lists.learn('nobody', ANYBODY)).to.equal(undefined)
      expect(plain.asked).to.have.lengthOf(1)
      clock.advance(HOUR)
      await lists.learn('nobody', ANYBODY)
      expect(plain.asked).to.have.lengthOf(2)
    })

    it('are not asked of a provider with a catalogue where others turn out to have the model', async () => {
      const [kiro, plain] = [listing('kiro', () => ['new'], ['big']), listing('plain', () => ['m'])]
      const { lists } = setUp([kiro, plain], [...accounts('kiro', 1), ...accounts('plain', 1)])
      await lists.learn('m', ANYBODY)
      expect(kiro.asked).to.deep.equal([])
      await lists.learn('new', ANYBODY)
      expect(kiro.asked).to.have.lengthOf(1)
    })

    it('are asked of the one provider that the name means', async () => {
      const [one, two] = [listing('one', () => ['m']), listing('two', () => ['m'])]
      const { lists } = setUp([one, two], [...accounts('one', 1), ...accounts('two', 1)])
      await lists.learn('two/m', ANYBODY)
      expect([one.asked.length, two.asked.length]).to.deep.equal([0, 1])
    })

    it('are waited for three seconds, and those that did not come by then never again', async () => {
      const plain = listing('plain', never)
      const { lists, clock } = setUp([plain], accounts('plain', 1))
      let done = false
      void lists.learn('m', ANYBODY)?.then(() => (done = true))
      await clock.pass(2_999)
      expect(done).to.equal(false)
      await clock.pass(1)
      expect(done).to.equal(true)
      expect(lists.learn('m', ANYBODY)).to.equal(undefined)
    })

    it("are the caller's own where the caller brought an account along", async () => {
      const [kiro, other] = [listing('kiro', () => ['new'], ['big']), listing('other', () => ['new'])]
      const own: Account = { ...fakeAccount('kiro', 9), owner: 'tenant' }
      const { lists } = setUp([kiro, other], [own, ...accounts('other', 1)])
      await lists.learn('new', { keyId: 'key', tenant: 'tenant' })
      expect([kiro.asked.length, other.asked.length]).to.deep.equal([1, 0])
    })
  })

  describe('in the background', () => {
    it('are read soon for accounts that nothing else speaks for, and for those that come later', async () => {
      const [kiro, plain] = [listing('kiro', () => ['big'], ['big']), listing('plain', () => ['m'])]
      const { lists, clock, world } = setUp([kiro, plain], [...accounts('kiro', 1), ...accounts('plain', 1)])
      lists.open()
      await clock.pass(1_000)
      expect([kiro.asked.length, plain.asked.length]).to.deep.equal([0, 1])
      world.accounts = [...world.accounts, fakeAccount('plain', 2)]
      await clock.pass(15_000)
      expect(plain.asked).to.have.lengthOf(2)
      lists.close()
      expect(clock.pending).to.equal(0)
    })

    it('are read again each hour while their accounts are used, and not else', async () => {
      const kiro = listing('kiro', () => ['big'], ['big'])
      const { lists, clock, world } = setUp([kiro], accounts('kiro', 1))
      lists.open()
      await lists.read(ANYBODY)
      await clock.pass(2 * HOUR)
      expect(kiro.asked).to.have.lengthOf(1)
      world.lastUsedAt = clock.now()
      await clock.pass(15_000)
      expect(kiro.asked).to.have.lengthOf(2)
      lists.close()
    })

    it('are read a few at a time, and one that hangs holds up no other for long', async () => {
      const plain = listing('plain', ({ id }) => (plain.asked.indexOf(id) < 4 ? never() : ['m']))
      const { lists, clock } = setUp([plain], accounts('plain', 30))
      lists.open()
      await clock.pass(1_000)
      expect(plain.asked).to.have.lengthOf(4)
      await clock.pass(10_000)
      expect(plain.asked).to.have.lengthOf(30)
      lists.close()
    })

    it('are asked for ever less often where they cannot be had', async () => {
      const plain = listing('plain', () => Promise.reject(new Error('down')))
      const { lists, clock } = setUp([plain], accounts('plain', 1))
      lists.open()
      await clock.pass(4 * HOUR)
      expect(plain.asked.length).to.be.within(4, 9)
      lists.close()
    })
  })

  describe('for a listing', () => {
    it('are read of all accounts, eight at a time, where each may be a server of its own', async () => {
      const plain = listing('plain', ({ id }) => new Promise(resolve => void setImmediate(() => resolve([`of-${id}`]))))
      const { lists, catalog, world } = setUp([plain], accounts('plain', 30))
      await lists.read(ANYBODY)
      expect([plain.asked.length, plain.most]).to.deep.equal([30, 8])
      expect(catalog.list(world.accounts)).to.have.lengthOf(30)
    })

    it('are read of twenty, from all over, where a provider with a catalogue has thousands', async () => {
      const kiro = listing('kiro', () => ['big'], ['big'])
      const { lists } = setUp([kiro], accounts('kiro', 2_000))
      await lists.read(ANYBODY)
      await lists.read(ANYBODY)
      expect(kiro.asked).to.have.lengthOf(20)
      expect(kiro.asked).to.include.members([fakeAccount('kiro', 1).id, fakeAccount('kiro', 1_901).id])
    })

    it('are waited for three seconds', async () => {
      const { lists, clock } = setUp([listing('plain', never)], accounts('plain', 1))
      let done = false
      void lists.readPatiently(ANYBODY).then(() => (done = true))
      await clock.pass(3_000)
      expect(done).to.equal(true)
    })
  })
})
