import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../../../../providers/kiro/simulator/index.ts'
import { ask, json, refreshOidc, refreshSocial, type Reply, send } from './client.ts'

const VERIFIER = 'a-verifier-of-at-least-forty-three-characters-in-length'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const PKCE = { code_challenge: CHALLENGE, code_challenge_method: 'S256', state: 'the-state' }

const addressOf = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query).toString()}`

describe('The simulator’s sign-in', () => {
  let simulator: KiroSimulator
  let time = 0

  beforeEach(async () => {
    time = 1_700_000_000_000
    simulator = await startKiroSimulator({ now: () => time })
  })

  afterEach(() => simulator.close())

  const visit = (path: string, query: Record<string, string>) => send(simulator, { method: 'GET', path: addressOf(path, query) })
  const browse = (path: string, query: Record<string, string>) =>
    send(simulator, { method: 'GET', path: addressOf(path, query), headers: { accept: 'text/html,*/*' } })
  const submit = (path: string, query: Record<string, string>, form: Record<string, string>) =>
    send(simulator, {
      path: addressOf(path, query),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    })
  const post = (path: string, body: object) => send(simulator, { path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const target = (reply: Reply) => new URL(String(reply.headers.location))
  const oidcError = (reply: Reply) => [reply.status, json(reply).error]

  it('returns a social login to the IDE’s scheme with a code that works once', async () => {
    const redirect = 'kiro://kiro.kiroAgent/authenticate-success'
    const page = await visit('/login', { idp: 'Google', redirect_uri: redirect, ...PKCE })
    expect(page.status).to.equal(302)
    const { searchParams } = target(page)
    expect(searchParams.get('state')).to.equal('the-state')
    const exchange = { code: searchParams.get('code'), code_verifier: VERIFIER, redirect_uri: redirect }
    const tokens = json(await post('/oauth/token', exchange))
    expect(tokens).to.include.keys('accessToken', 'refreshToken', 'profileArn', 'expiresIn')
    expect((await ask(simulator, { ...tokens, authMethod: 'social' })).status).to.equal(200)
    expect((await post('/oauth/token', exchange)).status, 'a second time').to.equal(400)
    expect((await refreshSocial(simulator, tokens.refreshToken)).status).to.equal(200)
  })

  it('refuses a wrong verifier and a wrong address', async () => {
    const redirect = 'http://localhost:3128/x'
    const code = async () => target(await visit('/login', { idp: 'Github', redirect_uri: redirect, ...PKCE })).searchParams.get('code')
    expect((await post('/oauth/token', { code: await code(), code_verifier: 'wrong', redirect_uri: redirect })).status).to.equal(400)
    expect((await post('/oauth/token', { code: await code(), code_verifier: VERIFIER, redirect_uri: 'http://other/' })).status).to.equal(400)
    const late = await code()
    time += 301_000
    expect((await post('/oauth/token', { code: late, code_verifier: VERIFIER, redirect_uri: redirect })).status, 'too late').to.equal(400)
  })

  it('refuses questions that a careful client does not ask', async () => {
    const good = { idp: 'Google', redirect_uri: 'http://localhost:3128/oauth/callback', ...PKCE }
    expect((await visit('/login', good)).status).to.equal(302)
    for (const wrong of [
      { code_challenge: '' },
      { code_challenge: VERIFIER },
      { code_challenge_method: 'plain' },
      { state: '' },
      { idp: 'Cognito' },
      { redirect_uri: 'https://example.com/callback' },
      { redirect_uri: 'http://192.0.2.1:3128/oauth/callback' },
    ]) {
      expect((await visit('/login', { ...good, ...wrong })).status, JSON.stringify(wrong)).to.equal(400)
    }
    expect((await visit('/signin', { ...good, redirect_uri: 'http://localhost:3129' })).status, 'a port that the portal does not know').to.equal(400)
  })

  it('shows a browser a page, and sends it on as the person decides', async () => {
    const query = { idp: 'Google', redirect_uri: 'http://localhost:3128/oauth/callback', ...PKCE }
    const page = await browse('/login', query)
    expect(page.status).to.equal(200)
    expect(page.bytes.toString()).to.contain('Sign in as simulated user').and.contain('Google')
    const agreed = target(await submit('/login', query, { decision: 'agree', user: 'a@example.com' })).searchParams
    expect([agreed.has('code'), agreed.get('state')]).to.deep.equal([true, 'the-state'])
    const refused = target(await submit('/login', query, { decision: 'deny' })).searchParams
    expect([refused.get('error'), refused.get('state')]).to.deep.equal(['access_denied', 'the-state'])
  })

  it('knows people again by their address', async () => {
    const redirect = 'http://localhost:3128/oauth/callback'
    const enter = async (user: string) => {
      const code = target(await visit('/login', { idp: 'Google', redirect_uri: redirect, user, ...PKCE })).searchParams.get('code')
      const { accessToken } = json(await post('/oauth/token', { code, code_verifier: VERIFIER, redirect_uri: redirect }))
      return simulator.accountOf(accessToken)
    }
    const issued = simulator.accountOf(simulator.issue('social', { email: 'a@example.com' }))
    expect([await enter('a@example.com'), await enter('b@example.com'), await enter('b@example.com')]).to.deep.equal([issued, 'account-2', 'account-2'])
  })

  it('returns a portal login to a callback on the client’s port', async () => {
    const page = await visit('/signin', { redirect_uri: 'http://localhost:3128', redirect_from: 'KiroIDE', ...PKCE })
    const callback = target(page)
    expect(callback.origin + callback.pathname).to.equal('http://localhost:3128/oauth/callback')
    const redirect = `http://localhost:3128/oauth/callback?login_option=${callback.searchParams.get('login_option')}`
    const code = callback.searchParams.get('code')
    expect((await post('/oauth/token', { code, code_verifier: VERIFIER, redirect_uri: redirect })).status).to.equal(200)
  })

  it('sends an external identity’s user through a second login', async () => {
    simulator.script({ do: 'sign-in', as: 'external-idp' })
    const first = target(await visit('/signin', { redirect_uri: 'http://localhost:3128', ...PKCE })).searchParams
    expect(first.has('code')).to.equal(false)
    expect(first.get('login_option')).to.equal('external_idp')
    const issuer = new URL(first.get('issuer_url') ?? '').pathname
    const found = json(await send(simulator, { method: 'GET', path: `${issuer}/.well-known/openid-configuration` }))
    const redirect = 'http://localhost:3128/oauth/callback'
    const clientId = first.get('client_id') ?? ''
    const path = new URL(found.authorization_endpoint).pathname
    const second = target(await visit(path, { client_id: clientId, redirect_uri: redirect, response_mode: 'query', ...PKCE })).searchParams
    const form = { grant_type: 'authorization_code', client_id: clientId, code: second.get('code') ?? '', code_verifier: VERIFIER, redirect_uri: redirect }
    const tokens = await send(simulator, {
      path: new URL(found.token_endpoint).pathname,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    })
    expect(json(tokens)).to.include.keys('access_token', 'refresh_token')
  })

  it('tells when the user refuses', async () => {
    simulator.script({ do: 'sign-in', as: 'denied' })
    const back = target(await visit('/login', { idp: 'Google', redirect_uri: 'http://localhost:3128/', ...PKCE }))
    expect(back.searchParams.get('error')).to.equal('access_denied')
  })

  describe('by device', () => {
    const begin = async (startUrl = 'https://view.awsapps.com/start') => {
      const client = json(await post('/client/register', { clientName: 'Kiro IDE', clientType: 'public', issuerUrl: startUrl }))
      const device = json(await post('/device_authorization', { ...client, startUrl }))
      const agree = () => visit('/device', { user_code: device.userCode })
      const poll = () => post('/token', { ...client, deviceCode: device.deviceCode, grantType: 'urn:ietf:params:oauth:grant-type:device_code' })
      return { client, device, agree, poll }
    }

    it('keeps the client polling as scripted, then grants once', async () => {
      const { client, device, agree, poll } = await begin()
      await agree()
      expect(device).to.include.keys('userCode', 'verificationUri', 'verificationUriComplete', 'expiresIn', 'interval')
      simulator.script({ do: 'device', answer: 'authorization_pending', times: 2 }, { do: 'device', answer: 'slow_down' })
      expect(oidcError(await poll())).to.deep.equal([400, 'authorization_pending'])
      expect(oidcError(await poll())).to.deep.equal([400, 'authorization_pending'])
      expect(oidcError(await poll())).to.deep.equal([400, 'slow_down'])
      const tokens = json(await poll())
      expect(tokens).to.include({ tokenType: 'Bearer', expiresIn: 3600 })
      expect(oidcError(await poll()), 'a second time').to.deep.equal([400, 'invalid_grant'])
      expect((await refreshOidc(simulator, { ...client, refreshToken: tokens.refreshToken })).status).to.equal(200)
    })

    it('ends when the user refuses or the code expires', async () => {
      const refused = await begin()
      simulator.script({ do: 'device', answer: 'access_denied' })
      expect(oidcError(await refused.poll())).to.deep.equal([400, 'access_denied'])
      expect(oidcError(await refused.poll())).to.deep.equal([400, 'invalid_grant'])
      const denied = await begin()
      await submit('/device', { user_code: denied.device.userCode }, { decision: 'deny', user_code: denied.device.userCode })
      expect(oidcError(await denied.poll())).to.deep.equal([400, 'access_denied'])
      const late = await begin()
      time += 601_000
      expect(oidcError(await late.poll())).to.deep.equal([400, 'expired_token'])
    })

    it('makes a Builder ID of the public start address and an enterprise account of any other', async () => {
      for (const [startUrl, kind] of [
        ['https://view.awsapps.com/start', 403],
        ['https://d-0000000000.awsapps.com/start', 200],
      ] as const) {
        const { agree, poll } = await begin(startUrl)
        await agree()
        const { accessToken } = json(await poll())
        const headers = { authorization: `Bearer ${accessToken}` }
        expect((await send(simulator, { path: '/ListAvailableProfiles', headers, body: '{}' })).status).to.equal(kind)
      }
    })

    it('waits for a person at its page, and slows hasty clients down', async () => {
      const { device, poll } = await begin()
      expect(oidcError(await poll())).to.deep.equal([400, 'authorization_pending'])
      expect(oidcError(await poll()), 'at once').to.deep.equal([400, 'slow_down'])
      const page = await browse('/device', { user_code: device.userCode })
      expect(page.bytes.toString()).to.contain(device.userCode)
      time += 1000
      expect(oidcError(await poll()), 'seen, not agreed').to.deep.equal([400, 'authorization_pending'])
      await submit('/device', {}, { decision: 'agree', user_code: device.userCode.toLowerCase() })
      time += 1000
      expect((await poll()).status).to.equal(200)
      expect((await browse('/device', { user_code: device.userCode })).status).to.equal(200)
      expect((await visit('/device', { user_code: device.userCode })).status, 'used').to.equal(400)
    })

    it('keeps registrations to what they named, to their region and to their time', async () => {
      const register = (members: object, host = 'oidc.eu-west-1.amazonaws.com') =>
        send(simulator, { path: '/client/register', headers: { host }, body: JSON.stringify({ clientName: 'Kiro IDE', clientType: 'public', ...members }) })
      const device = (client: object, startUrl: string, host = 'oidc.eu-west-1.amazonaws.com') =>
        send(simulator, { path: '/device_authorization', headers: { host }, body: JSON.stringify({ ...client, startUrl }) })
      const start = 'https://d-1.awsapps.com/start'
      const client = json(await register({ issuerUrl: start }))
      expect((await device(client, `${start}/`)).status).to.equal(200)
      expect(oidcError(await device(client, 'https://d-2.awsapps.com/start')), 'another issuer').to.deep.equal([400, 'invalid_request'])
      expect(oidcError(await device(client, start, 'oidc.us-east-1.amazonaws.com')), 'another region').to.deep.equal([400, 'invalid_client'])
      const narrow = json(await register({ grantTypes: ['authorization_code'] }))
      expect(oidcError(await device(narrow, start)), 'another grant').to.deep.equal([400, 'unauthorized_client'])
      expect(oidcError(await register({ scopes: ['codewhisperer:completions'] })), 'too few scopes').to.deep.equal([400, 'invalid_scope'])
      time += 91 * 24 * 3_600_000
      expect(oidcError(await device(client, start)), 'too old').to.deep.equal([400, 'invalid_client'])
    })

    it('refuses a start URL in a region where its organisation is not at home', async () => {
      await simulator.close()
      simulator = await startKiroSimulator({ identityCenters: { 'https://d-1.awsapps.com/start': 'eu-west-1' } })
      const begun = async (startUrl: string, host: string) => {
        const client = await send(simulator, {
          path: '/client/register',
          headers: { host },
          body: JSON.stringify({ clientName: 'Kiro IDE', clientType: 'public', issuerUrl: startUrl }),
        })
        return (await send(simulator, { path: '/device_authorization', headers: { host }, body: JSON.stringify({ ...json(client), startUrl }) })).status
      }
      expect(await begun('https://d-1.awsapps.com/start', 'oidc.eu-west-1.amazonaws.com')).to.equal(200)
      expect(await begun('https://d-1.awsapps.com/start', 'oidc.us-east-1.amazonaws.com')).to.equal(400)
      expect(await begun('https://view.awsapps.com/start', 'oidc.eu-west-1.amazonaws.com')).to.equal(400)
    })

    it('refuses clients that are not registered', async () => {
      const unknown = { clientId: 'x', clientSecret: 'y', startUrl: 'https://view.awsapps.com/start' }
      expect(oidcError(await post('/device_authorization', unknown))).to.deep.equal([400, 'invalid_client'])
      expect(oidcError(await post('/token', { grantType: 'password' }))).to.deep.equal([400, 'unsupported_grant_type'])
    })
  })

  it('gives an enterprise code for a verifier in camelCase', async () => {
    const redirect = 'http://127.0.0.1:41234/oauth/callback'
    const client = json(await post('/client/register', { clientName: 'Kiro CLI', clientType: 'public', redirectUris: ['http://127.0.0.1/oauth/callback'] }))
    const query = { response_type: 'code', client_id: client.clientId, redirect_uri: redirect, scopes: 'codewhisperer:completions', ...PKCE }
    const code = target(await visit('/authorize', query)).searchParams.get('code')
    const grant = { ...client, grantType: 'authorization_code', code, codeVerifier: VERIFIER, redirectUri: redirect }
    expect(json(await post('/token', grant))).to.include.keys('accessToken', 'refreshToken')
    const { scopes, ...singular } = query
    expect((await visit('/authorize', { ...singular, scope: scopes })).status, 'the member is called scopes').to.equal(400)
    expect((await visit('/authorize', { ...query, redirect_uri: 'http://127.0.0.1:41234/other' })).status, 'not registered').to.equal(400)
  })
})
