import { expect } from 'chai'
import { type Account, type Attempt, type ChatRequest, type Completion, fold, GatewayError, type HttpClient, type Lane } from '../../../../core/index.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { Agents } from '../../../../core/transport/agents.ts'
import { createHttpClient } from '../../../../core/transport/http-client.ts'
import type { KiroCredential } from '../../../../providers/kiro/credential.ts'
import { kiro, KiroProvider } from '../../../../providers/kiro/index.ts'
import type { KiroOptions } from '../../../../providers/kiro/options.ts'
import { type AccountKind, type IssueOptions, type KiroSimulator, startKiroSimulator } from '../../../../providers/kiro/simulator/index.ts'
import { EU_ARN, kiroAccount, kiroOptions, US_ARN } from '../../../support/kiro-account.ts'

const NONE: ReadonlySet<string> = new Set()
const KINDS = ['social', 'builder-id', 'idc', 'external-idp', 'api-key'] as const

const QUESTION: ChatRequest = {
  model: 'claude-sonnet-4.5',
  system: [],
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'say hello' }] }],
  tools: [],
  stop: [],
  stream: true,
}

function provide(options: Partial<KiroOptions> = {}): KiroProvider {
  return new KiroProvider({ name: 'kiro', options: kiroOptions(options), log: silentLogger, clock: systemClock })
}

describe('kiro provider', () => {
  const agents = new Agents()
  const http: HttpClient = createHttpClient({ dispatcher: agents.for('direct'), proxy: 'direct', clock: systemClock })
  let simulator: KiroSimulator
  let provider: KiroProvider

  before(async () => {
    simulator = await startKiroSimulator()
    const { origin } = simulator
    provider = provide({ apiUrl: origin, authUrl: origin, oidcUrl: origin, managementUrl: origin, externalIdpHosts: [origin] })
  })
  beforeEach(() => simulator.reset())
  after(async () => {
    await simulator.close()
    await agents.close()
  })

  /** A simulated account as it becomes one here: exported, imported, prepared. */
  async function join(kind: AccountKind, issue: IssueOptions = {}): Promise<Account<KiroCredential>> {
    const context = { source: 'test', companion: async () => undefined, companions: async () => [] }
    const { accounts } = await provider.importer.parse(JSON.stringify(simulator.issue(kind, issue)), context)
    const account = { ...kiroAccount('social'), ...accounts[0], settings: {} }
    return { ...account, facts: { ...account.facts, ...(await provider.prepare(account, http, NONE)) } }
  }

  function attemptOf(account: Account<KiroCredential>, request: ChatRequest, lane = 0): Attempt<KiroCredential> {
    const { signal } = new AbortController()
    const found = provider.lanes(account)[lane]
    if (found === undefined) throw new Error('no such lane')
    return {
      call: { id: 'call-1', dialect: 'test', principal: { keyId: 'key-1' }, request, requestedModel: request.model, trail: [], signal, log: silentLogger },
      number: 1,
      account,
      lane: found,
      model: request.model,
      http,
      clock: systemClock,
      remedies: NONE,
      signal,
    }
  }

  function ask(account: Account<KiroCredential>, request = QUESTION, lane = 0): Promise<Completion> {
    return fold(provider.stream(request, attemptOf(account, request, lane)))
  }

  async function failure(run: Promise<unknown>): Promise<GatewayError> {
    try {
      await run
    } catch (error) {
      if (GatewayError.is(error)) return error
      throw error
    }
    throw new Error('it worked')
  }

  for (const kind of KINDS) {
    it(`takes a ${kind} account from its file to an answer, its models and its quota`, async () => {
      const account = await join(kind)
      expect(account.credential.kind).to.equal(kind)
      const models = await provider.models(account, http)
      expect(models.map(({ id }) => id)).to.include('claude-sonnet-4.5')
      const answer = await ask(account)
      expect(answer.reason).to.equal('stop')
      expect(answer.blocks.map(({ type }) => type)).to.deep.equal(['text'])
      expect((await provider.quota(account, http)).buckets[0]).to.include({ name: 'Credit', limit: 1000 })
    })
  }

  for (const kind of ['social', 'builder-id', 'idc', 'external-idp'] as const) {
    it(`renews a ${kind} account, and the old refresh token is then worth nothing`, async () => {
      const account = await join(kind)
      const before = account.credential
      const credential = await provider.refreshToken(account, http)
      expect(credential.accessToken).to.be.a('string').and.not.equal(before.accessToken)
      expect(credential.refreshToken).to.be.a('string').and.not.equal(before.refreshToken)
      expect(provider.lifetime(credential).expiresAt).to.be.greaterThan(Date.now() + 3_000_000)
      expect((await ask({ ...account, credential })).reason).to.equal('stop')
      expect((await failure(provider.refreshToken(account, http))).code).to.equal('needs_login')
    })
  }

  it('asks for a newer token when the service refuses one', async () => {
    const account = await join('social')
    simulator.expireAccessTokens()
    expect(await failure(ask(account))).to.include({ code: 'token_rejected', remedy: 'refresh-token' })
    expect((await ask({ ...account, credential: await provider.refreshToken(account, http) })).reason).to.equal('stop')
  })

  it('serves an API key over both forms', async () => {
    const account = await join('api-key')
    for (const lane of [0, 1]) expect((await ask(account, QUESTION, lane)).reason, String(lane)).to.equal('stop')
    expect(simulator.journal.slice(-2).map(({ path }) => path)).to.deep.equal(['/', '/generateAssistantResponse'])
    expect(await failure(provider.refreshToken(account, http))).to.include({ code: 'needs_login', reason: 'api_key_rejected' })
  })

  it('learns the profile of an enterprise account once, and again when it is told to', async () => {
    const account = await join('idc')
    expect(account.credential.profileArn).to.equal(undefined)
    expect(account.facts.profileArn).to.match(/^arn:aws:codewhisperer:us-east-1:\d{12}:profile\/\w{12}$/)
    expect(provider.prepare(account, http, NONE)).to.equal(undefined)
    const moved = { ...account, facts: { ...account.facts, profileArn: US_ARN } }
    expect(await failure(ask(moved))).to.include({ code: 'not_entitled', remedy: 'resolve-profile' })
    expect(await provider.prepare(moved, http, new Set(['resolve-profile']))).to.deep.equal(account.facts)
  })

  it('needs nothing but a machine id for the other kinds, at once and only the first time', async () => {
    for (const kind of ['social', 'builder-id', 'api-key'] as const) {
      const account = await join(kind)
      expect(Object.keys(account.facts), kind).to.deep.equal(['machineId'])
      expect(provider.prepare(account, http, NONE), kind).to.equal(undefined)
    }
    for (const kind of ['builder-id', 'api-key'] as const)
      expect(provider.prepare(await join(kind), http, new Set(['resolve-profile'])), kind).to.equal(undefined)
  })

  it('keeps conversations of two accounts apart, and one conversation together', async () => {
    const ids = async (account: Account<KiroCredential>) => {
      await ask(account)
      const body = simulator.journal.at(-1)?.body
      return JSON.stringify(body).match(/"conversationId":"([^"]+)"/)?.[1]
    }
    const one = { ...(await join('social')), id: 'account-1' }
    const two = { ...(await join('social')), id: 'account-2' }
    const first = await ids(one)
    expect(first).to.match(/^[0-9a-f-]{36}$/)
    expect(await ids(one)).to.equal(first)
    expect(await ids(two)).to.not.equal(first)
  })

  it('cuts at stop sequences itself', async () => {
    const account = await join('social')
    const whole = await ask(account)
    const text = whole.blocks[0]?.type === 'text' ? whole.blocks[0].text : ''
    const stop = text.slice(3, 6)
    const cut = await ask(account, { ...QUESTION, stop: [stop] })
    expect(cut).to.include({ reason: 'stop-sequence', stopSequence: stop })
  })
})

/** An attempt that can be built but not sent. */
function plainAttempt(account: Account<KiroCredential> = kiroAccount('social'), lane: Lane = { id: 'q', origin: '' }): Attempt<KiroCredential> {
  const { signal } = new AbortController()
  const call = { id: 'c', dialect: 'test', principal: { keyId: 'k' }, request: QUESTION, requestedModel: 'm', trail: [], signal, log: silentLogger }
  const http: HttpClient = { send: () => Promise.reject(new Error('no')), stream: () => expect.fail('no') }
  return { call, number: 1, account, lane, model: 'claude-sonnet-4.5', http, clock: systemClock, remedies: NONE, signal }
}

describe('kiro provider without an upstream', () => {
  it('knows when credentials end', () => {
    const provider = provide()
    expect(provider.lifetime(kiroAccount('social', { expiresAt: 5 }).credential)).to.deep.equal({ expiresAt: 5, replayable: true })
    expect(provider.lifetime(kiroAccount('idc').credential)).to.deep.equal({ expiresAt: undefined, replayable: true })
    expect(provider.lifetime({ kind: 'social', refreshToken: 'aorX', expiresAt: 5 })).to.deep.equal({ expiresAt: undefined, replayable: true })
    expect(provider.lifetime(kiroAccount('external-idp', { expiresAt: 5 }).credential).replayable).to.equal(false)
    expect(provider.lifetime(kiroAccount('api-key').credential)).to.deep.equal({ expiresAt: Number.POSITIVE_INFINITY, replayable: false })
  })

  it('moves to the region of a profile that was learned after the lane was chosen', () => {
    const provider = provide()
    const before = kiroAccount('idc')
    const [lane] = provider.lanes(before)
    expect(lane?.origin).to.equal('https://q.us-east-1.amazonaws.com')
    const account = kiroAccount('idc', {}, { profileArn: EU_ARN })
    const attempt = plainAttempt(account, lane)
    expect(provider.buildRequest(QUESTION, attempt).url).to.equal('https://q.eu-central-1.amazonaws.com/generateAssistantResponse')
  })

  it('names a version in its calls: its own or a newer one of this machine, or the configured one', () => {
    const agentOf = (options: Partial<KiroOptions>) => provide(options).buildHeaders(plainAttempt())['user-agent']
    expect(agentOf({})).to.match(/KiroIDE-\d+\.\d+\.\d+/)
    expect(agentOf({ kiroVersion: '0.9.9' })).to.contain('KiroIDE-0.9.9-')
  })

  it('can be put into a configuration with any part of its options', () => {
    expect(kiro()).to.deep.include({ kind: 'provider', name: 'kiro', options: {}, type: KiroProvider })
    expect(kiro({ apiUrl: 'http://127.0.0.1:1' }).options).to.deep.equal({ apiUrl: 'http://127.0.0.1:1' })
    expect(() => kiroOptions({ region: 'evil.example' })).to.throw()
    expect(() => kiroOptions({ apiUrl: 'http://a.example/path' })).to.throw()
    expect(kiroOptions()).to.deep.equal({ strategy: 'round-robin', affinity: true, externalIdpHosts: [], kiroVersion: 'auto', agentMode: 'vibe', limits: {} })
  })

  it('brings a sandbox in which its own accounts work', async () => {
    const sandbox = await provide().sandbox({})
    try {
      const provider = provide(sandbox.options)
      for (const imported of sandbox.accounts)
        expect(provider.lanes({ ...kiroAccount('social'), credential: imported.credential }).map(({ origin }) => origin)).to.deep.equal([sandbox.origin])
    } finally {
      await sandbox.close()
    }
  })
})
