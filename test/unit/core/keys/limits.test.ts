import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { parseExpiry } from '../../../../core/keys/key-expiry.ts'
import { mayAskFor, requirePermission } from '../../../../core/keys/model-permission.ts'
import { readOlderKeys } from '../../../../core/keys/older-keys.ts'
import { fitsPattern } from '../../../../core/model/name-pattern.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('the end of a key', () => {
  it('is so long from now, the end of a day, or a moment with its zone', () => {
    for (const [text, at] of [
      ['30d', NOW + 30 * 86_400_000],
      ['12h', NOW + 12 * 3_600_000],
      ['2w', NOW + 14 * 86_400_000],
      ['5m', NOW + 300_000],
      ['2026-01-01', NOW + 86_399_999],
      ['2026-03-01T12:00+02:00', Date.UTC(2026, 2, 1, 10)],
    ] as const)
      expect(parseExpiry(text, NOW), text).to.equal(at)
  })

  it('is nothing else, and never in the past', () => {
    for (const text of ['', 'soon', '30', '30y', '-1d', '0d', '2026-13-01', '2025-12-31', '2026-03-01T12:00', '2026-03-01 12:00'])
      expect(() => parseExpiry(text, NOW), text).to.throw(GatewayError, '--expires')
  })
})

describe('a pattern for names', () => {
  const text = fc.stringMatching(/^[ab*]{0,8}$/)

  it('fits what a regular expression of the same meaning fits', () => {
    fc.assert(
      fc.property(text, fc.stringMatching(/^[abAB]{0,8}$/), (pattern, name) => {
        expect(fitsPattern(pattern, name)).to.equal(new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(name))
      }),
    )
  })

  it('comes to an end for a hostile pattern', () => {
    expect(fitsPattern(`${'a*'.repeat(5_000)}b`, 'a'.repeat(20_000))).to.equal(false)
  })
})

describe('a key for some models', () => {
  const principal = { keyId: 'key', models: ['claude-haiku*', 'kiro/auto'] }

  it('may ask for those under any of their names', () => {
    expect(mayAskFor(principal, ['kiro/claude-haiku-4.5', 'claude-haiku-4.5'])).to.equal(true)
    expect(mayAskFor(principal, ['auto'])).to.equal(false)
    expect(mayAskFor(principal, ['kiro/auto', 'auto'])).to.equal(true)
    expect(mayAskFor({ keyId: 'key' }, ['anything'])).to.equal(true)
    expect(mayAskFor({ keyId: 'key', models: [] }, ['anything'])).to.equal(false)
  })

  it('is told what it is for when it asks for another', () => {
    expect(() => requirePermission(principal, ['gpt-5', 'gpt-5'])).to.throw('this key is not for the model gpt-5; it is for claude-haiku*, kiro/auto')
  })
})

describe('client keys of another gateway', () => {
  const folders = temporaryFolders()
  const read = (text: string | Buffer, name = 'keys.json') => {
    const path = join(folders.make(), name)
    writeFileSync(path, text)
    return readOlderKeys(path)
  }
  const LONG = 'placeholder-key-0123456789'

  it('are read from lists, settings and variables, as hashes', () => {
    for (const text of [
      JSON.stringify([LONG]),
      JSON.stringify({ apiKey: LONG, port: 1 }),
      JSON.stringify({ apiKey: [LONG] }),
      `# x\nexport PROXY_API_KEY="${LONG}"\nREFRESH_TOKEN=other`,
      `API_KEY=${LONG},short`,
    ]) {
      const { keys } = read(text)
      expect(
        keys.map(({ hint, digest }) => [hint, digest.length]),
        text,
      ).to.deep.equal([['6789', 64]])
      expect(JSON.stringify(keys)).to.not.contain(LONG)
    }
  })

  it('are left out when anybody could guess them', () => {
    const { keys, rejected } = read(JSON.stringify(['short', 'changeme_proxy_secret', 'with white space in it', 7, LONG]))
    expect(keys).to.have.length(1)
    expect(rejected.map(({ index }) => index)).to.deep.equal([0, 1, 2, 3])
  })

  it('never crash the reader, nor stand in its words', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.uint8Array().map(bytes => Buffer.concat([Buffer.from('SQLite format 3\0'), bytes])),
        ),
        text => {
          try {
            const { rejected } = read(text)
            for (const { reason } of rejected) expect(reason).to.match(/^(it|its) /)
          } catch (error) {
            expect(GatewayError.is(error) && error.code).to.equal('bad_request')
          }
        },
      ),
    )
  })
})
