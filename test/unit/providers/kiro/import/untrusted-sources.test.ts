import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../../../../../core/errors/gateway-error.ts'
import { KiroCredential } from '../../../../../providers/kiro/credential.ts'
import { openFernet } from '../../../../../providers/kiro/import/fernet.ts'
import { contextOf, importer } from '../../../../support/kiro-import.ts'
import { temporaryFolders } from '../../../../support/temporary-folder.ts'
import { fernetOf, writeUserStore } from '../../../../support/user-store.ts'

/** Unlikely to be in a message by chance, and of the letters that tokens have. */
const secret = fc.stringMatching(/^[A-Za-z0-9]{24,40}$/)
const SECRET_NAMES = ['refreshToken', 'access_token', 'clientSecret', 'kiroApiKey', 'apiKey', 'proxyPassword', 'password', 'deviceCode'] as const
const OTHER_NAMES = [
  'authMethod',
  'region',
  'profileArn',
  'clientIdHash',
  'status',
  'enabled',
  'disabled',
  'host',
  'email',
  'token_path',
  'closed',
  'expiresAt',
  'proxyUrl',
  'models',
  'weight',
] as const

/** Entries with secrets in every place where one may be, and anything at all in the others. */
const entry = fc
  .tuple(
    fc.dictionary(
      fc.constantFrom(...OTHER_NAMES),
      fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom('idc', 'social', 'disabled', 'no-key', 'tokens/a.json'),
      ),
    ),
    fc.dictionary(
      fc.constantFrom(...SECRET_NAMES),
      secret.chain(text => fc.constantFrom(text, `${text}...`, `ksk_${text}`, `aor${text}`, `${text} ${text}`)),
    ),
  )
  .map(([others, secrets]) => ({ fields: { ...others, ...secrets }, secrets: Object.values(secrets) }))

const wrapped = fc.tuple(fc.array(entry, { maxLength: 4 }), fc.constantFrom('list', 'accounts', 'credentials', 'token', 'lines')).map(([entries, form]) => {
  const fields = entries.map(each => each.fields)
  const secrets = entries.flatMap(each => each.secrets)
  switch (form) {
    case 'list':
      return { text: JSON.stringify(fields), secrets }
    case 'lines':
      return { text: fields.map(each => JSON.stringify(each)).join('\n'), secrets }
    case 'token':
      return { text: JSON.stringify({ accounts: fields.map(token => ({ token, email: 'a@b.c' })) }), secrets }
    default:
      return { text: JSON.stringify({ [form]: fields }), secrets }
  }
})

/** What comes of a text: accounts that the store would take, and words about the rest. */
async function outcome(text: string): Promise<string> {
  const context = { ...contextOf(), linked: () => Promise.resolve(undefined) }
  try {
    const { accounts, rejected } = await importer.parse(text, context)
    for (const { credential, settings } of accounts) {
      expect(Value.Check(KiroCredential, credential)).to.equal(true)
      expect(settings?.weight ?? 0).to.be.at.least(0)
    }
    return rejected.map(({ reason }) => reason).join('\n')
  } catch (error) {
    if (GatewayError.is(error) && error.code === 'bad_request') return error.message
    throw error
  }
}

describe('kiro importer, whatever it is given', () => {
  const folders = temporaryFolders()

  it('makes accounts or plain words of any text', () =>
    fc.assert(fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), async text => void (await outcome(text)))))

  it('never repeats a secret, however broken the entry around it', () =>
    fc.assert(
      fc.asyncProperty(wrapped, async ({ text, secrets }) => {
        const said = await outcome(text)
        for (const each of secrets) expect(said).to.not.contain(each.slice(0, 24))
      }),
    ))

  it('reads back what it writes for the IDE', async () => {
    const optional = fc.option(secret, { nil: undefined })
    const account = fc.record({
      kind: fc.constantFrom('social', 'builder-id', 'idc', 'external-idp', 'api-key'),
      identity: fc.constantFrom(undefined, 'Google', 'BuilderId', 'Enterprise'),
      startUrl: optional,
      at: fc.integer({ min: 1e12, max: 2e12 }),
      token: secret,
      weight: fc.nat(),
      disabled: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(account, async ({ kind, identity, startUrl, at, token, weight, disabled }) => {
        const isOidc = kind === 'idc' || kind === 'builder-id'
        const identityProvider =
          kind === 'idc' && identity !== undefined
            ? 'Enterprise'
            : kind === 'builder-id' && identity !== undefined
              ? 'BuilderId'
              : kind === 'social'
                ? identity
                : undefined
        const credential = {
          kind,
          ...(kind === 'api-key' ? { apiKey: `ksk_${token}` } : { refreshToken: `aor${token}`.padEnd(100, 'x'), accessToken: `aoa${token}`, expiresAt: at }),
          ...(isOidc || kind === 'external-idp' ? { clientId: 'c' } : {}),
          ...(isOidc ? { clientSecret: 's', authRegion: 'eu-west-1' } : {}),
          ...(kind === 'external-idp' ? { tokenEndpoint: 'https://login.example/token' } : {}),
          ...(kind === 'idc' && startUrl !== undefined ? { startUrl: `https://${startUrl}.awsapps.com/start` } : {}),
          ...(identityProvider === undefined ? {} : { identityProvider }),
        } as KiroCredential
        const given = { label: 'mine', credential, settings: { weight, proxy: 'direct', models: ['claude-*'] }, ...(disabled ? { disabled } : {}) }
        const { accounts } = await importer.parse(JSON.stringify(importer.write?.(given)), contextOf())
        expect(accounts).to.deep.equal([given])
      }),
    )
  })

  it('opens a KiroGate token with its key alone, and no other text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (text, key, other) => {
        fc.pre(key !== other)
        const sealed = fernetOf(text, key)
        expect(openFernet(sealed, key)).to.equal(Buffer.from(text, 'utf8').toString('utf8'))
        expect(openFernet(sealed, other)).to.equal(undefined)
        expect(openFernet(text, key)).to.equal(undefined)
        const flipped = Buffer.from(sealed, 'base64url')
        flipped[9] = (flipped[9] ?? 0) ^ 1
        expect(openFernet(flipped.toString('base64url'), key)).to.equal(undefined)
      }),
    )
  })

  it('refuses a database whose bytes are not what they seem', () => {
    const path = join(folders.make(), 'users.db')
    writeUserStore(path, { secret: 's', tokens: ['aorPlaceholder'] })
    writeFileSync(path, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4096, 7)]))
    expect(() => importer.readDatabase?.(path, {})).to.throw()
  })
})
