import { expect } from 'chai'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import type { Account } from '../../../../core/index.ts'
import { OpenaiCompatibleProvider, openaiCompatible } from '../../../../providers/openai-compatible/index.ts'
import type { OpenaiCompatibleCredential } from '../../../../providers/openai-compatible/credential.ts'
import type { OpenaiCompatibleOptions } from '../../../../providers/openai-compatible/options.ts'
import { ScriptedHttp } from '../../../support/scripted-http.ts'

function provider(options: Partial<OpenaiCompatibleOptions>, name = 'other'): OpenaiCompatibleProvider {
  const whole = { strategy: 'round-robin', accounts: [], models: [], listModels: true, ...options } as OpenaiCompatibleOptions
  return new OpenaiCompatibleProvider({ name, options: whole, log: silentLogger, clock: new FakeClock() })
}
const account = (credential: OpenaiCompatibleCredential): Account<OpenaiCompatibleCredential> => ({
  id: 'a',
  provider: 'other',
  label: 'x',
  credential,
  generation: 1,
  facts: {},
  settings: {},
})

describe('the OpenAI-compatible provider', () => {
  it('is one account for each key of its configuration, with its settings', () => {
    const { accounts } = provider({
      baseUrl: 'https://a.example',
      accounts: [
        { apiKey: 'one', weight: 3, models: ['x*'] },
        { baseUrl: 'https://b.example', headers: { 'api-key': 'two' }, label: 'azure', proxy: 'direct' },
      ],
    })
    expect(accounts).to.deep.equal([
      { label: 'key 1', credential: { apiKey: 'one' }, settings: { weight: 3, models: ['x*'] } },
      { label: 'azure', credential: { baseUrl: 'https://b.example', headers: { 'api-key': 'two' } }, settings: { proxy: 'direct' } },
    ])
  })

  it('is one account without a key for a local server, and takes keys from the environment for a known one', () => {
    expect(provider({ vendor: 'ollama' }).accounts).to.deep.equal([{ label: 'no key', credential: {} }])
    expect(provider({ vendor: 'openai' }).accounts).to.deep.equal([])
    const context = { source: 'env', companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }
    const variables = { OPENAI_API_KEY: 'from-the-environment', MINE: 'my-own-key' }
    const fromEnvironment = (options: Partial<OpenaiCompatibleOptions>) =>
      provider(options)
        .importer.environment?.(variables, context)
        .map(({ credential }) => credential.apiKey)
    expect(fromEnvironment({ vendor: 'openai' })).to.deep.equal(['from-the-environment'])
    expect(fromEnvironment({ vendor: 'openai', apiKeyVariable: 'MINE' })).to.deep.equal(['my-own-key'])
    expect(fromEnvironment({ vendor: 'openai', accounts: [{ apiKey: 'configured' }] }), 'named accounts are all').to.equal(undefined)
  })

  it('does not start without an address, and says which setting lacks', () => {
    expect(() => provider({ accounts: [{ apiKey: 'k' }] }, 'mine')).to.throw(/"mine".*"baseUrl".*"vendor"/)
    expect(provider({ accounts: [{ apiKey: 'k', baseUrl: 'https://a.example' }] }).accounts).to.have.length(1)
  })

  it('is known under the name that the configuration gives it', () => {
    expect(openaiCompatible({ name: 'deepseek', vendor: 'deepseek' }).name).to.equal('deepseek')
    expect(openaiCompatible({ vendor: 'openai' }).name).to.equal('openai-compatible')
    expect(provider({ vendor: 'openai' }, 'mine').name).to.equal('mine')
  })

  it('asks each account at its own place with its own headers', async () => {
    const http = new ScriptedHttp(() => ({ body: { data: [{ id: 'm' }] } }))
    const other = provider({ baseUrl: 'https://a.example', headers: { 'X-Title': 'ours', 'X-Own': 'provider' } })
    await other.models(account({ apiKey: 'k' }), http)
    await other.models(account({ baseUrl: 'https://b.example/v2', headers: { 'Api-Key': 'two', 'x-own': 'account', Host: 'evil' } }), http)
    expect(http.lines).to.deep.equal(['GET https://a.example/v1/models', 'GET https://b.example/v2/models'])
    expect(http.requests[0]?.headers).to.deep.include({ authorization: 'Bearer k', 'x-title': 'ours', 'x-own': 'provider' })
    expect(http.requests[1]?.headers).to.deep.include({ 'api-key': 'two', 'x-own': 'account' }).and.not.to.have.any.keys('authorization', 'host')
    expect(other.lanes(account({ baseUrl: 'https://b.example/v2' }))).to.deep.equal([{ id: 'b.example', origin: 'https://b.example' }])
  })

  it('lists what the configuration names where the upstream has no list', async () => {
    const http = new ScriptedHttp(({ url }) => (url.includes('a.example') ? { status: 404, body: {} } : { status: 401, body: {} }))
    const other = provider({ baseUrl: 'https://a.example', models: ['m'] })
    expect((await other.models(account({}), http)).map(({ id }) => id)).to.deep.equal(['m'])
    expect(await provider({ baseUrl: 'https://a.example' }).models(account({}), http)).to.deep.equal([])
    const refused: unknown = await other.models(account({ baseUrl: 'https://b.example' }), http).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'token_rejected' })
    await provider({ baseUrl: 'https://a.example', listModels: false }).models(account({}), http)
    expect(http.requests).to.have.length(3)
  })

  it('tells two accounts of one key at two places apart, and knows one again', () => {
    const other = provider({ baseUrl: 'https://a.example' })
    expect(other.identity({ apiKey: 'k' })).not.to.equal(other.identity({ apiKey: 'k', baseUrl: 'https://b.example' }))
    expect(other.identity({ apiKey: 'k' })).to.equal(other.identity({ apiKey: 'k', headers: { a: 'b' } }))
    expect(other.identity({})).to.equal(undefined)
  })
})
