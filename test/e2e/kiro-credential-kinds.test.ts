import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { IssuedCredential } from '../../providers/kiro/simulator/index.ts'
import { ask, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'
import { importByCommand } from '../support/import-command.ts'
import { accounts, becomes, calls, lastSent, sent, tell, without } from '../support/kiro-traps.ts'

const HASH = '0123456789abcdef0123456789abcdef01234567'
const SOCIAL_ARN = 'arn:aws:codewhisperer:us-east-1:699475941385:profile/EHGA3GRVQMUK'
const BUILDER_ID_ARN = 'arn:aws:codewhisperer:us-east-1:638616132270:profile/AAAACCCCXXXX'

describe('kinds of Kiro credentials, from "accounts import" to an answer', () => {
  let gateway: TestGateway | undefined
  afterEach(async () => {
    await gateway?.close()
    gateway = undefined
  })

  const start = async (options: TestGatewayOptions = {}) => (gateway = await startTestGateway({ accounts: [], ...options }))

  /** Writes files into a folder and imports the first of them. */
  const imported = async (running: TestGateway, files: Readonly<Record<string, unknown>>) => {
    const folder = join(running.folder, 'sso-cache')
    mkdirSync(folder, { recursive: true })
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
    return importByCommand(running, [join(folder, Object.keys(files)[0] ?? '')])
  }
  const takes = async (running: TestGateway, files: Readonly<Record<string, unknown>>) => {
    const { code, said } = await imported(running, files)
    expect(code, said).to.equal(0)
    expect(said).not.to.match(/ao[ar][A-Za-z0-9]{20}|ksk_/)
  }
  const answers = async (running: TestGateway) => {
    const told = await tell(running, ask('hi'))
    expect(told.status, told.error).to.equal(200)
    return lastSent(running)
  }
  // Lists of models are read in the background, whenever there is time.
  const operations = (running: TestGateway) => running.simulator.journal.flatMap(({ operation }) => (operation === undefined || operation === 'models' ? [] : operation))

  it('social: the file of the IDE', async () => {
    const running = await start()
    await takes(running, { 'kiro-auth-token.json': running.simulator.issue('social') })
    expect((await answers(running)).body.profileArn).to.equal(SOCIAL_ARN)
    running.simulator.expireAccessTokens()
    await answers(running)
    expect(operations(running)).to.deep.equal(['generate', 'generate', 'refresh', 'generate'])
    expect(calls(running, 'refresh')[0]?.body).to.have.all.keys('refreshToken')
  })

  it('Builder ID: the file of the IDE, its client registration in the companion that the hash names', async () => {
    const running = await start()
    const { clientId, clientSecret, ...token } = running.simulator.issue('builder-id')
    const stranger = { clientId: 'another', clientSecret: 'registration' }
    await takes(running, { 'kiro-auth-token.json': { ...token, clientIdHash: HASH }, [`${HASH}.json`]: { clientId, clientSecret }, 'other.json': stranger })
    expect((await answers(running)).body.profileArn).to.equal(BUILDER_ID_ARN)
    running.simulator.expireAccessTokens()
    await answers(running)
    expect(calls(running, 'token').map(({ status, body }) => [status, (body as { clientId: string }).clientId])).to.deep.equal([[200, clientId]])
    expect(calls(running, 'profiles')).to.deep.equal([])
  })

  it('Identity Center: the profile is asked for when it is needed, and kept over a restart', async () => {
    const running = await start()
    const token = running.simulator.issue('idc', { region: 'ap-southeast-1' })
    await takes(running, { 'kiro-auth-token.json': token })
    expect(calls(running, 'profiles')).to.deep.equal([])
    const arn = (await answers(running)).body.profileArn
    await answers(running)
    expect(calls(running, 'profiles')).to.have.length(1)
    await running.restart()
    running.simulator.expireAccessTokens()
    expect((await answers(running)).body.profileArn).to.equal(arn)
    expect(calls(running, 'profiles')).to.have.length(1)
    expect((await accounts(running))[0]?.facts['profileArn']).to.equal(arn)
    expect(calls(running, 'token').at(-1)?.status).to.equal(200)
  })

  it('external identity provider: renewed by a form at the endpoint that the operator trusts, with its token type', async () => {
    const running = await start({ config: ({ origin }: { origin: string }) => ({ providers: [{ use: 'kiro', options: { externalIdpHosts: [origin] } }] }) })
    await takes(running, { 'entra.json': without(running.simulator.issue('external-idp'), 'profileArn') })
    await answers(running)
    running.simulator.expireAccessTokens()
    const { entry } = await answers(running)
    expect(entry.headers['tokentype']).to.equal('EXTERNAL_IDP')
    const [renewal] = calls(running, 'token')
    expect([renewal?.path, renewal?.status]).to.deep.equal(['/oidc-external/token', 200])
    expect(renewal?.body).to.include({ grant_type: 'refresh_token' })
    expect(calls(running, 'profiles')).to.have.length(1)
  })

  it('external identity provider: an endpoint that nobody vouches for never sees a token', async () => {
    const running = await start()
    await takes(running, { 'entra.json': running.simulator.issue('external-idp') })
    running.simulator.expireAccessTokens()
    expect((await tell(running, ask('hi'))).status).to.be.oneOf([502, 503])
    expect(calls(running, 'token')).to.deep.equal([])
    await becomes(running, 'invalid')
  })

  it('API key: over the form of the command line, without a profile and without a renewal', async () => {
    const running = await start()
    const { kiroApiKey = '' } = running.simulator.issue('api-key')
    await takes(running, { 'key.txt': kiroApiKey })
    const { entry, body } = await answers(running)
    expect(entry.path).to.equal('/')
    expect(entry.headers).to.include({
      'x-amz-target': 'AmazonCodeWhispererStreamingService.GenerateAssistantResponse',
      'content-type': 'application/x-amz-json-1.0',
      tokentype: 'API_KEY',
      authorization: `Bearer ${kiroApiKey}`,
    })
    expect(body.profileArn).to.equal(undefined)
    running.simulator.revoke(kiroApiKey)
    expect((await tell(running, ask('hi'))).status).to.be.oneOf([502, 503])
    expect(operations(running)).not.to.include.members(['refresh'])
    expect(operations(running)).not.to.include.members(['token'])
  })

  it('other account managers: one file of several kinds, nested and in snake_case', async () => {
    const running = await start()
    const { simulator } = running
    const nested = ({ authMethod, ...credential }: IssuedCredential, email: string) => ({ email, status: 'active', credentials: { ...credential, authMethod } })
    const { accessToken: access_token, refreshToken: refresh_token, expiresAt: expires_at, profileArn: profile_arn } = simulator.issue('social')
    const snake = { type: 'kiro', access_token, refresh_token, expires_at, profile_arn, auth_method: 'social', email: 'snake@example.com' }
    await takes(running, {
      'export.json': { accounts: [nested(simulator.issue('builder-id'), 'b@example.com'), snake, nested(simulator.issue('idc'), 'i@example.com')] },
    })
    for (let turn = 0; turn < 6; turn++) await answers(running)
    expect(new Set(sent(running).map(({ entry }) => entry.account)).size).to.equal(3)
    expect((await accounts(running)).map(({ label }) => label).toSorted()).to.deep.equal(['b', 'i', 'snake'])
  })

  it('what cannot be used is refused by the command, with the reason and no secret', async () => {
    const running = await start()
    const { refreshToken = '', ...rest } = running.simulator.issue('social')
    const { code, said } = await imported(running, { 'cut.json': { ...rest, refreshToken: `${refreshToken.slice(0, 20)}...` } })
    expect(code).to.equal(1)
    expect(said).to.contain('refresh token').and.not.contain(refreshToken.slice(0, 20))
    expect(await accounts(running)).to.deep.equal([])
  })
})
