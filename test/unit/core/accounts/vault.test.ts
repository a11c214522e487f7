import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { open, sealWith, type SecretPlace } from '../../../../core/accounts/sealed-text.ts'
import { Vault } from '../../../../core/accounts/vault.ts'
import { parseVaultKey, vaultKey } from '../../../../core/accounts/vault-key.ts'

const PLACE: SecretPlace = { table: 'account_tokens', row: 'acc_1', column: 'secret', generation: 3 }
const KEY = vaultKey(Buffer.alloc(32, 7))

/** Computed from the same inputs by another implementation of AES-256-GCM. */
const KNOWN = 'v1.4898e67b.AQEBAQEBAQEBAQEB.Bo3o1PXXg2K1sa4LKiuMV4pwZzVCZkk60qpC'

describe('the vault', () => {
  const vault = new Vault({ keys: [KEY], pepper: randomBytes(32) })

  it('seals as its format says', () => {
    const sealed = sealWith('placeholder', PLACE, { key: KEY, nonce: Buffer.alloc(12, 1) })
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
    const both = new Vault({ keys: [KEY, former], pepper: randomBytes(32) })
    const old = new Vault({ keys: [former], pepper: randomBytes(32) })
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
