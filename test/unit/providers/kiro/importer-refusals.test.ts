import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError, type ImportContext } from '../../../../core/index.ts'
import { BUILDER_ID_ARN } from '../../../../providers/kiro/profile-arn.ts'
import { REFRESH_TOKEN } from '../../../support/kiro-account.ts'
import { CLIENT, contextOf, importer, importOne, refusal } from '../../../support/kiro-import.ts'

const HASH = '0123456789abcdef0123456789abcdef01234567'

describe('kiro importer on incomplete and bad input', () => {
  describe('looking for the client registration', () => {
    const token = { refreshToken: REFRESH_TOKEN, authMethod: 'IdC', provider: 'Enterprise', region: 'us-east-1', clientIdHash: HASH }
    const secretFor = (startUrl: string) =>
      `h.${Buffer.from(JSON.stringify({ serialized: JSON.stringify({ initiateLoginUri: startUrl }) })).toString('base64url')}.s`

    it('takes the client pair, and nothing else, from the file that the hash names', async () => {
      const files = {
        [`${HASH}.json`]: { ...CLIENT, expiresAt: '2025-01-01T00:00:00', region: 'eu-west-1', scopes: ['x'] },
        'other.json': { clientId: 'other', clientSecret: 'other' },
      }
      const { credential } = await importOne(token, contextOf(files))
      expect(credential).to.deep.include({ ...CLIENT, kind: 'idc', authRegion: 'us-east-1' })
      expect(credential.scopes).to.equal(undefined)
    })

    it('scans the folder when the file is gone, and accepts one candidate only', async () => {
      const session = { 'session.json': { accessToken: 'aoaOther', clientId: 'x', clientSecret: 'y' } }
      const over = { 'over.json': { clientId: 'old', clientSecret: 'old', expiresAt: '2025-12-31T00:00:00' } }
      const one = { ...session, ...over, 'one.json': CLIENT }
      expect((await importOne(token, contextOf(one))).credential.clientId).to.equal('client-1')
      expect(await refusal(token, contextOf({ ...one, 'two.json': { clientId: 'client-2', clientSecret: 'z' } }))).to.contain(
        'no client registration was found',
      )
      expect(await refusal(token, contextOf(session))).to.contain('no client registration was found')
    })

    it('reads the folder once for a list of accounts', async () => {
      let reads = 0
      const context: ImportContext = {
        ...contextOf({ 'one.json': CLIENT }),
        companion: async () => {
          reads += 1
          return JSON.stringify(CLIENT)
        },
      }
      const list = Array.from({ length: 50 }, (_, index) => ({ authMethod: 'idc', refreshToken: `aorToken${index}` }))
      expect((await importer.parse(JSON.stringify(list), context)).accounts).to.have.length(50)
      expect(reads).to.equal(1)
    })

    it('never makes a path of a hash that is none', async () => {
      const asked: string[] = []
      const context: ImportContext = {
        ...contextOf(),
        companion: async name => {
          asked.push(name)
          return undefined
        },
      }
      await refusal({ ...token, clientIdHash: '../../etc/passwd' }, context)
      expect(asked).to.deep.equal([])
    })

    it('tells Builder ID from enterprise by the start URL inside the client secret', async () => {
      const kindFor = async (startUrl: string) =>
        (await importOne({ refreshToken: REFRESH_TOKEN, authMethod: 'idc', clientId: 'c', clientSecret: secretFor(startUrl) })).credential.kind
      expect(await kindFor('https://view.awsapps.com/start')).to.equal('builder-id')
      expect(await kindFor('https://d-1234567890.awsapps.com/start')).to.equal('idc')
    })

    it('tells Builder ID by its placeholder profile', async () => {
      expect((await importOne({ refreshToken: REFRESH_TOKEN, authMethod: 'idc', ...CLIENT, profileArn: BUILDER_ID_ARN })).credential.kind).to.equal(
        'builder-id',
      )
    })
  })

  describe('refusing', () => {
    const CASES: readonly [string, unknown, RegExp][] = [
      ['an empty text', '  \n', /is empty/],
      ['cut JSON', `{"refreshToken":"${REFRESH_TOKEN}`, /neither JSON nor KEY=VALUE/],
      ['an empty list', [], /holds no credentials/],
      ['no token', { authMethod: 'social' }, /no refresh token/],
      ['a shortened token', { refreshToken: 'aorAAAAA...AAAA' }, /shortened copy/],
      ['an ellipsis', { refreshToken: 'aorAAAAA…' }, /shortened copy/],
      ['a broken token', { refreshToken: 'aorAA\nAA' }, /white space/],
      ['a shortened client secret', { refreshToken: REFRESH_TOKEN, authMethod: 'idc', clientId: 'c', clientSecret: 'ey...' }, /client secret is a shortened/],
      ['an unknown method', { refreshToken: REFRESH_TOKEN, authMethod: 'constructor' }, /sign-in method "constructor"/],
      ['a region that is none', { refreshToken: REFRESH_TOKEN, region: 'x.evil.example' }, /not the name of an AWS region/],
      ['a profile that is none', { refreshToken: REFRESH_TOKEN, profileArn: 'arn:none' }, /not the ARN of a profile/],
      ['a proxy that is none', { refreshToken: REFRESH_TOKEN, proxyUrl: 'file:///etc/passwd' }, /proxyUrl/],
      ['another vendor', { type: 'codex', refresh_token: 'x' }, /of codex, not of Kiro/],
    ]
    for (const [name, value, message] of CASES) {
      it(`says what is wrong with ${name}`, async () => {
        expect(await refusal(value)).to.match(message)
      })
    }

    it('does not repeat secrets', async () => {
      const message = await refusal(`{"refreshToken":"${REFRESH_TOKEN}",`, contextOf({}, 'https://user:pw@host.example/creds.json?sig=secret'))
      expect(message).to.contain('https://host.example/creds.json')
      for (const secret of [REFRESH_TOKEN.slice(0, 20), 'pw', 'sig']) expect(message).to.not.contain(secret)
    })

    it('a short token only when it was visibly cut', async () => {
      expect((await importOne({ refreshToken: 'rt-1' })).credential.refreshToken).to.equal('rt-1')
    })
  })

  it('fails on no input otherwise than with a GatewayError', async () => {
    const member = fc.constantFrom(
      'refreshToken',
      'refresh_token',
      'authMethod',
      'credentials',
      'accounts',
      'clientId',
      'clientSecret',
      'expiresAt',
      'region',
      'proxyUrl',
      'scopes',
      'rest',
      'machineId',
      'email',
      '__proto__',
      'type',
      'kiroApiKey',
    )
    const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.constantFrom('idc', 'social', REFRESH_TOKEN, 'ksk_x', 'https://x:1'),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(member, tie('tree')),
      ),
    }))
    const text = fc.oneof(
      tree.map(value => JSON.stringify(value)),
      fc.json(),
      fc.string(),
      fc.string().map(value => `KEY=${value}\nREFRESH_TOKEN=${value}`),
    )
    await fc.assert(
      fc.asyncProperty(text, async input => {
        try {
          const { accounts } = await importer.parse(input, contextOf({ 'c.json': CLIENT }))
          for (const { credential } of accounts)
            expect(credential.refreshToken ?? credential.apiKey)
              .to.be.a('string')
              .and.not.equal('')
        } catch (error) {
          if (!GatewayError.is(error)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })
})
