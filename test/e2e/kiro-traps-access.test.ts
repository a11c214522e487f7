import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Account } from '../../core/index.ts'
import { silentLogger } from '../../core/telemetry/log.ts'
import type { KiroCredential } from '../../providers/kiro/credential.ts'
import { credentialPlaces } from '../../providers/kiro/import/places.ts'
import { KiroProvider } from '../../providers/kiro/index.ts'
import type { IssuedCredential } from '../../providers/kiro/simulator/index.ts'
import { writeCliStore } from '../support/cli-store.ts'
import { eventually } from '../support/eventually.ts'
import { ask, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'
import { importByCommand } from '../support/import-command.ts'
import { kiroAccount, kiroOptions } from '../support/kiro-account.ts'
import { importOne } from '../support/kiro-import.ts'
import { accounts, addAccount, becomes, calls, lastSent, sent, tell, without } from '../support/kiro-traps.ts'
import { ScriptedHttp } from '../support/scripted-http.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'

const BUILDER_ID = 'arn:aws:codewhisperer:us-east-1:638616132270:profile/AAAACCCCXXXX'
const KINDS = ['social', 'builder-id', 'idc', 'external-idp', 'api-key'] as const
const SSO_REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-north-1', 'ap-southeast-1', 'ap-northeast-1', 'ca-central-1', 'sa-east-1']
const MINUTE = 60_000

const provider = () => new KiroProvider({ name: 'kiro', options: kiroOptions(), log: silentLogger, clock: new ShiftedClock() })
const accountWith = (credential: KiroCredential): Account<KiroCredential> => ({ ...kiroAccount(credential.kind), credential })

describe('traps of the Kiro upstream: accounts, profiles and regions', () => {
  let gateway: TestGateway | undefined
  afterEach(async () => {
    await gateway?.close()
    gateway = undefined
  })

  const start = async (options?: TestGatewayOptions) => (gateway = await startTestGateway(options))
  const serves = async (running: TestGateway) => {
    const told = await tell(running, ask('hi'))
    expect(told.status, told.error).to.equal(200)
    return told
  }

  it('trap 26: no lane of any account is a host that exists in one region only', () => {
    for (const kind of KINDS) {
      for (const authRegion of SSO_REGIONS) {
        const hosts = provider()
          .lanes(kiroAccount(kind, { authRegion }))
          .map(lane => new URL(lane.origin).host)
        for (const host of hosts)
          expect(host, `${kind} ${authRegion}`).to.match(/^(q\.(us-east-1|eu-central-1)\.amazonaws\.com|runtime\.(us-east-1|eu-central-1)\.kiro\.dev)$/)
      }
    }
  })

  it('trap 27: a sign-in region is asked for tokens, and answers come from the region that serves it', async () => {
    for (const authRegion of SSO_REGIONS) {
      const account = kiroAccount('idc', { authRegion })
      const http = new ScriptedHttp(() => ({ body: { accessToken: 'aoaNEW', expiresIn: 3600 } }))
      await provider().refreshToken(account, http)
      expect(http.lines).to.deep.equal([`POST https://oidc.${authRegion}.amazonaws.com/token`])
      const expected = authRegion.startsWith('eu-') ? 'eu-central-1' : 'us-east-1'
      expect(provider().lanes(account)[0]?.origin).to.equal(`https://q.${expected}.amazonaws.com`)
    }
  })

  it('trap 28: every kind of sign-in names its own profile, those whose file has none too', async () => {
    const running = await start({ accounts: ['builder-id', 'idc', 'external-idp'] })
    await addAccount(running, without(running.simulator.issue('social'), 'profileArn'))
    for (let turn = 0; turn < 8; turn++) await serves(running)
    const arns = new Map(sent(running).map(({ entry, body }) => [entry.account, body.profileArn]))
    expect([...arns.keys()]).to.have.members(['account-1', 'account-2', 'account-3', 'account-4'])
    expect(arns.get('account-1')).to.equal(BUILDER_ID)
    expect(new Set(arns.values()).size).to.equal(4)
    expect(running.simulator.stats().refusedByRules).to.equal(0)
  })

  it('trap 29: a profile of another kind of sign-in is never used, in a polluted file or after a refusal', async () => {
    const running = await start({ accounts: [] })
    const { simulator } = running
    await addAccount(running, { ...simulator.issue('idc'), profileArn: BUILDER_ID })
    await addAccount(running, { ...simulator.issue('builder-id'), profileArn: simulator.issue('social').profileArn })
    for (let turn = 0; turn < 4; turn++) await serves(running)
    expect(simulator.stats().refusedByRules).to.equal(0)
    simulator.script({ do: 'error', error: 'not-authorized', times: 9 })
    await tell(running, ask('hi'))
    const arns = (account: string) => new Set(sent(running).flatMap(({ entry, body }) => (entry.account === account ? [body.profileArn] : [])))
    expect([...arns('account-2')]).to.deep.equal([BUILDER_ID])
    expect([...arns('account-1')])
      .to.have.length(1)
      .and.not.include(BUILDER_ID)
  })

  it('trap 30: "not authorized" is no ban: the profile is resolved once, the account rests and comes back by itself', async () => {
    const clock = new ShiftedClock()
    const running = await start({ accounts: ['idc'], clock, simulator: { now: () => clock.now() } })
    running.simulator.script({ do: 'error', error: 'not-authorized', times: 2 })
    expect((await tell(running, ask('hi'))).status).to.be.oneOf([502, 503])
    expect([calls(running, 'profiles').length, sent(running).length]).to.deep.equal([2, 2])
    await becomes(running, 'cooldown')
    clock.skip(10 * MINUTE + 1_000)
    await serves(running)
    await becomes(running, 'active')
  })

  it('trap 31: a search that runs at a vendor is left out with a warning, and /mcp is not asked', async () => {
    const running = await start({ accounts: ['idc'] })
    const told = await tell(running, ask('find it', { tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 5 }] }))
    expect([told.status, told.changes]).to.deep.equal([200, ['hosted-tools']])
    expect(calls(running, 'mcp')).to.deep.equal([])
  })

  it('trap 32: a token that is refused although it has not expired is renewed once, and the request tried again', async () => {
    const running = await start()
    running.simulator.script({ do: 'error', error: 'invalid-bearer' })
    expect((await serves(running)).attempts).to.equal(2)
    expect(running.simulator.stats().refreshes).to.equal(1)
    const [before, after] = sent(running).map(({ entry }) => entry.headers.authorization)
    expect(after).not.to.equal(before)
    expect((await serves(running)).attempts).to.equal(1)
  })

  it("trap 33: where the IDE has renewed the file's token, the file is read again before the account is given up", async () => {
    const running = await start()
    writeFileSync(join(running.folder, 'credentials.json'), JSON.stringify([await renewedByTheIde(running)]))
    running.simulator.expireAccessTokens()
    // The IDE's next token, not yet used by us.
    const again = await renewedByTheIde(running)
    writeFileSync(join(running.folder, 'credentials.json'), JSON.stringify([again]))
    await serves(running)
    expect(lastSent(running).entry.headers.authorization).to.equal(`Bearer ${again.accessToken}`)
    expect((await accounts(running)).map(({ state }) => state.status)).to.deep.equal(['active'])
  })

  it('trap 33: a new sign-in in the file of an account that was given up is found within a minute', async () => {
    const clock = new ShiftedClock()
    const running = await start({ clock, simulator: { now: () => clock.now() } })
    running.simulator.revoke(running.credentials[0] as IssuedCredential)
    expect((await tell(running, ask('hi'))).status).to.be.oneOf([502, 503])
    await becomes(running, 'invalid')
    writeFileSync(join(running.folder, 'credentials.json'), JSON.stringify([running.simulator.issue('social')]))
    await eventually(async () => {
      clock.skip(61_000)
      return (await tell(running, ask('hi'))).status === 200
    })
    await becomes(running, 'active')
  })

  it('trap 34: a credential that does not tell its end is renewed before its first use', async () => {
    const running = await start({ accounts: [] })
    await addAccount(running, { ...without(running.simulator.issue('social'), 'expiresAt'), accessToken: 'aoaPLACEHOLDER' })
    await serves(running)
    expect(running.simulator.journal.flatMap(({ operation }) => operation ?? []).filter(name => name !== 'models')).to.deep.equal(['refresh', 'generate'])
    expect(JSON.stringify(running.simulator.journal.map(entry => entry.headers))).not.to.contain('PLACEHOLDER')
  })

  it('trap 35: an enterprise token finds its client registration in the file that its hash names', async () => {
    const running = await start({ accounts: [] })
    const { clientId, clientSecret, ...token } = running.simulator.issue('idc')
    const clientIdHash = '0123456789abcdef0123456789abcdef01234567'
    const { credential } = await importOne(
      { ...token, clientIdHash },
      {
        source: '/home/user/.aws/sso/cache/kiro-auth-token.json',
        companion: async name => (name === `${clientIdHash}.json` ? JSON.stringify({ clientId, clientSecret, expiresAt: '2099-01-01T00:00:00' }) : undefined),
        companions: async () => [`${clientIdHash}.json`],
      },
    )
    await running.gateway.services.directory.add('kiro', { label: 'enterprise', credential }, 'store')
    await running.gateway.services.watch.check()
    running.simulator.expireAccessTokens()
    await serves(running)
    expect(calls(running, 'token').map(({ status }) => status)).to.deep.equal([200])
  })

  it('trap 36: an enterprise import with its region in authRegion is no Builder ID and is renewed in that region', async () => {
    const { credential } = await importOne({
      ...without(enterprise, 'region', 'startUrl', 'provider'),
      clientSecret: SECRET_OF_ENTERPRISE,
      authRegion: 'eu-west-1',
    })
    expect(credential).to.include({ kind: 'idc', authRegion: 'eu-west-1' })
    const http = new ScriptedHttp(() => ({ body: { accessToken: 'aoaNEW', expiresIn: 3600 } }))
    await provider().refreshToken(accountWith(credential), http)
    expect(http.lines).to.deep.equal(['POST https://oidc.eu-west-1.amazonaws.com/token'])
    expect(provider().lanes(accountWith(credential))[0]?.origin).to.equal('https://q.eu-central-1.amazonaws.com')
  })

  it('trap 37: a new sign-in replaces token and client registration together', async () => {
    const running = await start({ accounts: ['idc'] })
    await serves(running)
    const [before] = await accounts(running)
    const again = running.simulator.issue('idc')
    writeFileSync(join(running.folder, 'credentials.json'), JSON.stringify([again]))
    await running.restart()
    running.simulator.expireAccessTokens()
    await serves(running)
    expect((await accounts(running)).map(({ id }) => id)).to.deep.equal([before?.id])
    expect(calls(running, 'token').at(-1)?.body).to.include({ clientId: again.clientId, clientSecret: again.clientSecret, refreshToken: again.refreshToken })
    expect(calls(running, 'token').map(({ status }) => status)).to.deep.equal([200])
  })

  it('trap 39: a sign-in of the command line client is found in its own store, on Windows in the local folder', async () => {
    const running = await start({ accounts: [] })
    const {
      accessToken: access_token,
      refreshToken: refresh_token,
      expiresAt: expires_at,
      clientId: client_id,
      clientSecret: client_secret,
      startUrl: start_url,
    } = running.simulator.issue('idc')
    writeCliStore(join(running.folder, '.local', 'share', 'kiro-cli', 'data.sqlite3'), {
      'kirocli:odic:token': { access_token, refresh_token, expires_at, region: 'us-east-1', start_url },
      'kirocli:odic:device-registration': { client_id, client_secret, region: 'us-east-1' },
    })
    const { code, said } = await importByCommand(running, [], { HOME: running.folder, XDG_DATA_HOME: join(running.folder, '.local', 'share') })
    expect(code, said).to.equal(0)
    running.simulator.expireAccessTokens()
    await serves(running)
    expect(calls(running, 'token').map(({ status }) => status)).to.deep.equal([200])
    const windows = credentialPlaces({ platform: 'win32', home: 'C:\\Users\\u', variables: { LOCALAPPDATA: 'D:\\Local' } })
    expect(windows[1]?.[0]).to.equal('D:\\Local\\Kiro-Cli\\data.sqlite3')
    const nowhere = await importByCommand(running, [], { HOME: join(running.folder, 'empty'), XDG_DATA_HOME: join(running.folder, 'empty') })
    expect([nowhere.code, nowhere.said]).to.satisfy(
      ([failed, words]: [number, string]) => failed === 1 && words.includes('kiro-auth-token.json') && words.includes('data.sqlite3'),
    )
  })

  it('trap 40: a rate limit of the token endpoint disables nobody', async () => {
    const clock = new ShiftedClock()
    const running = await start({ clock, simulator: { now: () => clock.now() } })
    const states: string[] = []
    running.gateway.services.events.on('account.state', ({ to }) => void states.push(to.status))
    await serves(running)
    running.simulator.script({ do: 'refresh', fault: 'too-many-requests', times: 2 })
    clock.skip(50 * MINUTE)
    await eventually(async () => calls(running, 'refresh').length > 0)
    await serves(running)
    expect(states).to.deep.equal([])
    // Now it is in the way: the token is refused, and no other is to be had.
    running.simulator.expireAccessTokens()
    clock.skip(MINUTE)
    expect((await tell(running, ask('hi'))).status).to.be.oneOf([502, 503])
    clock.skip(MINUTE)
    await serves(running)
    await becomes(running, 'active')
    expect(states).to.not.include.members(['cooldown']).and.not.include.members(['invalid'])
    expect(running.simulator.stats().spentRefreshTokensPresented).to.equal(0)
  })

  it('trap 41: model lists and usage are asked for with a present identity, and without the profile where it is refused', async () => {
    const running = await start()
    running.simulator.script({ do: 'operation', operation: 'models', error: 'not-authorized', times: 2 })
    const listed = await (await fetch(`${running.url}/v1/models`, { headers: { 'x-api-key': running.key } })).text()
    expect(listed).to.contain('claude-opus-4.8')
    const asked = calls(running, 'models')
    expect(asked.map(({ path }) => path.includes('profileArn'))).to.deep.equal([true, true, false])
    expect(asked[0]?.headers['user-agent']).to.match(/KiroIDE-0\.1[2-9]\.\d+-[0-9a-f]{64}$/)
    const http = new ScriptedHttp(({ url }) =>
      url.includes('profileArn') ? { status: 400, body: { message: 'Improperly formed request.', reason: null } } : { body: {} },
    )
    expect(await provider().quota(kiroAccount('social'), http)).to.deep.equal({ buckets: [] })
  })
})

const enterprise: IssuedCredential = { accessToken: 'aoaX', refreshToken: `aor${'Ab3'.repeat(60)}`, authMethod: 'IdC', clientId: 'client-1' }
const SECRET_OF_ENTERPRISE = `e30.${Buffer.from(JSON.stringify({ initiateLoginUri: 'https://d-0000000000.awsapps.com/start' })).toString('base64url')}.x`

/** The IDE trades its refresh token, which ends ours, and has a new pair. */
async function renewedByTheIde({ simulator, folder }: TestGateway): Promise<IssuedCredential> {
  const [mine] = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as [IssuedCredential]
  const response = await fetch(`${simulator.origin}/refreshToken`, { method: 'POST', body: JSON.stringify({ refreshToken: mine.refreshToken }) })
  const { accessToken, refreshToken } = (await response.json()) as { accessToken: string; refreshToken: string }
  return { ...mine, accessToken, refreshToken, expiresAt: new Date(Date.now() + 3_600_000).toISOString() }
}
