import { expect } from 'chai'
import { endpoint } from '../../../../providers/openai-compatible/endpoints.ts'
import { configuredCards, mergeCards, readModels, staticCatalog } from '../../../../providers/openai-compatible/models.ts'
import { quotaOf } from '../../../../providers/openai-compatible/quota.ts'
import { duration } from '../../../../providers/openai-compatible/retry-hint.ts'
import { finishReason } from '../../../../providers/openai-compatible/stop-reason.ts'
import { readUsage } from '../../../../providers/openai-compatible/usage.ts'

describe('addresses of OpenAI-compatible upstreams', () => {
  for (const [base, expected] of [
    ['https://api.example.com', 'https://api.example.com/v1/chat/completions'],
    ['https://api.example.com/', 'https://api.example.com/v1/chat/completions'],
    ['https://api.example.com/v1', 'https://api.example.com/v1/chat/completions'],
    ['https://api.example.com/v1/', 'https://api.example.com/v1/chat/completions'],
    ['https://api.example.com/v1/chat/completions', 'https://api.example.com/v1/chat/completions'],
    ['https://openrouter.example/api/v1', 'https://openrouter.example/api/v1/chat/completions'],
    ['https://ark.example/api/v3//', 'https://ark.example/api/v3/chat/completions'],
    ['https://a.example/openai/deployments/d?api-version=2026-01-01', 'https://a.example/openai/deployments/d/chat/completions?api-version=2026-01-01'],
  ] as const) {
    it(`are made from ${base}`, () => expect(endpoint(base, 'chat/completions')).to.equal(expected))
  }
})

describe('token counts of OpenAI-compatible upstreams', () => {
  const total = { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 }
  for (const [what, told, expected] of [
    [
      'OpenAI',
      { ...total, prompt_tokens_details: { cached_tokens: 16 }, completion_tokens_details: { reasoning_tokens: 4 } },
      { input: 20, output: 9, cacheRead: 16, reasoning: 4 },
    ],
    ['DeepSeek', { ...total, prompt_cache_hit_tokens: 16, prompt_cache_miss_tokens: 4 }, { input: 20, output: 9, cacheRead: 16 }],
    [
      'one that leaves reasoning out',
      { ...total, total_tokens: 33, completion_tokens_details: { reasoning_tokens: 4 } },
      { input: 20, output: 13, reasoning: 4 },
    ],
    ['one that caches more than there is', { ...total, prompt_tokens_details: { cached_tokens: 99 } }, { input: 20, output: 9, cacheRead: 20 }],
    [
      'one that tells what it wrote to the cache',
      { ...total, prompt_tokens_details: { cached_tokens: 4, cache_creation_input_tokens: 10 } },
      { input: 20, output: 9, cacheRead: 4, cacheWrite: 10 },
    ],
    ['OpenRouter', { ...total, cost: 0.25 }, { input: 20, output: 9, cost: { amount: 0.25, unit: 'credit' } }],
    ['one that tells nonsense', { prompt_tokens: null, completion_tokens: -1, total_tokens: 'x' }, {}],
  ] as const) {
    it(`are read from ${what}`, () => expect(readUsage(told)).to.deep.equal(expected))
  }
})

describe('ends of answers', () => {
  const none = { calls: 0, refused: false }
  it('are told by what was seen, not by the word alone', () => {
    expect(finishReason('stop', { calls: 1, refused: false })).to.equal('tool-calls')
    expect(finishReason('tool_calls', none)).to.equal('stop')
    expect(finishReason('length', { calls: 1, refused: false })).to.equal('length')
    expect(finishReason('', none)).to.equal('stop')
    expect(finishReason('eos', none)).to.equal('stop')
    expect(finishReason('stop', { calls: 0, refused: true })).to.equal('refusal')
  })
})

describe('live quota of OpenAI-compatible upstreams', () => {
  it('is read from the headers of any answer', () => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0s',
    }
    expect(quotaOf(headers, 1_000)).to.deep.equal({
      buckets: [
        { name: 'requests', used: 1, limit: 60, unit: 'requests', resetsAt: 2_000 },
        { name: 'tokens', used: 16, limit: 150_000, unit: 'tokens', resetsAt: 361_000 },
      ],
    })
    expect(quotaOf({ 'x-ratelimit-limit-requests': 'many' }, 0)).to.equal(undefined)
  })

  it('tells durations as these services write them', () => {
    expect(['1s', '6m0s', '120ms', '1h2m3.5s', '7', '', 'soon', '5 s'].map(duration)).to.deep.equal([
      1_000,
      360_000,
      120,
      3_723_500,
      7_000,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('lists of models', () => {
  const ids = (text: string) => readModels(text).map(({ id }) => id)

  it('are read in each of their shapes', () => {
    expect(ids('{"object":"list","data":[{"id":"a","object":"model"}]}')).to.deep.equal(['a'])
    expect(ids('[{"id":"a"},{"name":"b"},"c",{}]')).to.deep.equal(['a', 'b', 'c'])
    expect(ids('{"models":[{"model":"a"}]}')).to.deep.equal(['a'])
    expect(ids('{"data":[{"id":"gpt-x"},{"id":"text-embedding-3"},{"id":"whisper-1"},{"id":"tts-1"}]}')).to.deep.equal(['gpt-x'])
    for (const text of ['<html>', '{}', '"x"']) expect(() => readModels(text)).to.throw(/list of models/)
  })

  it('tell limits and abilities where the server does', () => {
    const [routed, served] = readModels(
      JSON.stringify({
        data: [
          {
            id: 'a',
            name: 'A',
            context_length: 200_000,
            top_provider: { max_completion_tokens: 64_000 },
            architecture: { input_modalities: ['text', 'file'] },
            supported_parameters: ['tools', 'max_tokens'],
          },
          { id: 'b', max_model_len: 4_096 },
        ],
      }),
    )
    expect(routed).to.deep.equal({
      id: 'a',
      name: 'A',
      input: ['text', 'document'],
      features: ['tools'],
      limits: { inputTokens: 200_000, outputTokens: 64_000 },
    })
    expect(served).to.deep.include({ input: ['text', 'image'], limits: { inputTokens: 4_096 } })
  })

  it('are completed and corrected by the configuration, whose names hold without them', () => {
    const cards = configuredCards(['a', { id: 'b', aliases: ['small'], inputTokens: 8_000, images: false }])
    expect(mergeCards(readModels('[{"id":"b"},{"id":"c"}]'), cards).map(({ id, limits }) => [id, limits?.inputTokens])).to.deep.equal([
      ['b', 8_000],
      ['c', undefined],
      ['a', undefined],
    ])
    const catalog = staticCatalog(cards)
    expect(['a', 'small', 'c'].map(name => catalog?.resolve(name))).to.deep.equal(['a', 'b', undefined])
    expect(staticCatalog([])).to.equal(undefined)
  })
})
