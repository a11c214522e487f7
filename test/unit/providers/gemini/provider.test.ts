import { expect } from 'chai'
import type { Account, ImportContext } from '../../../../core/index.ts'
import { GatewayError } from '../../../../core/index.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import type { GeminiCredential } from '../../../../providers/gemini/credential.ts'
import { headersFor, methodUrl, modelsUrl } from '../../../../providers/gemini/endpoints.ts'
import { geminiImporter } from '../../../../providers/gemini/importer.ts'
import { gemini, GeminiProvider } from '../../../../providers/gemini/index.ts'
import { SignatureMemory, seal, unseal } from '../../../../providers/gemini/signatures.ts'
import { mapToolNames } from '../../../../providers/gemini/tool-names.ts'
import { ERRORS } from '../../../../providers/gemini/simulator/index.ts'
import { type ScriptedAnswer, ScriptedHttp } from '../../../support/scripted-http.ts'

const PLACES = { apiUrl: 'https://generativelanguage.googleapis.com', apiVersion: 'v1beta' }
const KEY = 'AIza-key-of-a-test-0123456789'

function provider(options: Partial<ConstructorParameters<typeof GeminiProvider>[0]['options']> = {}) {
  return new GeminiProvider({ name: 'gemini', options: { ...PLACES, strategy: 'round-robin', ...options }, log: silentLogger, clock: new FakeClock() })
}

function account(credential: Partial<GeminiCredential> = {}): Account<GeminiCredential> {
  return { id: 'a', provider: 'gemini', label: 'l', credential: { apiKey: KEY, ...credential }, generation: 1, facts: {}, settings: {} }
}

/** Answers a request each, in order. */
function http(...answers: readonly ScriptedAnswer[]): ScriptedHttp {
  const left = [...answers]
  return new ScriptedHttp(() => left.shift() ?? { status: 599 })
}

async function failure(work: Promise<unknown>): Promise<GatewayError> {
  return GatewayError.from(
    await work.then(
      () => new Error('it worked'),
      (error: unknown) => error,
    ),
  )
}

const context: ImportContext = { source: 'keys.txt', companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }

describe('the Gemini provider', () => {
  it('has an account for each configured key', () => {
    const { accounts } = provider({
      accounts: [
        { apiKey: KEY, proxy: 'http://p:1', weight: 2 },
        { apiKey: `${KEY}2`, label: 'mine', baseUrl: 'https://relay', headers: { A: 'b' } },
      ],
    })
    expect(accounts).to.deep.equal([
      { label: 'key 1', credential: { apiKey: KEY }, settings: { proxy: 'http://p:1', weight: 2 } },
      { label: 'mine', credential: { apiKey: `${KEY}2`, baseUrl: 'https://relay', headers: { A: 'b' } }, settings: {} },
    ])
    expect(provider().accounts).to.deep.equal([])
  })

  it('may stand in a configuration under several names', () => {
    expect(gemini().name).to.equal('gemini')
    expect(gemini({ name: 'gemini-eu' }).name).to.equal('gemini-eu')
  })

  it('lists the models that answer, over all pages, with what their names tell', async () => {
    const entry = (id: string, more: object = {}) => ({
      name: `models/${id}`,
      displayName: id,
      inputTokenLimit: 1000,
      outputTokenLimit: 100,
      supportedGenerationMethods: ['generateContent'],
      ...more,
    })
    const client = http(
      { body: { models: [entry('gemini-2.5-pro'), entry('embedding-1', { supportedGenerationMethods: ['embedContent'] })], nextPageToken: 'p 2' } },
      { body: { models: [entry('gemma-3', { thinking: true })] } },
    )
    const cards = await provider().models(account(), client)
    expect(cards.map(({ id, features, limits, input }) => [id, features, limits, input])).to.deep.equal([
      ['gemini-2.5-pro', ['tools', 'caching', 'reasoning'], { inputTokens: 1000, outputTokens: 100 }, ['text', 'image', 'document']],
      ['gemma-3', ['reasoning'], { inputTokens: 1000, outputTokens: 100 }, ['text']],
    ])
    expect(client.lines).to.deep.equal([
      'GET https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000',
      'GET https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000&pageToken=p+2',
    ])
  })

  it('says what is wrong when the list cannot be read', async () => {
    const { status, body } = ERRORS['api-key-invalid']
    expect((await failure(provider().models(account(), http({ status, body })))).code).to.equal('needs_login')
    expect((await failure(provider().models(account(), http({ body: '<html>' })))).code).to.equal('upstream_nonsense')
  })

  it('offers the configured models without asking', async () => {
    const own = provider({ models: ['gemini-2.5-pro', 'my-tuned'] })
    expect((await own.models(account(), http())).map(({ id }) => id)).to.deep.equal(['gemini-2.5-pro', 'my-tuned'])
    expect(own.catalog.resolve('models/my-tuned')).to.equal('my-tuned')
    expect(own.catalog.resolve('gemini-2.5-flash')).to.equal(undefined)
  })

  it('knows its models by the names that clients use', () => {
    const { catalog } = provider()
    expect(
      ['gemini-2.5-pro', 'models/gemini-2.5-pro', 'gemini-2.5-pro[1m]', 'gemini-3-pro', 'gemini-9-future', 'gemma-3-27b-it'].map(name => catalog.resolve(name)),
    ).to.deep.equal(['gemini-2.5-pro', 'gemini-2.5-pro', 'gemini-2.5-pro', 'gemini-3-pro-preview', 'gemini-9-future', 'gemma-3-27b-it'])
    expect(
      ['claude-sonnet-4.5', 'gpt-5', '', 'gemini-', `gemini-${'x'.repeat(300)}`, 'gemini-2.5-pro:generateContent?key=1'].map(name => catalog.resolve(name)),
    ).to.deep.equal(Array.from({ length: 6 }))
  })

  it('asks at the right address, with the key in a header and nowhere else', () => {
    const stream = { model: 'gemini-2.5-pro', method: 'streamGenerateContent' } as const
    expect(methodUrl({ apiKey: KEY }, PLACES, stream)).to.equal(
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    )
    expect(methodUrl({ apiKey: KEY, baseUrl: 'https://relay/gemini/' }, PLACES, { ...stream, method: 'generateContent' })).to.equal(
      'https://relay/gemini/v1beta/models/gemini-2.5-pro:generateContent',
    )
    expect(methodUrl({ apiKey: KEY, baseUrl: 'https://relay/v1' }, PLACES, { model: 'a/../b?c', method: 'countTokens' })).to.equal(
      'https://relay/v1/models/a%2F..%2Fb%3Fc:countTokens',
    )
    expect(methodUrl({ apiKey: KEY }, PLACES, { model: 'tunedModels/mine', method: 'generateContent' })).to.contain('/v1beta/tunedModels/mine:generateContent')
    expect(modelsUrl({ apiKey: KEY }, PLACES, undefined)).not.to.contain(KEY)
    expect(headersFor({ apiKey: KEY, headers: { Authorization: 'Bearer x', 'X-Goog-Api-Key': 'other' } })).to.deep.include({
      authorization: 'Bearer x',
      'x-goog-api-key': 'other',
    })
  })

  it('reads keys in the shapes in which they are passed around', async () => {
    const keys = async (text: string) => (await geminiImporter.parse(text, context)).accounts.map(({ credential }) => credential.apiKey)
    expect(await keys(KEY)).to.deep.equal([KEY])
    expect(await keys(`# mine\nGEMINI_API_KEY="${KEY}"\nexport GOOGLE_API_KEY=${KEY}2\n`)).to.deep.equal([KEY, `${KEY}2`])
    expect(await keys(JSON.stringify([{ apiKey: KEY }, { 'api-key': `${KEY}2`, 'base-url': 'https://relay' }, `${KEY}3`, { apiKey: KEY }, {}]))).to.deep.equal([
      KEY,
      `${KEY}2`,
      `${KEY}3`,
    ])
    const { rejected } = await geminiImporter.parse(JSON.stringify({ accounts: [{ apiKey: KEY }, { apiKey: KEY }, { key: 'short' }] }), context)
    expect(rejected.map(({ index }) => index)).to.deep.equal([1, 2])
    for (const text of ['', 'not a key at all', '{}', '{"apiKey":"x"}'])
      expect((await failure(geminiImporter.parse(text, context))).code).to.equal('bad_request')
  })
})

describe('signatures of Gemini', () => {
  it('are known again by their mark, and nothing else is', () => {
    expect(unseal(seal('call', 'a.b==\n'))).to.deep.equal({ part: 'call', signature: 'a.b==\n' })
    for (const foreign of [undefined, '', 'EqQBCkYIARgC', 'gm1.vertex.call.QQ==', 'gm1.ai.call.', 'x gm1.ai.call.QQ=='])
      expect(unseal(foreign)).to.equal(undefined)
  })

  it('are remembered up to a limit, the longest unused go first', () => {
    const memory = new SignatureMemory(120)
    const call = (id: string) => ({ id, name: 'f' })
    memory.rememberCall(call('a'), 'A'.repeat(40))
    memory.rememberCall(call('b'), 'B'.repeat(40))
    expect(memory.ofCall(call('a'))).to.equal('A'.repeat(40))
    memory.rememberCall(call('c'), 'C'.repeat(40))
    expect([memory.ofCall(call('a')) !== undefined, memory.ofCall(call('b')), memory.ofCall(call('c')) !== undefined]).to.deep.equal([true, undefined, true])
    expect(memory.ofCall({ id: 'a', name: 'g' })).to.equal(undefined)
  })
})

describe('tool names for Gemini', () => {
  it('are kept where they can be, are rewritten where not, and are always found again', () => {
    const given = ['read_file', 'mcp.server:tool', 'a/b', 'a_b', '', '9lives', '名前', `mcp__${'very_'.repeat(20)}long`, '__proto__']
    const names = mapToolNames(given)
    const sent = given.map(name => names.upstream(name))
    expect(sent.slice(0, 2)).to.deep.equal(given.slice(0, 2))
    expect(new Set(sent).size).to.equal(given.length)
    for (const name of sent) expect(name).to.match(/^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/)
    expect(sent.map(name => names.original(name))).to.deep.equal(given)
    expect(names.original('default_api:read_file')).to.equal('read_file')
    expect(names.original('never_sent')).to.equal('never_sent')
  })

  it('stay the same whatever other tools there are', () => {
    expect(mapToolNames(['a/b', 'c']).upstream('a/b')).to.equal(mapToolNames(['x', 'a/b']).upstream('a/b'))
  })
})
