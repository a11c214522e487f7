import { expect } from 'chai'
import { createHttpClient } from '../../../../core/transport/http-client.ts'
import { Agents } from '../../../../core/transport/agents.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { KiroProvider } from '../../../../providers/kiro/index.ts'
import { EU_ARN, kiroAccount, kiroOptions, REFRESH_TOKEN, US_ARN } from '../../../support/kiro-account.ts'

type Nock = (typeof import('nock'))['default']

/** Without any setting the calls go to the public hosts: nothing else here proves their names. */
describe('kiro provider at the public hosts', () => {
  const agents = new Agents()
  const http = createHttpClient({ dispatcher: agents.for('direct'), proxy: 'direct', clock: systemClock })
  const provider = new KiroProvider({ name: 'kiro', options: kiroOptions(), log: silentLogger, clock: systemClock })

  // Imported late and put back: it stands between every test and the network as soon as it is loaded.
  let nock: Nock
  before(async () => {
    nock = (await import('nock')).default
    nock.disableNetConnect()
  })
  afterEach(() => {
    expect(nock.pendingMocks()).to.deep.equal([])
    nock.cleanAll()
  })
  after(async () => {
    nock.enableNetConnect()
    nock.restore()
    await agents.close()
  })

  it('refreshes a social credential at the auth host', async () => {
    nock('https://prod.us-east-1.auth.desktop.kiro.dev')
      .post('/refreshToken', { refreshToken: REFRESH_TOKEN })
      .matchHeader('user-agent', /^KiroIDE-/)
      .reply(200, { accessToken: `aoa${'n'.repeat(60)}`, refreshToken: `aor${'n'.repeat(120)}`, expiresIn: 3600, profileArn: US_ARN })
    const renewed = await provider.refreshToken(kiroAccount('social'), http)
    expect(renewed.refreshToken).to.equal(`aor${'n'.repeat(120)}`)
    expect(renewed.profileArn).to.equal(US_ARN)
  })

  it('refreshes an Identity Center credential in its SSO region, with its client, as camelCase JSON', async () => {
    nock('https://oidc.eu-west-1.amazonaws.com')
      .post('/token', { clientId: 'client-1', clientSecret: 'secret-1', refreshToken: REFRESH_TOKEN, grantType: 'refresh_token' })
      .reply(200, { accessToken: `aoa${'n'.repeat(60)}`, expiresIn: 3600, tokenType: 'Bearer' })
    const renewed = await provider.refreshToken(kiroAccount('idc', { authRegion: 'eu-west-1' }), http)
    expect(renewed.refreshToken).to.equal(REFRESH_TOKEN)
  })

  it('lists models in the region of the profile, not of the sign-in', async () => {
    nock('https://q.eu-central-1.amazonaws.com')
      .get('/ListAvailableModels')
      .query(query => query.origin === 'AI_EDITOR' && query.profileArn === EU_ARN)
      .matchHeader('authorization', /^Bearer aoa/)
      .matchHeader('x-amz-user-agent', /KiroIDE-/)
      .reply(200, { models: [{ modelId: 'claude-sonnet-4.6', modelName: 'Claude Sonnet 4.6', tokenLimits: { maxInputTokens: 1_000_000 } }], nextToken: null })
    const cards = await provider.models(kiroAccount('idc', { authRegion: 'eu-west-1', profileArn: EU_ARN }), http)
    expect(cards.map(card => card.id)).to.deep.equal(['claude-sonnet-4.6'])
    expect(cards[0]?.limits?.inputTokens).to.equal(1_000_000)
  })

  it('reads the quota with all its buckets', async () => {
    nock('https://q.us-east-1.amazonaws.com')
      .get('/getUsageLimits')
      .query(true)
      .reply(200, {
        nextDateReset: 1_788_220_800,
        usageBreakdownList: [{ resourceType: 'CREDIT', currentUsageWithPrecision: 12.5, usageLimitWithPrecision: 50, freeTrialInfo: { freeTrialStatus: 'ACTIVE', currentUsage: 3, usageLimit: 500 } }],
        subscriptionInfo: { subscriptionTitle: 'KIRO FREE' },
      })
    const quota = await provider.quota(kiroAccount('social', { profileArn: US_ARN }), http)
    expect(quota.plan).to.equal('KIRO FREE')
    expect(quota.buckets.map(({ used, limit }) => [used, limit])).to.deep.equal([
      [12.5, 50],
      [3, 500],
    ])
  })

  it('asks q first and falls back to the runtime host', () => {
    const origins = provider.lanes(kiroAccount('social', { profileArn: US_ARN })).map(lane => lane.origin)
    expect(origins).to.deep.equal(['https://q.us-east-1.amazonaws.com', 'https://runtime.us-east-1.kiro.dev'])
  })
})
