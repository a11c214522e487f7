import { expect } from 'chai'
import type { ScriptedAnswer } from '../../../../support/scripted-http.ts'
import { EU_ARN } from '../../../../support/kiro-account.ts'
import { type Answers, asDevice, bodiesOf, failure, signInWorld, TOKENS, USAGE } from './kiro-sign-in.ts'

const CLIENT = { clientId: 'client-1', clientSecret: 'secret-1' }
const DEVICE = {
  deviceCode: 'device-1',
  userCode: 'ABCD-EFGH',
  verificationUri: 'https://device.sso.us-east-1.amazonaws.com/',
  verificationUriComplete: 'https://device.sso.us-east-1.amazonaws.com/?user_code=ABCD-EFGH',
  expiresIn: 600,
  interval: 1,
}
const START = 'https://d-0123456789.awsapps.com/start'
const REFUSED = { status: 400, body: { error: 'invalid_request', error_description: 'no such start URL' } }

const oidc = (token: ScriptedAnswer = { body: TOKENS }, more: Answers = {}): Answers => ({
  '/client/register': { body: CLIENT },
  '/device_authorization': { body: DEVICE },
  '/token': token,
  '/getUsageLimits': { body: USAGE },
  '/ListAvailableProfiles': { body: { profiles: [{ arn: EU_ARN }] } },
  ...more,
})

describe('signing in to Kiro by device code', () => {
  it('registers a client, shows a code and its page, and asks for the token', async () => {
    const world = signInWorld(oidc())
    const flow = asDevice(await world.begin('builder-id'))
    expect([flow.url, flow.userCode, flow.intervalMs]).to.deep.equal([DEVICE.verificationUriComplete, 'ABCD-EFGH', 1_000])
    expect(flow.expiresAt).to.equal(world.clock.now() + 600_000)
    const poll = await flow.poll()
    expect(poll.kind).to.equal('signed-in')
    const [register, device, token] = bodiesOf(world)
    expect(register).to.deep.include({
      clientType: 'public',
      issuerUrl: 'https://view.awsapps.com/start',
      grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    })
    expect(device).to.deep.equal({ ...CLIENT, startUrl: 'https://view.awsapps.com/start' })
    expect(token).to.deep.equal({ ...CLIENT, deviceCode: 'device-1', grantType: 'urn:ietf:params:oauth:grant-type:device_code' })
    expect(world.http.lines.slice(0, 3)).to.deep.equal([
      'POST https://oidc.us-east-1.amazonaws.com/client/register',
      'POST https://oidc.us-east-1.amazonaws.com/device_authorization',
      'POST https://oidc.us-east-1.amazonaws.com/token',
    ])
    // Token and client registration are one: neither works with another.
    const { account } = poll.kind === 'signed-in' ? poll.signedIn : expect.fail(poll.kind)
    expect(account.credential).to.include({ kind: 'builder-id', authRegion: 'us-east-1', refreshToken: TOKENS.refreshToken, ...CLIENT })
  })

  it('reads every answer of a poll', async () => {
    for (const [word, said] of [
      ['authorization_pending', 'pending'],
      ['slow_down', 'slow-down'],
      ['expired_token', /^forbidden: the code ran out .* sign in again/],
      ['access_denied', /^forbidden: the sign-in was refused/],
      ['invalid_grant', /^forbidden: .*\(invalid_grant\)/],
    ] as const) {
      const flow = asDevice(await signInWorld(oidc({ status: 400, body: { error: word } })).begin('builder-id'))
      const outcome = await flow.poll().then(
        poll => poll.kind,
        (error: Error & { readonly code: string }) => `${error.code}: ${error.message}`,
      )
      if (typeof said === 'string') expect(outcome).to.equal(said)
      else expect(outcome).to.match(said)
    }
    const named = asDevice(
      await signInWorld(oidc({ status: 400, headers: { 'x-amzn-errortype': 'AuthorizationPendingException:http://x' }, body: {} })).begin('builder-id'),
    )
    expect(await named.poll()).to.deep.equal({ kind: 'pending' })
  })

  it('keeps to sensible times and to addresses of the web, whatever the answer says', async () => {
    const begin = (members: object) => signInWorld(oidc(undefined, { '/device_authorization': { body: { ...DEVICE, ...members } } })).begin('builder-id')
    expect(asDevice(await begin({ interval: 0 })).intervalMs).to.equal(1_000)
    expect(asDevice(await begin({ interval: undefined })).intervalMs).to.equal(5_000)
    expect(asDevice(await begin({ interval: 9_999 })).intervalMs).to.equal(60_000)
    expect(asDevice(await begin({ userCode: 'AB\u001b[31mCD' })).userCode).to.equal('AB31mCD')
    expect(asDevice(await begin({ verificationUriComplete: 'file:///etc/passwd' })).url).to.equal(DEVICE.verificationUri)
    expect(await failure(begin({ verificationUriComplete: 'javascript:alert(1)', verificationUri: '' }))).to.match(/^upstream_nonsense: /)
    expect(await failure(begin({ deviceCode: undefined }))).to.match(/^upstream_nonsense: /)
  })
})

describe('signing in to Kiro at an Identity Center', () => {
  const regionOf = (url: string) => /oidc\.([a-z0-9-]+)\.amazonaws/.exec(url)?.[1]

  it('uses the region that was named, and resolves the profile in the regions of the API', async () => {
    const world = signInWorld(oidc())
    const flow = asDevice(await world.begin('idc', { 'start-url': `${START}/`, region: 'ap-southeast-2' }))
    const poll = await flow.poll()
    const { account } = poll.kind === 'signed-in' ? poll.signedIn : expect.fail(poll.kind)
    expect(account.credential).to.include({ kind: 'idc', authRegion: 'ap-southeast-2', startUrl: START, identityProvider: 'Enterprise' })
    expect(account.facts).to.include({ profileArn: EU_ARN })
    expect(new Set(world.http.requests.map(({ url }) => regionOf(url))))
      .to.include('ap-southeast-2')
      .and.not.include('us-east-1')
    expect(bodiesOf(world)[0]).to.include({ issuerUrl: START })
  })

  it('looks for the region, from its own on, and stops where the start URL is known', async () => {
    const at = (home: string): Answers => oidc(undefined, { '/device_authorization': url => (regionOf(url.href) === home ? { body: DEVICE } : REFUSED) })
    const world = signInWorld(at('eu-central-1'), { region: 'eu-west-3' })
    await world.begin('idc', { 'start-url': START })
    const asked = world.http.requests.filter(({ url }) => url.endsWith('/device_authorization')).map(({ url }) => regionOf(url))
    expect(asked).to.deep.equal(['eu-west-3', 'us-east-1', 'eu-west-1', 'eu-central-1'])
  })

  it('tells when no region knows the start URL, or the one that was named does not', async () => {
    const nowhere = oidc(undefined, { '/client/register': REFUSED })
    expect(await failure(signInWorld(nowhere).begin('idc', { 'start-url': START }))).to.match(/^bad_request: no Identity Center .*--region/)
    expect(await failure(signInWorld(nowhere).begin('idc', { 'start-url': START, region: 'eu-west-1' }))).to.match(
      /^bad_request: .*in eu-west-1; leave the region out/,
    )
  })

  it('does not take a failing host for the wrong region', async () => {
    const world = signInWorld(oidc(undefined, { '/client/register': { status: 503 } }))
    expect(await failure(world.begin('idc', { 'start-url': START }))).to.match(/^upstream_failed: /)
    expect(world.http.requests).to.have.length(1)
  })

  it('asks one host once where it stands for all regions', async () => {
    const world = signInWorld(oidc(undefined, { '/device_authorization': REFUSED }), { oidcUrl: 'https://relay.test' })
    expect(await failure(world.begin('idc', { 'start-url': START }))).to.match(/^bad_request: /)
    expect(world.http.requests.map(({ url }) => url)).to.deep.equal(['https://relay.test/client/register', 'https://relay.test/device_authorization'])
  })

  it('asks a relay by region where it has one for each', async () => {
    const world = signInWorld(oidc(), { oidcUrl: 'https://oidc-{region}.relay.test' })
    await world.begin('idc', { 'start-url': START, region: 'eu-west-1' })
    expect(world.http.requests[0]?.url).to.equal('https://oidc-eu-west-1.relay.test/client/register')
  })

  it('refuses start URLs and regions that cannot be right before anything is asked', async () => {
    const world = signInWorld(oidc())
    for (const startUrl of ['', 'd-1.awsapps.com/start', 'http://d-1.awsapps.com/start', 'https://user:secret@d-1.awsapps.com/start']) {
      expect(await failure(world.begin('idc', { 'start-url': startUrl })), startUrl).to.match(/^bad_request: /)
    }
    expect(await failure(world.begin('idc', { 'start-url': 'https://view.awsapps.com/start/' }))).to.match(/^bad_request: .*builder-id/)
    expect(await failure(world.begin('idc', { 'start-url': START, region: 'evil.test/x' }))).to.match(/^bad_request: .*not the name of an AWS region/)
    expect(world.http.requests).to.deep.equal([])
  })
})
