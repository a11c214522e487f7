import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { openVault } from '../../../../core/accounts/open-vault.ts'
import { newPepper, open, seal, type SecretPlace, Vault } from '../../../../core/accounts/vault.ts'
import { createKeyFile, parseVaultKey, vaultKey } from '../../../../core/accounts/vault-key.ts'
import { openStore } from '../../../../core/store/open.ts'
import { rejection } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

const PLACE: SecretPlace = { table: 'account_tokens', row: 'acc_1', column: 'secret', generation: 3 }
const KEY = vaultKey(Buffer.alloc(32, 7))

/** Computed from the same inputs by another implementation of AES-256-GCM. */
const KNOWN = 'v1.4898e67b.AQEBAQEBAQEBAQEB.Bo3o1PXXg2K1sa4LKiuMV4pwZzVCZkk60qpC'

describe('the vault', () => {
  const vault = new Vault({ keys: [KEY], pepper: newPepper() })

  it('seals as its format says', () => {
    const sealed = seal('placeholder', PLACE, { key: KEY, nonce: Buffer.alloc(12, 1) })
    expect(sealed).to.equal(KNOWN)
    expect(open(KNOWN, PLACE, [KEY])).to.equal('placeholder')
  })

  it('opens whatever it sealed', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), secret => vault.open(vault.seal(secret, PLACE), PLACE) === secret))
  })

  it('notices every changed character, cut and addition', () => {
    const sealed = vault.seal('placeholder', PLACE)
    for (let at = 0; at < sealed.length; at++) {
      for (const other of ['A', 'b', '.', '-', '=']) {
        if (sealed[at] === other) continue
        expect(() => vault.open(sealed.slice(0, at) + other + sealed.slice(at + 1), PLACE), `at ${at}`).to.throw(/secret of account_tokens acc_1/)
      }
      expect(() => vault.open(sealed.slice(0, at), PLACE)).to.throw()
    }
    expect(() => vault.open(`${sealed}A`, PLACE)).to.throw()
    expect(() => vault.open(`${sealed}.x`, PLACE)).to.throw()
  })

  it('opens nothing in another place: row, column, table or generation', () => {
    const sealed = vault.seal('placeholder', PLACE)
    const others: SecretPlace[] = [
      { ...PLACE, row: 'acc_2' },
      { ...PLACE, column: 'previous' },
      { ...PLACE, table: 'accounts' },
      { ...PLACE, generation: 2 },
    ]
    for (const place of others) expect(() => vault.open(sealed, place)).to.throw(/changed or moved/)
  })

  it('never uses a nonce twice', () => {
    const nonces = new Set(Array.from({ length: 100_000 }, () => vault.seal('', PLACE).split('.')[2]))
    expect(nonces.size).to.equal(100_000)
  }).timeout(20_000)

  it('reads what former keys sealed, and writes with the first', () => {
    const former = vaultKey(Buffer.alloc(32, 9))
    const both = new Vault({ keys: [KEY, former], pepper: newPepper() })
    const old = new Vault({ keys: [former], pepper: newPepper() })
    expect(both.open(old.seal('x', PLACE), PLACE)).to.equal('x')
    expect(() => old.open(both.seal('x', PLACE), PLACE)).to.throw(/key that is not here/)
  })

  it('never repeats a secret in its errors', () => {
    const sealed = vault.seal('placeholder-secret', PLACE)
    try {
      vault.open(sealed, { ...PLACE, row: 'acc_2' })
      expect.fail('opened')
    } catch (error) {
      expect(String((error as Error).message))
        .to.not.contain('placeholder-secret')
        .and.not.contain(sealed)
    }
  })

  it('takes keys in hex and base64 of 32 bytes and nothing else', () => {
    const bytes = Buffer.alloc(32, 0xfb)
    for (const text of [
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      ` ${bytes.toString('hex')}\n`,
    ]) {
      expect(parseVaultKey(text, 'TOKEN_ENCRYPT_KEY').bytes.equals(bytes)).to.equal(true)
    }
    for (const text of ['', 'short', 'x'.repeat(64), '0'.repeat(63), bytes.toString('hex') + '00', 'a'.repeat(32)]) {
      expect(() => parseVaultKey(text, 'TOKEN_ENCRYPT_KEY')).to.throw(/TOKEN_ENCRYPT_KEY/)
    }
  })
})

describe('opening the vault', () => {
  const folders = temporaryFolders()
  let dataDir: string

  beforeEach(() => {
    dataDir = folders.make()
  })

  const withStore = async <T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> => {
    const store = await openStore({ dataDir })
    return work(store).finally(() => store.close())
  }

  it('makes a key file for its owner alone, once', async () => {
    const sealed = await withStore(async store => (await openVault({ store, dataDir })).seal('x', PLACE))
    const file = join(dataDir, 'vault.key')
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).to.equal(0o600)
    const before = readFileSync(file, 'utf8')
    expect(await withStore(async store => (await openVault({ store, dataDir })).open(sealed, PLACE))).to.equal('x')
    expect(readFileSync(file, 'utf8')).to.equal(before)
    createKeyFile(dataDir)
    expect(readFileSync(file, 'utf8')).to.equal(before)
    expect(readdirSync(dataDir).sort()).to.deep.equal(['gateway.db', 'vault.key'])
  })

  it('makes no key file when a key is given', async () => {
    await withStore(store => openVault({ store, dataDir, encryptionKey: '22'.repeat(32) }))
    expect(existsSync(join(dataDir, 'vault.key'))).to.equal(false)
  })

  it('refuses a wrong key, a missing key and a broken key file, and changes nothing', async () => {
    await withStore(store => openVault({ store, dataDir, encryptionKey: '22'.repeat(32) }))
    const wrong = await rejection(withStore(store => openVault({ store, dataDir, encryptionKey: '33'.repeat(32) })))
    expect(wrong.message)
      .to.match(/TOKEN_ENCRYPT_KEY is not the key/)
      .and.not.contain('33'.repeat(32))
    const missing = await rejection(withStore(store => openVault({ store, dataDir })))
    expect(missing.message).to.match(/key is missing/)
    expect(existsSync(join(dataDir, 'vault.key'))).to.equal(false)
    writeFileSync(join(dataDir, 'vault.key'), 'cut')
    expect((await rejection(withStore(store => openVault({ store, dataDir })))).message).to.match(/vault\.key is not an encryption key/)
    rmSync(join(dataDir, 'vault.key'))
    await withStore(store => openVault({ store, dataDir, encryptionKey: '22'.repeat(32) }))
  })

  it('moves from a key file to a given key: what the file sealed stays readable', async () => {
    const sealed = await withStore(async store => (await openVault({ store, dataDir })).seal('x', PLACE))
    await withStore(async store => {
      const vault = await openVault({ store, dataDir, encryptionKey: '22'.repeat(32) })
      expect(vault.open(sealed, PLACE)).to.equal('x')
    })
  })

  it('recognises secrets by the same fingerprint after a restart and under another key', async () => {
    const first = await withStore(async store => (await openVault({ store, dataDir })).fingerprint('tenant', 'secret'))
    const second = await withStore(async store => (await openVault({ store, dataDir, encryptionKey: '22'.repeat(32) })).fingerprint('tenant', 'secret'))
    expect(second).to.equal(first)
    const elsewhere = folders.make()
    const store = await openStore({ dataDir: elsewhere })
    expect((await openVault({ store, dataDir: elsewhere })).fingerprint('tenant', 'secret')).to.not.equal(first)
    await store.close()
  })
})
