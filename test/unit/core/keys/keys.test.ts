import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { Keys, type KeysDeps } from '../../../../core/keys/keys.ts'
import { openStore } from '../../../../core/store/open.ts'
import { RevisionWatch } from '../../../../core/store/revision.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { rejection, silent } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

const REFRESH_TOKEN = 'placeholder-refresh:with:colons'

describe('client keys', () => {
  const folders = temporaryFolders()
  let dataDir: string
  let store: Store
  let clock: FakeClock
  let keys: Keys

  const vault = { fingerprint: (purpose: string, secret: string) => Buffer.from(`${purpose}:${secret}`).toString('base64url') }
  const make = async (more: Partial<KeysDeps> = {}) => {
    const made = new Keys({ store, vault, clock, ...more })
    await made.open()
    return made
  }

  beforeEach(async () => {
    dataDir = folders.make()
    store = await openStore({ dataDir })
    clock = new FakeClock()
    keys = await make()
  })
  afterEach(() => store.close())

  it('are made of 256 random bits, shown once and kept as a hash', async () => {
    const made = await keys.create({ label: 'laptop' })
    expect(made.key).to.match(/^sk-kg-[A-Za-z0-9_-]{43}$/)
    expect(keys.authenticate(made.key)).to.deep.equal({ principal: { keyId: made.id, label: 'laptop' } })
    expect(JSON.stringify(await keys.list())).to.not.contain(made.key)
    expect((await keys.list())[0]).to.include({ id: made.id, label: 'laptop', hint: made.key.slice(-4) })
    for (const file of ['gateway.db', 'gateway.db-wal']) expect(readFileSync(join(dataDir, file)).includes(made.key.slice(6)), file).to.equal(false)
  })

  it('outlive a restart and end when they are revoked, here and in other processes', async () => {
    const { key, id } = await keys.create({ label: 'a' })
    const watch = new RevisionWatch({ store, clock, log: silent })
    const server = new Keys({ store, vault, clock })
    await server.open(watch)
    await watch.start()
    expect(server.authenticate(key)?.principal.keyId).to.equal(id)
    await keys.revoke(id)
    expect(keys.authenticate(key)).to.equal(undefined)
    const later = await keys.create({ label: 'b' })
    await clock.pass(1_000)
    expect(server.authenticate(key)).to.equal(undefined)
    expect(server.authenticate(later.key)?.principal.keyId).to.equal(later.id)
    expect((await rejection(keys.revoke('key_none'))).code).to.equal('not_found')
    await watch.close()
  })

  it('end at their time, to the millisecond', async () => {
    const { key } = await keys.create({ label: 'short', expiresAt: clock.now() + 1_000, models: ['model-a'] })
    clock.advance(999)
    expect(keys.authenticate(key)?.principal.models).to.deep.equal(['model-a'])
    clock.advance(1)
    expect(keys.authenticate(key)).to.equal(undefined)
    expect((await make()).authenticate(key)).to.equal(undefined)
  })

  it('come from the configuration as well, and are not stored then', async () => {
    const external = await make({ externalKeys: ['placeholder-password', 'with:colon'] })
    expect(external.size).to.equal(2)
    expect(external.authenticate('placeholder-password')?.principal.keyId).to.match(/^cfg_/)
    expect(external.authenticate('with:colon')?.bringsToken).to.equal(undefined)
    expect(await external.list()).to.deep.equal([])
  })

  it("are nobody's when they are only nearly right", async () => {
    const { key } = await keys.create({ label: 'a' })
    const external = await make({ externalKeys: ['placeholder'] })
    const near = [
      '',
      ' ',
      key.slice(0, -1),
      `${key}x`,
      ` ${key}`,
      `${key} `,
      `${key}\n`,
      `${key}\0`,
      key.toUpperCase(),
      key.toLowerCase(),
      key.slice(6),
      `sk-kg-${key}`,
      `Bearer ${key}`,
      `${key}:`,
      `:${key}`,
      `${key},${key}`,
      key.replace('sk-kg-', 'sk-'),
      '%',
      '_',
      `${key.slice(0, 20)}%`,
      "' OR 1=1 --",
      `${key}' --`,
      'undefined',
      'null',
      '[object Object]',
      'placeholder:',
      'Placeholder',
      'placeholde',
      'x'.repeat(100_000),
    ]
    for (const presented of near) {
      if (presented === key.toLowerCase() && key === key.toLowerCase()) continue
      expect(external.authenticate(presented), JSON.stringify(presented.slice(0, 60))).to.equal(undefined)
    }
    fc.assert(
      fc.property(fc.nat(key.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const changed = key.slice(0, at) + character + key.slice(at + 1)
        // A colon parts a key from a token; the left part is no key either.
        expect(keys.authenticate(changed) !== undefined).to.equal(changed === key)
      }),
    )
  })

  describe('with a refresh token behind them', () => {
    it('name a tenant and hand the token on, colons and all', async () => {
      const { key, id } = await keys.create({ label: 'a' })
      const result = keys.authenticate(`${key}:${REFRESH_TOKEN}`)
      expect(result?.bringsToken).to.equal(REFRESH_TOKEN)
      expect(result?.principal.keyId).to.equal(id)
      expect(result?.principal.tenant).to.equal(vault.fingerprint('tenant', REFRESH_TOKEN))
      expect(keys.authenticate(`${key}:other`)?.principal.tenant).to.not.equal(result?.principal.tenant)
    })

    it('are tried whole first, then at each colon from the left', async () => {
      const external = await make({ externalKeys: ['one', 'one:two', 'a:b:c'] })
      expect(external.authenticate('one:two')?.bringsToken).to.equal(undefined)
      expect(external.authenticate('one:three')?.bringsToken).to.equal('three')
      expect(external.authenticate('a:b:c:token')?.bringsToken).to.equal('token')
      expect(external.authenticate('nobody:one')).to.equal(undefined)
    })

    it('are refused when the form is switched off', async () => {
      const external = await make({ externalKeys: ['one'], callerAccounts: false })
      expect(external.authenticate('one')).to.not.equal(undefined)
      expect(external.authenticate('one:token')).to.equal(undefined)
    })
  })

  it('cost no more than a hash to check, however many there are', async () => {
    const many = await make({ externalKeys: Array.from({ length: 5_000 }, (_, index) => `placeholder-${index}`) })
    const started = performance.now()
    for (let turn = 0; turn < 5_000; turn++) many.authenticate(`placeholder-${turn}`)
    expect(performance.now() - started).to.be.lessThan(500)
  })
})
