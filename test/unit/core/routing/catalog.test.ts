import { expect } from 'chai'
import type { Account, ModelCard, Provider, StaticCatalog } from '../../../../core/index.ts'
import { Catalog } from '../../../../core/routing/catalog.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { fakeAccount } from '../../../support/fake-pool.ts'
import { answers, ScriptedProvider } from '../../../support/scripted-provider.ts'

const HOUR = 60 * 60 * 1000
const card = (id: string, changes: Partial<ModelCard> = {}): ModelCard => ({ id, input: ['text'], features: [], ...changes })

/** A provider whose list is what `lists` gives, one per question. */
function providerOf(name: string, lists: readonly (readonly ModelCard[] | Error)[], catalog?: StaticCatalog) {
  const provider = Object.assign(new ScriptedProvider([answers('x')], name), { asked: 0 })
  provider.models = () => {
    const list = lists[Math.min(provider.asked++, lists.length - 1)]
    return list instanceof Error ? Promise.reject(list) : Promise.resolve(list ?? [])
  }
  return Object.assign(provider, catalog === undefined ? {} : { catalog })
}

function setUp(...providers: readonly Provider[]) {
  const clock = new FakeClock()
  const catalog = new Catalog({
    providers: new Map(providers.map(provider => [provider.name, provider])),
    egress: { clientFor: () => ({}) as never },
    clock,
    log: silentLogger,
  })
  return { clock, catalog }
}
const known: StaticCatalog = { models: [card('big'), card('small')], resolve: name => ({ big: 'big', 'big-latest': 'big', small: 'small' })[name] }

describe('the catalog', () => {
  describe('splits a name', () => {
    const { catalog } = setUp(providerOf('kiro', [[]]))
    for (const [name, expected] of [
      ['kiro/claude-x', { provider: 'kiro', model: 'claude-x' }],
      ['kiro/vendor/claude-x', { provider: 'kiro', model: 'vendor/claude-x' }],
      ['claude-x', { model: 'claude-x' }],
      ['unknown/claude-x', { model: 'unknown/claude-x' }],
      ['/claude-x', { model: '/claude-x' }],
      ['kiro/', { provider: 'kiro', model: '' }],
      ['toString/x', { model: 'toString/x' }],
    ] as const) {
      it(`${name}`, () => expect(catalog.split(name)).to.deep.equal(expected))
    }
  })

  describe('resolves a name for an account', () => {
    it("by the provider's own rule while the account's list is not known", () => {
      const provider = providerOf('kiro', [[]], known)
      const { catalog } = setUp(provider)
      const account = fakeAccount('kiro')
      expect(catalog.resolve(provider, account, 'big-latest')).to.equal('big')
      expect(catalog.resolve(provider, account, 'kiro/big')).to.equal('big')
      expect(catalog.resolve(provider, account, 'unheard-of')).to.equal(undefined)
    })

    it("by the account's list once it is known: what it leaves out is not in its plan", async () => {
      const provider = providerOf('kiro', [[card('small'), card('brand-new')]], known)
      const { catalog } = setUp(provider)
      const account = fakeAccount('kiro')
      await catalog.refresh(account)
      expect(catalog.resolve(provider, account, 'big')).to.equal(undefined)
      expect(catalog.resolve(provider, account, 'small')).to.equal('small')
      expect(catalog.resolve(provider, account, 'brand-new')).to.equal('brand-new')
    })

    it('never for a provider that the name does not mean', () => {
      const [kiro, other] = [providerOf('kiro', [[]], known), providerOf('other', [[]], known)]
      const { catalog } = setUp(kiro, other)
      expect(catalog.resolve(kiro, fakeAccount('kiro'), 'other/big')).to.equal(undefined)
      expect(catalog.resolve(other, fakeAccount('other'), 'other/big')).to.equal('big')
    })

    it("by the other names of the account's own list, which may have other ids than its neighbour's", async () => {
      const provider = providerOf('kiro', [[card('big-1', { aliases: ['big'] })], [card('big')]], known)
      const { catalog } = setUp(provider)
      const [dated, plain] = [fakeAccount('kiro', 1), fakeAccount('kiro', 2)]
      await catalog.refresh(dated)
      await catalog.refresh(plain)
      expect([catalog.resolve(provider, dated, 'big'), catalog.resolve(provider, plain, 'big')]).to.deep.equal(['big-1', 'big'])
    })

    it('as it is for a provider that tells nothing of its models', () => {
      const provider = providerOf('plain', [[]])
      const { catalog } = setUp(provider)
      expect(catalog.resolve(provider, fakeAccount('plain'), 'whatever')).to.equal('whatever')
    })
  })

  it('gives an account that is restricted to some models no other, by either name, and lists no other for it', () => {
    const kiro = providerOf('kiro', [[]], known)
    const { catalog } = setUp(kiro)
    const account: Account = { ...fakeAccount('kiro'), settings: { models: ['sm*'] } }
    expect(['small', 'kiro/small', 'big', 'big-latest'].map(name => catalog.resolve(kiro, account, name))).to.deep.equal([
      'small',
      'small',
      undefined,
      undefined,
    ])
    expect(catalog.resolve(kiro, { ...account, settings: { models: ['big-latest'] } }, 'big-latest')).to.equal('big')
    expect(catalog.list([account]).map(({ id }) => id)).to.deep.equal(['small'])
  })

  describe('prefers who is known to have a model', () => {
    /** Two providers that tell nothing by themselves, the first one's account with an unreadable list. */
    async function world(settings: Account['settings'] = {}) {
      const [silent, listing] = [providerOf('silent', [new Error('down')]), providerOf('listing', [[card('m')]])]
      const { catalog } = setUp(silent, listing)
      const [unread, read]: [Account, Account] = [{ ...fakeAccount('silent'), settings }, fakeAccount('listing')]
      catalog.follow([unread, read])
      for (const account of [unread, read]) await catalog.refresh(account)
      return { catalog, silent, listing, unread, read }
    }

    it('to who only might, and asks these where nobody is known to', async () => {
      const { catalog, silent, listing, unread, read } = await world()
      expect([catalog.resolve(silent, unread, 'm'), catalog.standing(silent, unread, 'm')]).to.deep.equal(['m', 'behind'])
      expect([catalog.resolve(listing, read, 'm'), catalog.standing(listing, read, 'm')]).to.deep.equal(['m', 'named'])
      expect([catalog.resolve(silent, unread, 'v/x'), catalog.standing(silent, unread, 'v/x')]).to.deep.equal(['v/x', 'untold'])
      expect([catalog.resolve(listing, read, 'v/x'), catalog.standing(listing, read, 'v/x')]).to.deep.equal([undefined, 'absent'])
    })

    it('but not where the client names the provider', async () => {
      const { catalog, silent, unread } = await world()
      expect(catalog.standing(silent, unread, 'silent/m')).to.equal('untold')
    })

    it('by what its settings declare, too', async () => {
      const { catalog, silent, unread } = await world({ models: ['m', 'n', 'x-*'] })
      expect(['m', 'n', 'x-1'].map(name => catalog.standing(silent, unread, name))).to.deep.equal(['named', 'named', 'untold'])
      expect(['m', 'n', 'x-1'].map(name => catalog.names(name))).to.deep.equal([true, true, false])
      expect(catalog.list([unread]).map(({ id }) => id)).to.deep.equal(['m', 'n'])
    })

    it('as long as the account is there', async () => {
      const { catalog, silent, unread } = await world()
      catalog.follow([unread])
      expect([catalog.names('m'), catalog.standing(silent, unread, 'm')]).to.deep.equal([false, 'untold'])
    })

    it("by a provider's catalogue while it speaks for any account, and by the lists of some for all of its accounts", async () => {
      const [kiro, plain] = [providerOf('kiro', [[card('big')]], known), providerOf('plain', [[]])]
      const { catalog } = setUp(kiro, plain)
      const [asked, other, guess] = [fakeAccount('kiro', 1), fakeAccount('kiro', 2), fakeAccount('plain')]
      catalog.follow([asked, other, guess])
      expect([catalog.standing(kiro, asked, 'small'), catalog.standing(plain, guess, 'small')]).to.deep.equal(['named', 'behind'])
      await catalog.refresh(asked)
      expect([catalog.standing(kiro, asked, 'small'), catalog.standing(kiro, other, 'big'), catalog.standing(plain, guess, 'small')]).to.deep.equal([
        'absent',
        'named',
        'behind',
      ])
      catalog.follow([asked, guess])
      expect(catalog.standing(plain, guess, 'small')).to.equal('untold')
    })

    it('and not by a catalogue that has no account', () => {
      const [kiro, plain] = [providerOf('kiro', [[]], known), providerOf('plain', [[]])]
      const { catalog } = setUp(kiro, plain)
      catalog.follow([fakeAccount('plain')])
      expect(catalog.standing(plain, fakeAccount('plain'), 'big')).to.equal('untold')
    })
  })

  describe('reads the list of an account', () => {
    it('and tells a list that cannot be read from one that is not there', async () => {
      const [down, without] = [providerOf('down', [new Error('down')]), providerOf('without', [[]])]
      const { catalog } = setUp(down, without)
      const accounts = [fakeAccount('down'), fakeAccount('without')]
      for (const account of accounts) await catalog.refresh(account)
      expect(accounts.map(account => catalog.isUnreadable(account))).to.deep.equal([true, false])
    })

    it('once for all who ask at the same time, and again after an hour', async () => {
      const provider = providerOf('kiro', [[card('a')], [card('b')]])
      const { catalog, clock } = setUp(provider)
      const account = fakeAccount('kiro')
      await Promise.all([catalog.refresh(account), catalog.refresh(account), catalog.refresh(account)])
      clock.advance(HOUR - 1)
      await catalog.refresh(account)
      expect(provider.asked).to.equal(1)
      clock.advance(1)
      await catalog.refresh(account)
      expect(provider.asked).to.equal(2)
      expect(catalog.list([account]).map(({ id }) => id)).to.deep.equal(['b'])
    })

    it('keeps the last good one when a read fails or brings nothing, and asks again after five minutes', async () => {
      const provider = providerOf('kiro', [[card('a')], new Error('down'), []], known)
      const { catalog, clock } = setUp(provider)
      const account = fakeAccount('kiro')
      await catalog.refresh(account)
      clock.advance(HOUR)
      await catalog.refresh(account)
      clock.advance(5 * 60_000 - 1)
      await catalog.refresh(account)
      expect(provider.asked).to.equal(2)
      clock.advance(1)
      await catalog.refresh(account)
      expect(provider.asked).to.equal(3)
      expect(catalog.list([account]).map(({ id }) => id)).to.deep.equal(['a'])
    })

    it('does not ask a provider that brings nothing again and again', async () => {
      const provider = providerOf('kiro', [[]], known)
      const { catalog, clock } = setUp(provider)
      const account = fakeAccount('kiro')
      await catalog.refresh(account)
      clock.advance(60_000)
      await catalog.refresh(account)
      expect(provider.asked).to.equal(1)
    })

    it('survives a provider that throws at once, or is not there', async () => {
      const provider = providerOf('kiro', [[]])
      provider.models = () => {
        throw new TypeError('a bug')
      }
      const { catalog } = setUp(provider)
      await catalog.refresh(fakeAccount('kiro'))
      await catalog.refresh(fakeAccount('gone'))
      expect(catalog.list([fakeAccount('gone')])).to.deep.equal([])
    })
  })

  describe('lists', () => {
    const listed = (catalog: Catalog, accounts: readonly Account[]) => catalog.list(accounts).map(({ provider, publicId }) => `${provider} ${publicId}`)

    it('every model once, sorted by name, from all accounts', async () => {
      const kiro = providerOf('kiro', [
        [card('m'), card('b')],
        [card('b'), card('z')],
      ])
      const { catalog } = setUp(kiro)
      const accounts = [fakeAccount('kiro', 1), fakeAccount('kiro', 2)]
      for (const account of accounts) await catalog.refresh(account)
      expect(listed(catalog, accounts)).to.deep.equal(['kiro b', 'kiro m', 'kiro z'])
    })

    it('name a model as it is, with or without its provider, known by an account or by the provider itself', async () => {
      const { catalog } = setUp(providerOf('kiro', [[card('qwen3-thinking')]], known))
      expect(catalog.lists('qwen3-thinking')).to.equal(false)
      await catalog.refresh(fakeAccount('kiro'))
      for (const name of ['qwen3-thinking', 'kiro/qwen3-thinking', 'big']) expect(catalog.lists(name), name).to.equal(true)
      for (const name of ['other/qwen3-thinking', 'big-latest', '']) expect(catalog.lists(name), name).to.equal(false)
    })

    it("the provider's own list while an account's is not known", () => {
      const { catalog } = setUp(providerOf('kiro', [[]], known))
      expect(listed(catalog, [fakeAccount('kiro')])).to.deep.equal(['kiro big', 'kiro small'])
    })
  })
})
