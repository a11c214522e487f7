import { expect } from 'chai'
import { type KiroSimulator, type KiroSimulatorOptions, startKiroSimulator } from '../../../../../providers/kiro/simulator/index.ts'
import { ask, json, refreshOidc, refreshSocial, send } from './client.ts'

describe('The simulator’s tokens', () => {
  let simulator: KiroSimulator
  let time = 0

  const start = async (options: KiroSimulatorOptions = {}) => {
    time = 1_700_000_000_000
    simulator = await startKiroSimulator({ now: () => time, ...options })
  }

  afterEach(() => simulator.close())

  it('are given out in the shape of the IDE’s file', async () => {
    await start()
    const social = simulator.issue('social')
    expect(social).to.include({ authMethod: 'social', provider: 'Google' })
    expect(social.expiresAt).to.equal(new Date(time + 3_600_000).toISOString())
    expect(social.profileArn).to.match(/^arn:aws:codewhisperer:us-east-1:\d{12}:profile\/[A-Z0-9]{12}$/)
    expect(social.refreshToken).to.match(/^aor[A-Za-z0-9]{100,}$/)
    expect(simulator.issue('builder-id')).to.include({ authMethod: 'IdC', provider: 'BuilderId', region: 'us-east-1' })
    expect(simulator.issue('builder-id')).to.include.keys('clientId', 'clientSecret', 'clientIdHash')
    const idc = simulator.issue('idc', { region: 'eu-west-1', apiRegion: 'eu-central-1' })
    expect(idc).to.include({ region: 'eu-west-1', provider: 'Enterprise' })
    expect(idc).not.to.have.property('profileArn')
    expect(simulator.issue('external-idp').tokenEndpoint).to.equal(`${simulator.origin}/oidc-external/token`)
    expect(simulator.issue('api-key').kiroApiKey).to.match(/^ksk_/)
  })

  it('are refused when unknown, expired, revoked or without their type', async () => {
    await start()
    const social = simulator.issue('social')
    const status = async (change: Parameters<typeof ask>[1], headers = {}) => (await ask(simulator, change, { headers })).status
    expect(await status(social)).to.equal(200)
    expect(await status({ ...social, accessToken: 'aoaUnknown' })).to.equal(403)
    time += 3_600_000
    expect(await status(social)).to.equal(403)
    expect(simulator.journal.at(-1)).to.include({ refusedBy: 'bearer-token', refusal: 'the bearer token is expired' })

    const key = simulator.issue('api-key')
    expect(await status(key)).to.equal(200)
    expect(await status(key, { tokentype: '' })).to.equal(403)
    simulator.revoke(key)
    expect(await status(key)).to.equal(403)

    const external = simulator.issue('external-idp')
    expect(await status(external)).to.equal(200)
    expect(await status(external, { tokentype: 'API_KEY' })).to.equal(403)
  })

  it('work once as refresh tokens in strict rotation, and the second time is counted', async () => {
    await start()
    const { refreshToken } = simulator.issue('social')
    const first = await refreshSocial(simulator, refreshToken)
    expect(first.status).to.equal(200)
    expect(json(first)).to.include.keys('accessToken', 'refreshToken', 'expiresIn', 'profileArn')
    expect(json(first).refreshToken).not.to.equal(refreshToken)
    const second = await refreshSocial(simulator, refreshToken)
    expect([second.status, json(second)]).to.deep.equal([401, { message: 'Bad credentials' }])
    expect((await refreshSocial(simulator, json(first).refreshToken)).status).to.equal(200)
    const unknown = await refreshSocial(simulator, 'aorUnknown')
    expect([unknown.status, json(unknown).message]).to.deep.equal([400, 'Invalid refresh token provided'])
    expect(simulator.stats()).to.include({ refreshAttempts: 4, refreshes: 2, spentRefreshTokensPresented: 1 })
  })

  it('work as refresh tokens in grace rotation until the new access token was used', async () => {
    await start({ rotation: 'grace' })
    const credential = simulator.issue('social')
    await refreshSocial(simulator, credential.refreshToken)
    const again = await refreshSocial(simulator, credential.refreshToken)
    expect(again.status).to.equal(200)
    expect((await ask(simulator, credential)).status, 'the old access token ends nothing').to.equal(200)
    expect((await refreshSocial(simulator, credential.refreshToken)).status).to.equal(200)
    expect((await ask(simulator, { ...credential, accessToken: json(again).accessToken })).status).to.equal(200)
    expect((await refreshSocial(simulator, credential.refreshToken)).status).to.equal(401)
    expect(simulator.stats().spentRefreshTokensPresented).to.equal(1)
  })

  it('belong to the client registration that they were made for', async () => {
    await start()
    const one = simulator.issue('builder-id')
    const other = simulator.issue('builder-id')
    const stranger = await refreshOidc(simulator, { ...other, refreshToken: one.refreshToken ?? '' })
    expect([stranger.status, json(stranger).error]).to.deep.equal([400, 'invalid_grant'])
    const forged = await refreshOidc(simulator, { ...one, clientSecret: 'eyJwrong' })
    expect([forged.status, json(forged).error]).to.deep.equal([400, 'invalid_client'])
    const own = await refreshOidc(simulator, one)
    expect(json(own)).to.include({ tokenType: 'Bearer', expiresIn: 3600 })
    expect((await refreshSocial(simulator, simulator.issue('idc').refreshToken)).status, 'not at the social endpoint').to.equal(400)
    const spent = await refreshOidc(simulator, one)
    expect([spent.status, json(spent).error]).to.deep.equal([400, 'invalid_grant'])
  })

  it('are traded with the external identity provider by form, in snake_case', async () => {
    await start()
    const { refreshToken = '', clientId = '' } = simulator.issue('external-idp')
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId }).toString()
    const path = '/oidc-external/token'
    const asJson = await send(simulator, { path, body, headers: { 'content-type': 'application/json' } })
    expect(asJson.status).to.equal(400)
    const reply = await send(simulator, { path, body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect(json(reply)).to.include.keys('access_token', 'refresh_token', 'expires_in')
    expect(simulator.journal.at(-1)?.body).to.deep.include({ grant_type: 'refresh_token' })
  })

  it('expire at once on demand, and a refresh heals that', async () => {
    await start()
    const credential = simulator.issue('social')
    const bystander = simulator.issue('social')
    simulator.expireAccessTokens(credential)
    expect((await ask(simulator, credential)).status).to.equal(403)
    expect((await ask(simulator, bystander)).status).to.equal(200)
    const { accessToken } = json(await refreshSocial(simulator, credential.refreshToken))
    expect((await ask(simulator, { ...credential, accessToken })).status).to.equal(200)
    simulator.expireAccessTokens()
    expect((await ask(simulator, bystander)).status).to.equal(403)
  })

  it('meet every scripted fault of the refresh', async () => {
    await start()
    const outcome = async (fault: 'bad-credentials' | 'invalid-refresh-token' | 'too-many-requests' | 'internal-error' | 'html' | 'nonsense') => {
      const { refreshToken } = simulator.issue('social')
      simulator.script({ do: 'refresh', fault, retryAfter: 7 })
      const reply = await refreshSocial(simulator, refreshToken)
      expect((await refreshSocial(simulator, refreshToken)).status, 'the token is still good').to.equal(200)
      return reply
    }
    expect((await outcome('bad-credentials')).status).to.equal(401)
    expect((await outcome('invalid-refresh-token')).status).to.equal(400)
    const limited = await outcome('too-many-requests')
    expect([limited.status, limited.headers['retry-after']]).to.deep.equal([429, '7'])
    expect((await outcome('internal-error')).status).to.equal(500)
    const page = await outcome('html')
    expect([page.status, page.headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8'])
    expect(json(await outcome('nonsense'))).not.to.have.property('accessToken')
  })

  it('stay the same when a refresh does not rotate', async () => {
    await start()
    const { refreshToken } = simulator.issue('social')
    simulator.script({ do: 'refresh', fault: 'ok-without-rotation' })
    const kept = json(await refreshSocial(simulator, refreshToken))
    expect(kept).to.have.property('accessToken')
    expect(kept).not.to.have.property('refreshToken')
    expect((await refreshSocial(simulator, refreshToken)).status).to.equal(200)
  })

  it('are spent when the answer is lost after the rotation, and not when it is lost before', async () => {
    await start()
    const credential = simulator.issue('social')
    simulator.script({ do: 'refresh', fault: 'answer-lost-before-rotation' }, { do: 'refresh', fault: 'answer-lost-after-rotation' })
    expect((await refreshSocial(simulator, credential.refreshToken)).failure).to.equal('ECONNRESET')
    expect((await refreshSocial(simulator, credential.refreshToken)).failure).to.equal('ECONNRESET')
    expect((await refreshSocial(simulator, credential.refreshToken)).status).to.equal(401)
  })

  it('keep faults for the account that they are meant for', async () => {
    await start()
    const unlucky = simulator.issue('social')
    const lucky = simulator.issue('social')
    simulator.scriptFor(unlucky, { do: 'refresh', fault: 'internal-error' })
    expect((await refreshSocial(simulator, lucky.refreshToken)).status).to.equal(200)
    expect((await refreshSocial(simulator, unlucky.refreshToken)).status).to.equal(500)
  })
})
