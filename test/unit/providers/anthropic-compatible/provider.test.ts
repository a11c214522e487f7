import { expect } from 'chai'
import { fold } from '../../../../core/index.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { Agents } from '../../../../core/transport/agents.ts'
import { createHttpClient } from '../../../../core/transport/http-client.ts'
import { baseOf, isOfficial } from '../../../../providers/anthropic-compatible/endpoints.ts'
import { headersFor } from '../../../../providers/anthropic-compatible/headers.ts'
import { anthropicCompatible, AnthropicCompatibleProvider } from '../../../../providers/anthropic-compatible/index.ts'
import { readRateLimits } from '../../../../providers/anthropic-compatible/rate-limits.ts'
import { DEFAULT_KEY, startAnthropicSimulator } from '../../../../providers/anthropic-compatible/simulator/index.ts'
import { anthropicAccount, anthropicOptions } from '../../../support/anthropic-account.ts'
import { chatRequest, trackedCall } from '../../../support/calls.ts'

const original = (headers: Readonly<Record<string, string>>, wire = 'anthropic') => ({ original: { wire, headers, body: {}, needs: [], read: chatRequest() } })

describe('anthropic-compatible provider', () => {
  it('takes part in a configuration under any name', () => {
    expect(anthropicCompatible()).to.include({ kind: 'provider', name: 'anthropic-compatible' })
    expect(anthropicCompatible({ name: 'relay' }).name).to.equal('relay')
  })

  it('offers the accounts that the configuration names, settings apart from secrets', () => {
    const accounts = [
      { apiKey: 'sk-1', label: 'work', weight: 2, models: ['claude-*'] },
      { apiKey: 'sk-2', baseUrl: 'https://relay.example/v1', auth: 'bearer' as const },
    ]
    const provider = new AnthropicCompatibleProvider({ name: 'a', options: anthropicOptions({ accounts }), log: silentLogger, clock: systemClock })
    expect(provider.accounts).to.deep.equal([
      { label: 'work', credential: { apiKey: 'sk-1' }, settings: { weight: 2, models: ['claude-*'] } },
      { label: 'key 2', credential: { apiKey: 'sk-2', baseUrl: 'https://relay.example/v1', auth: 'bearer' }, settings: {} },
    ])
    const [first, second] = provider.accounts.map(({ credential }) => credential)
    expect(first && provider.identity(first)).not.to.equal(second && provider.identity(second))
    expect(provider.lanes(anthropicAccount(second))).to.deep.equal([{ id: 'api', origin: 'https://relay.example' }])
  })

  it('takes addresses however people write them', () => {
    for (const url of ['https://a.b/x', 'https://a.b/x/', 'https://a.b/x/v1', 'https://a.b/x/v1/messages/'])
      expect(baseOf({ baseUrl: url }, '')).to.equal('https://a.b/x')
    expect(baseOf({}, 'https://api.anthropic.com/v1')).to.equal('https://api.anthropic.com')
    expect(['https://api.anthropic.com', 'https://api.anthropic.com.evil.example', 'http://api.anthropic.com'].map(isOfficial)).to.deep.equal([
      true,
      false,
      false,
    ])
  })

  it('shows its key as the host expects it', () => {
    const keys = (credential: object, baseUrl?: string) => {
      const headers = headersFor({ account: anthropicAccount(credential) }, anthropicOptions(baseUrl === undefined ? {} : { baseUrl }))
      return [headers['x-api-key'], headers.authorization]
    }
    expect(keys({})).to.deep.equal(['sk-ant-test', undefined])
    expect(keys({}, 'https://relay.example')).to.deep.equal(['sk-ant-test', 'Bearer sk-ant-test'])
    expect(keys({ auth: 'bearer' })).to.deep.equal([undefined, 'Bearer sk-ant-test'])
    expect(keys({ auth: 'x-api-key', baseUrl: 'https://relay.example' })).to.deep.equal(['sk-ant-test', undefined])
  })

  it('sends on what the client said in headers of this wire, and nothing else of it', () => {
    const said = { 'anthropic-beta': 'a, b', 'anthropic-version': '2030-01-01', 'x-app': 'cli' }
    const options = anthropicOptions({ betas: ['b', 'c'], headers: { Host: 'evil', 'X-App': 'ours' } })
    expect(headersFor({ account: anthropicAccount(), ...original(said) }, options))
      .to.include({ 'anthropic-beta': 'a, b,c', 'anthropic-version': '2030-01-01', 'x-app': 'ours' })
      .and.not.to.have.property('host')
    expect(headersFor({ account: anthropicAccount(), ...original(said, 'openai-chat') }, options)).to.include({
      'anthropic-beta': 'b,c',
      'anthropic-version': '2023-06-01',
    })
  })

  it('reads its rate limits as buckets', () => {
    expect(
      readRateLimits({
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '49',
        'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:00Z',
        'anthropic-ratelimit-input-tokens-limit': '1000',
        'anthropic-ratelimit-input-tokens-remaining': '0',
      }),
    ).to.deep.equal({
      buckets: [
        { name: 'requests', used: 1, limit: 50, unit: 'requests', resetsAt: Date.UTC(2026, 0, 1) },
        { name: 'input-tokens', used: 1000, limit: 1000, unit: 'input tokens' },
      ],
    })
    expect(readRateLimits({ 'content-type': 'x' })).to.equal(undefined)
  })

  it('answers an attempt over a socket and tells its quota', async () => {
    const upstream = await startAnthropicSimulator({ headers: { 'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '10' } })
    const agents = new Agents()
    try {
      const provider = new AnthropicCompatibleProvider({
        name: 'a',
        options: anthropicOptions({ baseUrl: upstream.origin }),
        log: silentLogger,
        clock: systemClock,
      })
      const account = anthropicAccount({ apiKey: DEFAULT_KEY })
      const http = createHttpClient({ dispatcher: agents.for('direct'), proxy: 'direct', clock: systemClock })
      expect(await provider.models(account, http)).to.have.length(10)
      const seen: unknown[] = []
      const request = chatRequest()
      const attempt = {
        call: trackedCall({ request }),
        number: 1,
        account,
        lane: { id: 'api', origin: upstream.origin },
        model: 'claude-haiku-4-5',
        http,
        clock: systemClock,
        remedies: new Set<string>(),
        signal: new AbortController().signal,
        observed: (quota: unknown) => void seen.push(quota),
      }
      const completion = await fold(provider.stream(request, attempt))
      expect(completion.blocks).to.deep.equal([{ type: 'text', text: 'Hello' }])
      expect(seen).to.deep.equal([{ buckets: [{ name: 'requests', used: 40, limit: 50, unit: 'requests' }] }])
      expect(await provider.countTokens(request, attempt)).to.be.greaterThan(0)
    } finally {
      await agents.close?.()
      await upstream.close()
    }
  })
})
