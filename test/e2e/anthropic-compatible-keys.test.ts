import { expect } from 'chai'
import { DEFAULT_KEY, startAnthropicSimulator } from '../../providers/anthropic-compatible/simulator/index.ts'
import { ask } from '../support/gateway.ts'
import { startAnthropicGateway } from '../support/anthropic-gateway.ts'

const SECOND = 'sk-ant-second-0123456789'

describe('keys of an Anthropic-compatible upstream', () => {
  it('stand in for each other when one is refused, limited or empty', async () => {
    for (const error of ['invalid-key', 'rate-limited', 'credit-too-low', 'permission', 'organization-disabled'] as const) {
      const { gateway, upstream, close } = await startAnthropicGateway({
        simulator: { keys: [DEFAULT_KEY, SECOND] },
        provider: { accounts: [{ apiKey: DEFAULT_KEY }, { apiKey: SECOND }] },
      })
      try {
        upstream.script({ do: 'refuse', error })
        const response = await gateway.post('/v1/messages', ask('Hi'))
        expect(response.status, error).to.equal(200)
        expect(new Set(upstream.asked.map(({ key }) => key)).size, error).to.equal(2)
      } finally {
        await close()
      }
    }
  })

  it('never make a client think that its own key was refused', async () => {
    const { gateway, close } = await startAnthropicGateway({ provider: { accounts: [{ apiKey: 'sk-ant-revoked-0123456789' }] } })
    try {
      const response = await gateway.post('/v1/messages', ask('Hi'))
      const body = await response.text()
      expect(response.status).to.be.oneOf([502, 503])
      expect(body).to.contain('API key of this account').and.not.to.contain('sk-ant-revoked')
    } finally {
      await close()
    }
  })

  it('have an address, a style and headers of their own', async () => {
    const other = await startAnthropicSimulator({ keys: [SECOND] })
    const { gateway, upstream, close } = await startAnthropicGateway({
      provider: {
        headers: { 'x-team': 'a', 'x-both': 'provider' },
        betas: ['own-2026-01-01'],
        accounts: [
          { apiKey: DEFAULT_KEY, auth: 'x-api-key', priority: 1, models: ['claude-opus-*'] },
          { apiKey: SECOND, auth: 'bearer', baseUrl: `${other.origin}/v1/`, headers: { 'X-Both': 'account' } },
        ],
      },
    })
    try {
      expect((await gateway.post('/v1/messages', ask('Hi', { model: 'claude-opus-4-8' }))).status).to.equal(200)
      expect((await gateway.post('/v1/messages', ask('Hi', { model: 'claude-haiku-4-5' }), { 'anthropic-beta': 'theirs-1' })).status).to.equal(200)
      expect(upstream.asked[0]?.headers)
        .to.include({ 'x-api-key': DEFAULT_KEY, 'x-team': 'a', 'x-both': 'provider', 'anthropic-beta': 'own-2026-01-01' })
        .and.not.to.have.property('authorization')
      expect(other.asked[0]?.headers)
        .to.include({ authorization: `Bearer ${SECOND}`, 'x-both': 'account', 'anthropic-beta': 'theirs-1,own-2026-01-01' })
        .and.not.to.have.property('x-api-key')
    } finally {
      await close()
      await other.close()
    }
  })

  it('may come from a variable of the environment', async () => {
    const { gateway, upstream, close } = await startAnthropicGateway({
      provider: { accounts: [], apiKeyVariable: 'RELAY_KEYS' },
      environment: { RELAY_KEYS: `${DEFAULT_KEY}, ${SECOND}` },
      simulator: { keys: [DEFAULT_KEY, SECOND] },
    })
    try {
      for (let round = 0; round < 2; round++) expect((await gateway.post('/v1/messages', ask(`Hi ${round}`))).status).to.equal(200)
      expect(new Set(upstream.asked.map(({ key }) => key)).size).to.equal(2)
    } finally {
      await close()
    }
  })

  it('serve an API that has neither a list of models nor a count of tokens', async () => {
    const { gateway, upstream, close } = await startAnthropicGateway({
      simulator: { messagesOnly: true },
      provider: { listModels: false, models: [{ id: 'claude-haiku-4-5-20251001', aliases: ['small'], outputTokens: 8_000 }] },
    })
    try {
      const answer = await gateway.post('/v1/chat/completions', { model: 'small', messages: [{ role: 'user', content: 'Hi' }] })
      expect(answer.status).to.equal(200)
      expect((upstream.asked.at(-1)?.body as any).max_tokens).to.equal(8_000)
      const count = await gateway.post('/v1/messages/count_tokens', { model: 'small', messages: [{ role: 'user', content: 'Hi' }] })
      expect(((await count.json()) as any).input_tokens).to.be.greaterThan(0)
      expect(upstream.journal.some(({ path }) => path.startsWith('/v1/models'))).to.equal(false)
    } finally {
      await close()
    }
  })

  it('come after a subscription that speaks another protocol, once that is used up', async () => {
    const { gateway, upstream, close } = await startAnthropicGateway({
      accounts: ['social'],
      provider: { accounts: [{ apiKey: DEFAULT_KEY, priority: -1 }] },
      config: (entry, simulator) => ({ providers: [{ use: 'kiro', options: { apiUrl: simulator.origin } }, entry] }),
    })
    try {
      const served = async () => (await gateway.post('/v1/messages', ask('Hi'))).status
      expect([await served(), upstream.asked.length]).to.deep.equal([200, 0])
      const [subscription] = gateway.credentials
      if (subscription !== undefined) gateway.simulator.exhaust(subscription)
      expect([await served(), upstream.asked.length]).to.deep.equal([200, 1])
    } finally {
      await close()
    }
  })
})
