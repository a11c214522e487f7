import { expect } from 'chai'
import type { KiroCredential } from '../../../../providers/kiro/credential.ts'
import { ACCESS_TOKEN, EU_ARN, kiroCredential, REFRESH_TOKEN, US_ARN } from '../../../support/kiro-account.ts'
import { CLIENT, contextOf, importer, importOne } from '../../../support/kiro-import.ts'

const EXPIRES = '2026-08-22T10:15:30.123Z'
const EXPIRES_MS = Date.UTC(2026, 7, 22, 10, 15, 30, 123)

/** The exporters' shapes, each with what must come of it. */
const SHAPES: readonly { readonly name: string; readonly text: unknown; readonly label: string; readonly credential: Partial<KiroCredential> }[] = [
  {
    name: 'the IDE, social',
    text: { accessToken: ACCESS_TOKEN, refreshToken: REFRESH_TOKEN, profileArn: US_ARN, expiresAt: EXPIRES, authMethod: 'social', provider: 'Google' },
    label: 'Google',
    credential: { kind: 'social', accessToken: ACCESS_TOKEN, expiresAt: EXPIRES_MS, profileArn: US_ARN, identityProvider: 'Google' },
  },
  {
    name: 'kiro.rs',
    text: [
      {
        id: 3,
        refreshToken: REFRESH_TOKEN,
        expiresAt: EXPIRES,
        authMethod: 'idc',
        ...CLIENT,
        priority: 2,
        region: 'us-east-1',
        authRegion: 'eu-west-1',
        apiRegion: 'eu-central-1',
        machineId: 'AB'.repeat(32),
        email: 'alice@example.com',
        proxyUrl: 'direct',
        disabled: true,
      },
    ],
    label: 'alice',
    credential: { kind: 'idc', ...CLIENT, authRegion: 'eu-west-1', apiRegion: 'eu-central-1', rest: { id: 3, email: 'alice@example.com' } },
  },
  {
    name: 'kiro.rs, API key',
    text: { kiroApiKey: 'ksk_placeholder', authMethod: 'api_key' },
    label: 'kiro-auth-token',
    credential: { kind: 'api-key', apiKey: 'ksk_placeholder' },
  },
  {
    name: 'kiro.rs-admin, external identity provider',
    text: {
      refreshToken: REFRESH_TOKEN,
      authMethod: 'external_idp',
      provider: 'ExternalIdp',
      clientId: 'client-1',
      tokenEndpoint: 'https://login.microsoftonline.com/t/oauth2/v2.0/token',
      issuerUrl: 'https://login.microsoftonline.com/t/v2.0',
      scopes: ['a', 'offline_access'],
      nickname: 'work',
      profileArn: EU_ARN,
    },
    label: 'work',
    credential: {
      kind: 'external-idp',
      clientId: 'client-1',
      scopes: 'a offline_access',
      profileArn: EU_ARN,
      issuerUrl: 'https://login.microsoftonline.com/t/v2.0',
    },
  },
  {
    name: 'AIClient',
    text: { refreshToken: REFRESH_TOKEN, authMethod: 'builder-id', ...CLIENT, idcRegion: 'us-west-2', uuid: 'u-1' },
    label: 'kiro-auth-token',
    credential: { kind: 'builder-id', ...CLIENT, authRegion: 'us-west-2', rest: { uuid: 'u-1' } },
  },
  {
    name: 'proxycast',
    text: { type: 'kiro', refreshToken: REFRESH_TOKEN, accessToken: ACCESS_TOKEN, expire: EXPIRES, lastRefresh: EXPIRES },
    label: 'kiro-auth-token',
    credential: { kind: 'social', expiresAt: EXPIRES_MS },
  },
  {
    name: 'CLIProxyAPI',
    text: {
      type: 'kiro',
      access_token: ACCESS_TOKEN,
      refresh_token: REFRESH_TOKEN,
      profile_arn: US_ARN,
      expires_at: EXPIRES,
      auth_method: 'idc',
      provider: 'BuilderId',
      client_id: 'client-1',
      client_secret: 'secret-1',
      region: 'us-east-1',
      start_url: 'https://view.awsapps.com/start',
      email: 'bob@example.com',
      last_refresh: EXPIRES,
    },
    label: 'bob',
    credential: { kind: 'builder-id', ...CLIENT, authRegion: 'us-east-1', startUrl: 'https://view.awsapps.com/start' },
  },
  { name: 'kiro2api, social', text: [{ auth: 'Social', refreshToken: REFRESH_TOKEN }], label: 'kiro-auth-token', credential: { kind: 'social' } },
  {
    name: 'kiro2api, IdC',
    text: [{ auth: 'IdC', refreshToken: REFRESH_TOKEN, ...CLIENT, disabled: false }],
    label: 'kiro-auth-token',
    credential: { kind: 'idc', ...CLIENT },
  },
  {
    name: 'polarity',
    text: {
      authMode: 'direct_idc',
      refreshToken: REFRESH_TOKEN,
      ...CLIENT,
      startUrl: 'https://d-1.awsapps.com/start',
      apiRegion: 'eu-central-1',
      region: 'eu-west-1',
    },
    label: 'kiro-auth-token',
    credential: { kind: 'idc', startUrl: 'https://d-1.awsapps.com/start', apiRegion: 'eu-central-1' },
  },
  {
    name: 'KAM, nested',
    text: {
      accounts: [
        {
          email: 'carol@example.com',
          userId: 'd-1',
          status: 'active',
          subscription: { title: 'KIRO FREE' },
          credentials: {
            accessToken: ACCESS_TOKEN,
            refreshToken: REFRESH_TOKEN,
            ...CLIENT,
            region: 'us-east-1',
            authMethod: 'IdC',
            provider: 'BuilderId',
            expiresAt: EXPIRES_MS,
          },
        },
      ],
    },
    label: 'carol',
    credential: { kind: 'builder-id', ...CLIENT, expiresAt: EXPIRES_MS },
  },
  {
    name: 'a pasted record without a method',
    text: { email: 'dan@example.com', provider: 'BuilderId', refreshToken: REFRESH_TOKEN, ...CLIENT, region: 'us-east-1' },
    label: 'dan',
    credential: { kind: 'builder-id' },
  },
  {
    name: 'kiro-cli, a token row with its registration',
    text: {
      access_token: ACCESS_TOKEN,
      refresh_token: REFRESH_TOKEN,
      expires_at: '2026-08-22T10:15:30.123456789Z',
      region: 'us-east-1',
      start_url: 'https://view.awsapps.com/start',
      oauth_flow: 'DeviceCode',
      scopes: ['s'],
      client_id: 'client-1',
      client_secret: 'secret-1',
    },
    label: 'kiro-auth-token',
    credential: { kind: 'builder-id', expiresAt: EXPIRES_MS, scopes: 's' },
  },
  { name: 'a bare API key', text: 'ksk_placeholder\n', label: 'kiro-auth-token', credential: { kind: 'api-key', apiKey: 'ksk_placeholder' } },
  { name: 'a bare refresh token', text: REFRESH_TOKEN, label: 'kiro-auth-token', credential: { kind: 'social', refreshToken: REFRESH_TOKEN } },
  {
    name: 'a .env file',
    text: `# mine\nREFRESH_TOKEN="${REFRESH_TOKEN}"\nexport AUTH_METHOD=idc\nCLIENT_ID=client-1\nCLIENT_SECRET='secret-1'\nREGION=eu-west-1 # there\nPROXY_API_KEY=placeholder\n`,
    label: 'kiro-auth-token',
    credential: { kind: 'idc', ...CLIENT, authRegion: 'eu-west-1' },
  },
]

describe('kiro importer', () => {
  for (const { name, text, label, credential } of SHAPES) {
    it(`reads what ${name} writes`, async () => {
      const account = await importOne(text)
      expect(account.label).to.equal(label)
      expect(account.credential).to.deep.include(credential)
      if (credential.kind !== 'api-key') expect(account.credential.refreshToken).to.equal(REFRESH_TOKEN)
    })
  }

  it("keeps a record's machine, proxy, priority and switch", async () => {
    const account = await importOne({
      refreshToken: REFRESH_TOKEN,
      machineId: 'AB'.repeat(32),
      priority: 4,
      proxyUrl: 'socks5://10.0.0.1:1080',
      proxyUsername: 'me@x',
      proxyPassword: 'p:w',
      disabled: true,
    })
    expect(account.facts).to.deep.equal({ machineId: 'ab'.repeat(32) })
    expect(account.settings).to.deep.equal({ priority: 4, proxy: 'socks5://me%40x:p%3Aw@10.0.0.1:1080' })
    expect(account.disabled).to.equal(true)
  })

  it('does not keep other secrets of a .env file', async () => {
    const { credential } = await importOne(`REFRESH_TOKEN=${REFRESH_TOKEN}\nDATABASE_URL=postgres://u:p@h/d\n`)
    expect(JSON.stringify(credential)).to.not.contain('postgres')
  })

  it('reads every way of writing the expiry', async () => {
    for (const expiresAt of [EXPIRES, EXPIRES_MS, EXPIRES_MS / 1000, String(EXPIRES_MS), '2026-08-22T10:15:30.123', '2026-08-22T12:15:30.123+0200']) {
      expect((await importOne({ refreshToken: REFRESH_TOKEN, accessToken: ACCESS_TOKEN, expiresAt })).credential.expiresAt, String(expiresAt)).to.equal(
        EXPIRES_MS,
      )
    }
    for (const expiresAt of ['soon', Number.NaN, -5, 0, {}, '2026-99-99T00:00:00Z']) {
      expect((await importOne({ refreshToken: REFRESH_TOKEN, accessToken: ACCESS_TOKEN, expiresAt })).credential.expiresAt, JSON.stringify(expiresAt)).to.equal(
        undefined,
      )
    }
  })

  it('unwraps lists, wrappers of lists and of objects, and JSON lines', async () => {
    const entries = ['aorOne', 'aorTwo'].map(refreshToken => ({ refreshToken }))
    const texts = [
      entries,
      { credentials: entries },
      { accounts: entries },
      { data: { accounts: entries } },
      { tokens: { one: entries[0], two: entries[1] } },
    ].map(value => JSON.stringify(value))
    for (const text of [...texts, entries.map(entry => JSON.stringify(entry)).join('\n'), JSON.stringify(['aorOne', 'aorTwo'])]) {
      const { accounts } = await importer.parse(text, contextOf())
      expect(
        accounts.map(({ credential }) => credential.refreshToken),
        text,
      ).to.deep.equal(['aorOne', 'aorTwo'])
      expect(accounts.map(({ label }) => label)).to.deep.equal(['kiro-auth-token 1', 'kiro-auth-token 2'])
    }
  })

  it('takes the good entries of a list and says what is wrong with the others', async () => {
    const { accounts, rejected } = await importer.parse(
      JSON.stringify([
        { refreshToken: REFRESH_TOKEN },
        { type: 'gemini', refreshToken: 'x' },
        7,
        { refreshToken: 'aorAb...yz' },
        { refreshToken: REFRESH_TOKEN },
      ]),
      contextOf(),
    )
    expect(accounts).to.have.length(1)
    expect(rejected.map(({ index }) => index)).to.deep.equal([1, 2, 3, 4])
    expect(rejected.map(({ reason }) => reason).join('\n')).to.match(/of gemini[^]*neither a JSON object[^]*shortened copy[^]*twice/)
  })

  it('reads its own stored form', async () => {
    const credential: KiroCredential = {
      ...kiroCredential('builder-id'),
      authRegion: 'us-east-1',
      identityProvider: 'BuilderId',
      expiresAt: EXPIRES_MS,
      rest: { uuid: 'u-1' },
    }
    const account = { label: 'mine', credential, facts: { machineId: 'ab'.repeat(32) }, settings: { proxy: 'direct', priority: 2 } }
    expect(await importOne({ provider: 'kiro', ...account })).to.deep.equal(account)
  })

  it('makes accounts of the environment', () => {
    const read = (variables: Record<string, string>) => importer.environment?.(variables, contextOf({}, 'the environment')) ?? []
    expect(read({})).to.deep.equal([])
    expect(read({ REFRESH_TOKEN: '', KIRO_API_KEY: ' ' })).to.deep.equal([])
    expect(read({ REFRESH_TOKEN, PROFILE_ARN: US_ARN, CLIENT_ID: '', KIRO_REGION: 'eu-west-1' })).to.deep.equal([
      { label: 'environment', credential: { kind: 'social', refreshToken: REFRESH_TOKEN, profileArn: US_ARN } },
    ])
    expect(
      read({ REFRESH_TOKEN, AUTH_METHOD: 'idc', CLIENT_ID: 'client-1', CLIENT_SECRET: 'secret-1', KIRO_API_KEY: 'ksk_placeholder' }).map(
        ({ credential }) => credential.kind,
      ),
    ).to.deep.equal(['idc', 'api-key'])
    expect(() => read({ REFRESH_TOKEN, AUTH_METHOD: 'idc' })).to.throw(/no clientId and clientSecret/)
  })
})
