import { expect } from 'chai'
import { GatewayError } from '../../../../core/index.ts'
import { cardOf, KNOWN_MODELS } from '../../../../providers/anthropic-compatible/known-models.ts'
import { ModelDirectory } from '../../../../providers/anthropic-compatible/model-directory.ts'
import { claudeVersion, plainName, undatedName } from '../../../../providers/anthropic-compatible/model-names.ts'
import { traitsOf } from '../../../../providers/anthropic-compatible/model-traits.ts'
import { listModels } from '../../../../providers/anthropic-compatible/models.ts'
import { MODELS, modelPage } from '../../../../providers/anthropic-compatible/simulator/models.ts'
import { anthropicAccount, anthropicOptions } from '../../../support/anthropic-account.ts'
import { type ScriptedAnswer, ScriptedHttp } from '../../../support/scripted-http.ts'

function list(answer: (url: URL) => ScriptedAnswer) {
  const http = new ScriptedHttp(({ url }) => answer(new URL(url)))
  return { http, listed: listModels({ account: anthropicAccount(), http, options: anthropicOptions(), now: 0 }) }
}

describe('models of an Anthropic-compatible upstream', () => {
  it('are read page by page with their limits', async () => {
    const { http, listed } = list(url => ({ body: modelPage(url.searchParams, 4) }))
    const cards = await listed
    expect(cards.map(({ id }) => id)).to.deep.equal(MODELS.map(({ id }) => id))
    expect(cards[0]).to.deep.include({ createdAt: Date.UTC(2026, 0, 1), limits: { inputTokens: 1_000_000, outputTokens: 128_000 }, efforts: ['low', 'medium', 'high', 'xhigh', 'max'] })
    expect(http.lines.map(line => /after_id=(.*)/.exec(line)?.[1])).to.deep.equal([undefined, 'claude-opus-4-8', 'claude-opus-4-5-20251101'])
  })

  it('are read from lists in another vendor’s shape', async () => {
    const cards = await list(() => ({
      body: { object: 'list', data: [{ id: 'anthropic/claude-sonnet-4.5', context_length: 200_000 }, { id: 'glm-5', object: 'model' }, { object: 'model' }] },
    })).listed
    expect(cards.map(({ id, limits }) => [id, limits])).to.deep.equal([
      ['anthropic/claude-sonnet-4.5', { inputTokens: 200_000, outputTokens: 64_000 }],
      ['glm-5', {}],
    ])
  })

  it('are none where the API has no list, and an error where it refuses', async () => {
    expect(await list(() => ({ status: 404, body: '<html>' })).listed).to.deep.equal([])
    const error: unknown = await list(() => ({ status: 401, body: {} })).listed.catch((thrown: unknown) => thrown)
    expect(GatewayError.is(error) && error.code).to.equal('token_rejected')
    const strange: unknown = await list(() => ({ body: '<html>' })).listed.catch((thrown: unknown) => thrown)
    expect(GatewayError.is(strange) && strange.code).to.equal('upstream_nonsense')
  })

  it('stop paging where a relay repeats itself', async () => {
    const { http, listed } = list(() => ({ body: { data: [{ id: 'a' }], has_more: true, last_id: 'a' } }))
    expect(await listed).to.have.length(1)
    expect(http.lines).to.have.length(2)
  })

  it('go by the names that clients and clouds give them', () => {
    expect(['claude-sonnet-4.5', 'Claude-Sonnet-4-5-latest', 'claude-sonnet-4-5[1m][1M]', 'anthropic/claude-sonnet-4-5-thinking'].map(plainName)).to.deep.equal(
      Array(4).fill('claude-sonnet-4-5'),
    )
    expect(undatedName('claude-haiku-4-5@20251001')).to.equal('claude-haiku-4-5')
    expect(plainName('GLM-4.6')).to.equal('GLM-4.6')
    expect(claudeVersion('claude-opus-4-6')).to.deep.equal({ family: 'opus', version: 406 })
    expect(claudeVersion('claude-3-7-sonnet-20250219')).to.deep.equal({ family: 'sonnet', version: 307 })
    expect(claudeVersion('claude-opus-5')).to.deep.equal({ family: 'opus', version: 500 })
    expect(claudeVersion('gpt-5')).to.equal(undefined)
  })

  it('are resolved without a list, by the account’s list, and by the operator’s', () => {
    const official = new ModelDirectory([], true)
    expect(official.models).to.equal(KNOWN_MODELS)
    expect(official.resolve('claude-sonnet-4.5[1m]')).to.equal('claude-sonnet-4-5-20250929')
    expect(official.resolve('claude-opus-9')).to.equal('claude-opus-9')
    expect(official.resolve('gpt-5')).to.equal(undefined)
    official.remember('one', [cardOf({ id: 'claude-sonnet-4-5-20260101' }), cardOf({ id: 'house-model' })])
    expect(official.resolve('claude-sonnet-4-5')).to.equal('claude-sonnet-4-5-20260101')
    expect(official.resolve('house-model')).to.equal('house-model')
    expect(official.resolve('claude-opus-9')).to.equal(undefined)

    const relay = new ModelDirectory(['glm-5', { id: 'kimi-k3', aliases: ['kimi'], outputTokens: 9 }], false)
    expect(['glm-5', 'kimi', 'claude-opus-9'].map(name => relay.resolve(name))).to.deep.equal(['glm-5', 'kimi-k3', undefined])
    expect(relay.card('any', 'kimi-k3')?.limits).to.deep.equal({ outputTokens: 9 })
    expect(
      relay.remember('one', [cardOf({ id: 'glm-5', outputTokens: 7 }), cardOf({ id: 'kimi-k3', outputTokens: 7 })]).map(({ limits }) => limits),
    ).to.deep.equal([{}, { outputTokens: 9 }])
  })

  it('are left for a strange upstream to judge while nothing is known of what it has', () => {
    const relay = new ModelDirectory([], false)
    expect(relay.models).to.deep.equal([])
    expect(relay.remember('one', [])).to.deep.equal([])
    expect(relay.resolve('deepseek-chat[1m]')).to.equal('deepseek-chat')
    relay.remember('one', [cardOf({ id: 'glm-5' })])
    expect(relay.resolve('deepseek-chat')).to.equal(undefined)
  })

  it('have the traits that the strict upstream knows', () => {
    const styles = {
      always: ['adaptive'],
      'default-on': ['adaptive', 'disabled'],
      adaptive: ['adaptive', 'disabled'],
      either: ['adaptive', 'enabled', 'disabled'],
      budget: ['enabled', 'disabled'],
      none: [],
    }
    for (const { id, thinking, efforts, sampling, prefill } of MODELS) {
      const traits = traitsOf(id)
      expect([styles[traits.thinking], traits.efforts, traits.sampling, traits.prefill], id).to.deep.equal([thinking, efforts, sampling, prefill])
    }
    expect(traitsOf('claude-opus-9').thinking).to.equal('default-on')
    expect(traitsOf('claude-3-5-haiku-20241022').thinking).to.equal('none')
    expect(traitsOf('glm-5').thinking).to.equal('budget')
  })
})
