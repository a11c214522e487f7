import { expect } from 'chai'
import { GatewayError } from '../../../../../core/index.ts'
import { FakeClock } from '../../../../../core/testing/clock.ts'
import { AUTH } from '../../../../../providers/kiro/auth/index.ts'
import type { KiroCredential, KiroCredentialKind } from '../../../../../providers/kiro/credential.ts'
import type { KiroOptions } from '../../../../../providers/kiro/options.ts'
import { EU_ARN, kiroAccount, kiroCredential, kiroOptions, REFRESH_TOKEN, US_ARN } from '../../../../support/kiro-account.ts'
import { type ScriptedAnswer, ScriptedHttp } from '../../../../support/scripted-http.ts'

const NOW = Date.UTC(2026, 7, 1)
const NEW_ACCESS = `aoa${'New'.repeat(50)}`
const NEW_REFRESH = `aor${'New'.repeat(50)}`
const RENEWABLE = ['social', 'builder-id', 'idc', 'external-idp'] as const

interface Refreshed {
  readonly http: ScriptedHttp
  readonly result: KiroCredential | GatewayError
}

async function refresh(
  kind: KiroCredentialKind,
  answer: ScriptedAnswer,
  given: { members?: Partial<KiroCredential>; options?: Partial<KiroOptions> } = {},
): Promise<Refreshed> {
  const http = new ScriptedHttp(() => answer)
  const run = AUTH[kind].refresh
  if (run === undefined) throw new Error(`${kind} cannot be renewed`)
  try {
    return { http, result: await run({ account: kiroAccount(kind, given.members), http, clock: new FakeClock(NOW), options: kiroOptions({ kiroVersion: '0.12.155', ...given.options }) }) }
  } catch (error) {
    if (GatewayError.is(error)) return { http, result: error }
    throw error
  }
}

async function renewed(kind: KiroCredentialKind, body: unknown, members: Partial<KiroCredential> = {}): Promise<KiroCredential> {
  const { result } = await refresh(kind, { body }, { members })
  if (GatewayError.is(result)) throw result
  return result
}

async function failure(kind: KiroCredentialKind, answer: ScriptedAnswer): Promise<GatewayError> {
  const { result } = await refresh(kind, answer)
  if (!GatewayError.is(result)) throw new Error('it was renewed')
  return result
}

describe('kiro refresh', () => {
  it("of social accounts is the IDE's call", async () => {
    const { http } = await refresh('social', { body: { accessToken: NEW_ACCESS } })
    expect(http.requests[0]).to.deep.include({
      method: 'POST',
      url: 'https://prod.us-east-1.auth.desktop.kiro.dev/refreshToken',
      body: JSON.stringify({ refreshToken: REFRESH_TOKEN }),
    })
    expect(http.requests[0]?.headers['user-agent']).to.match(/^KiroIDE-0\.12\.155-[0-9a-f]{64}$/)
  })

  it('of OIDC accounts goes to the sign-in region, in JSON with camelCase members', async () => {
    for (const kind of ['builder-id', 'idc'] as const) {
      const { http } = await refresh(kind, { body: { accessToken: NEW_ACCESS } }, { members: { authRegion: 'eu-west-1', apiRegion: 'us-east-1' } })
      expect(http.requests[0]?.url).to.equal('https://oidc.eu-west-1.amazonaws.com/token')
      expect(http.requests[0]?.headers['content-type']).to.equal('application/json')
      expect(JSON.parse(String(http.requests[0]?.body))).to.deep.equal({
        clientId: 'client-1',
        clientSecret: 'secret-1',
        refreshToken: REFRESH_TOKEN,
        grantType: 'refresh_token',
      })
    }
  })

  it('of external accounts is a form, and its snake_case answer is understood', async () => {
    const { http, result } = await refresh('external-idp', { body: { access_token: NEW_ACCESS, refresh_token: NEW_REFRESH, expires_in: 600 } })
    expect(http.requests[0]?.url).to.equal('https://login.microsoftonline.com/tenant/oauth2/v2.0/token')
    expect(Object.fromEntries(new URLSearchParams(String(http.requests[0]?.body)))).to.deep.equal({
      client_id: 'client-1',
      grant_type: 'refresh_token',
      refresh_token: REFRESH_TOKEN,
      scope: 'api://client-1/codewhisperer:conversations api://client-1/codewhisperer:completions offline_access',
    })
    expect(result).to.include({ accessToken: NEW_ACCESS, refreshToken: NEW_REFRESH, expiresAt: NOW + 600_000 })
  })

  it('goes where the options say', async () => {
    const options = { authUrl: 'http://127.0.0.1:1', oidcUrl: 'http://127.0.0.1:2' }
    expect((await refresh('social', { body: {} }, { options })).http.lines).to.deep.equal(['POST http://127.0.0.1:1/refreshToken'])
    expect((await refresh('idc', { body: {} }, { options })).http.lines).to.deep.equal(['POST http://127.0.0.1:2/token'])
  })

  for (const kind of RENEWABLE) {
    describe(`of ${kind} accounts`, () => {
      it('takes what is new and keeps what is not mentioned', async () => {
        const members = { profileArn: US_ARN, rest: { uuid: 'u-1' } }
        expect(await renewed(kind, { accessToken: NEW_ACCESS, expiresIn: 1800, csrfToken: 'c-1' }, members)).to.deep.equal({
          ...kiroCredential(kind, members),
          accessToken: NEW_ACCESS,
          expiresAt: NOW + 1_800_000,
          rest: { uuid: 'u-1', csrfToken: 'c-1' },
        })
        expect(await renewed(kind, { accessToken: NEW_ACCESS, refreshToken: NEW_REFRESH, profileArn: EU_ARN }, members)).to.include({
          refreshToken: NEW_REFRESH,
          profileArn: EU_ARN,
        })
      })

      it('does not believe an impossible life time', async () => {
        for (const expiresIn of [undefined, null, 0, -1, 59, 86_400 * 90 + 1, 1e300, 'soon', {}]) {
          expect((await renewed(kind, { accessToken: NEW_ACCESS, expiresIn })).expiresAt, JSON.stringify(expiresIn)).to.equal(NOW + 3_600_000)
        }
        expect((await renewed(kind, { accessToken: NEW_ACCESS, expiresIn: 60 })).expiresAt).to.equal(NOW + 60_000)
      })

      it('does not replace good members by nonsense', async () => {
        const { refreshToken, profileArn } = await renewed(kind, { accessToken: NEW_ACCESS, refreshToken: '', profileArn: 'arn:none' }, { profileArn: US_ARN })
        expect({ refreshToken, profileArn }).to.deep.equal({ refreshToken: REFRESH_TOKEN, profileArn: US_ARN })
      })

      it('fails for now when there is no token in the answer', async () => {
        for (const body of ['', '<html>sign in</html>', '[]', {}, { accessToken: '' }, { accessToken: 5 }, { accessToken: 'a\r\nx: y' }]) {
          expect((await failure(kind, { body })).code, JSON.stringify(body)).to.equal('upstream_nonsense')
        }
      })

      it("never condemns the token for a rate limit, an outage or a proxy's page", async () => {
        const limited = await failure(kind, { status: 429, headers: { 'retry-after': '7' }, body: { message: 'slow down' } })
        expect(limited).to.include({ code: 'account_rate_limited', retryAfterMs: 7000 })
        for (const answer of [
          { status: 500 },
          { status: 503, body: '' },
          { status: 400, body: '<html></html>' },
          { status: 401, body: '<html></html>' },
          { status: 403, body: '<html></html>' },
          { status: 404, body: {} },
          { status: 302, body: '' },
        ]) {
          expect((await failure(kind, answer)).code, JSON.stringify(answer)).to.equal('upstream_failed')
        }
      })

      it('asks for a sign-in at once when there is nothing to refresh with', async () => {
        const http = new ScriptedHttp(() => ({}))
        const { refreshToken: _token, ...credential } = kiroCredential(kind)
        const run = AUTH[kind].refresh?.({ account: { ...kiroAccount(kind), credential }, http, clock: new FakeClock(NOW), options: kiroOptions() })
        expect(await run?.catch((error: GatewayError) => error.code)).to.equal('needs_login')
        expect(http.requests).to.deep.equal([])
      })
    })
  }

  it("condemns a social token on the service's two words", async () => {
    for (const answer of [
      { status: 401, body: { message: 'Bad credentials' } },
      { status: 400, body: { message: 'Invalid refresh token provided' } },
      { status: 401, body: '' },
    ]) {
      const error = await failure('social', answer)
      expect(error.code).to.equal('needs_login')
      expect(error.message).to.contain('sign in again').and.not.contain(REFRESH_TOKEN)
    }
  })

  it('condemns an OIDC token on the words that mean it, in either form', async () => {
    for (const word of ['invalid_grant', 'invalid_client', 'unauthorized_client', 'access_denied', 'expired_token', 'invalid_request']) {
      expect((await failure('idc', { status: 400, body: { error: word, error_description: 'x' } })).code, word).to.equal('needs_login')
    }
    expect((await failure('builder-id', { status: 401, body: { __type: 'com.amazonaws.ssooidc#InvalidGrantException', message: 'x' } })).code).to.equal(
      'needs_login',
    )
    expect(
      (await failure('builder-id', { status: 400, headers: { 'x-amzn-errortype': 'ExpiredTokenException:http://internal.example/' }, body: {} })).code,
    ).to.equal('needs_login')
    expect((await failure('idc', { status: 400, body: { error: 'slow_down' } })).code).to.equal('upstream_failed')
    expect((await failure('idc', { status: 500, body: { error: 'invalid_grant' } })).code).to.equal('upstream_failed')
  })

  it("condemns an external token on its provider's word alone", async () => {
    expect((await failure('external-idp', { status: 400, body: { error: 'invalid_grant' } })).code).to.equal('needs_login')
    expect((await failure('external-idp', { status: 400, body: { error: 'temporarily_unavailable' } })).code).to.equal('upstream_failed')
  })

  it('has nothing to do for API keys', () => {
    expect(AUTH['api-key'].refresh).to.equal(undefined)
  })
})

describe('kiro external token endpoint', () => {
  const send = (tokenEndpoint: string, options: Partial<KiroOptions> = {}) =>
    refresh('external-idp', { body: { access_token: NEW_ACCESS } }, { members: { tokenEndpoint }, options })

  for (const tokenEndpoint of [
    'http://login.microsoftonline.com/token',
    'https://169.254.169.254/latest/meta-data',
    'https://0x7f000001/token',
    'https://[::1]/token',
    'https://localhost/token',
    'https://evil-microsoftonline.com/token',
    'https://microsoftonline.com.evil.example/token',
    'https://login.microsoftonline.com@evil.example/token',
    'https://login.microsoftonline.com:8443/token',
    'file:///etc/passwd',
    'not a url',
  ]) {
    it(`is not asked at ${tokenEndpoint}`, async () => {
      const { http, result } = await send(tokenEndpoint)
      expect(http.requests).to.deep.equal([])
      expect(result).to.include({ code: 'needs_login', reason: 'untrusted_token_endpoint' })
    })
  }

  it('may be any host that the operator trusts, and those below it', async () => {
    for (const host of ['idp.example.com', 'eu.idp.example.com']) {
      expect((await send(`https://${host}/token`, { externalIdpHosts: ['idp.example.com'] })).http.requests).to.have.length(1)
    }
    expect((await send('https://other.example.com/token', { externalIdpHosts: ['idp.example.com', ''.padEnd(1, '.')] })).http.requests).to.have.length(0)
  })
})
