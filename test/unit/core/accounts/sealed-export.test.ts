import { expect } from 'chai'
import { readExport, writeExport } from '../../../../core/accounts/exported-accounts.ts'
import { isSealedExport, openExport, sealExport } from '../../../../core/accounts/sealed-export.ts'
import type { Provider } from '../../../../core/contract/provider.ts'
import { FakeProvider, rejection } from '../../../support/accounts.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'

describe('a sealed export', function () {
  this.timeout(20_000)
  const TEXT = 'placeholder-secret ✓'

  it('opens with its passphrase alone, however the same letters were typed', async () => {
    const sealed = await sealExport(TEXT, 'caf\u00e9 au lait')
    expect(isSealedExport(sealed)).to.equal(true)
    expect(sealed).to.not.contain('placeholder')
    expect(await openExport(sealed, 'cafe\u0301 au lait')).to.equal(TEXT)
    expect((await rejection(openExport(sealed, 'cafe au lait'))).message).to.contain('the passphrase is another one')
  })

  it('does not open when anything in it was changed, cut or is of another version', async () => {
    const sealed = JSON.parse(await sealExport(TEXT, 'passphrase')) as Record<string, string | number>
    const open = (change: Record<string, unknown>) => rejection(openExport(JSON.stringify({ ...sealed, ...change }), 'passphrase'))
    const data = String(sealed.data)
    expect((await open({ data: `${data.startsWith('A') ? 'B' : 'A'}${data.slice(1)}` })).message).to.contain('was changed')
    expect((await open({ kdf: 'none' })).message).to.contain('was changed')
    expect((await open({ data: 'AAAA' })).message).to.contain('not whole')
    expect((await open({ nonce: 7 })).message).to.contain('not whole')
    expect((await open({ version: 2 })).message).to.contain('newer version')
  })

  it('is told from every other JSON', () => {
    for (const text of ['', 'x', '[]', 'null', '{"format":"other"}', '{"accounts":[]}']) expect(isSealedExport(text), text).to.equal(false)
  })
})

describe('the accounts inside an export', () => {
  const provider = new FakeProvider(new FakeClock()) as unknown as Provider
  const providers = new Map([[provider.name, provider]])
  const credential = { access: 'a', refresh: 'r' }

  it('come back with everything that belongs to them', () => {
    const account = {
      provider: 'fake',
      label: 'mine',
      credential,
      facts: { machineId: 'm' },
      settings: { proxy: 'direct', weight: 2, priority: -1, models: ['a*'] },
      disabled: true,
    }
    expect(readExport(writeExport([account]), providers)).to.deep.equal({ accounts: [account], rejected: [] })
  })

  it('are left out, each with its reason, where they cannot work here', () => {
    const entries = [
      { provider: 'other', label: 'a', credential },
      { provider: 'fake', label: 'b', credential: { refresh: 7 } },
      { provider: 'fake', credential },
      7,
    ]
    const { accounts, rejected } = readExport(JSON.stringify({ accounts: entries }), providers)
    expect(accounts).to.deep.equal([])
    expect(rejected.map(({ label, reason }) => [label, reason.slice(0, 30)])).to.deep.equal([
      ['a', 'there is no provider "other" h'],
      ['b', 'its credential is none of the '],
      [undefined, 'it is no account of an export'],
      [undefined, 'it is no account of an export'],
    ])
    expect(() => readExport('{}', providers)).to.throw('no list of accounts')
  })
})
