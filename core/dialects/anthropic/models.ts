import type { NamedModelCard } from '../../contract/dialect.ts'

/** The API wants a date for each model and not every provider tells one: a constant, so that lists stay byte-stable. */
const CREATED_AT = '2025-01-01T00:00:00Z'

/** One model of `GET /v1/models` in Anthropic's shape (`providers.md` §7.1). */
export function renderModel(card: NamedModelCard): Record<string, unknown> {
  const { inputTokens, outputTokens } = card.limits ?? {}
  return {
    type: 'model',
    id: card.publicId,
    display_name: card.name ?? card.publicId,
    created_at: card.createdAt === undefined ? CREATED_AT : new Date(card.createdAt).toISOString().replace('.000Z', 'Z'),
    ...(inputTokens === undefined ? {} : { max_input_tokens: inputTokens }),
    ...(outputTokens === undefined ? {} : { max_tokens: outputTokens }),
  }
}

/** The list with its paging: `limit`, `after_id`, `before_id`. */
export function renderModels(cards: readonly NamedModelCard[], query: URLSearchParams): unknown {
  const limit = Math.min(1000, Math.max(1, Number(query.get('limit') ?? 1000) || 1000))
  const after = cards.findIndex(card => card.publicId === query.get('after_id'))
  const before = cards.findIndex(card => card.publicId === query.get('before_id'))
  const end = before === -1 ? cards.length : before
  const start = before === -1 ? after + 1 : Math.max(after + 1, end - limit)
  const page = cards.slice(start, Math.min(end, start + limit))
  return {
    data: page.map(renderModel),
    has_more: before === -1 ? start + page.length < end : start > 0,
    first_id: page[0]?.publicId ?? null,
    last_id: page.at(-1)?.publicId ?? null,
  }
}
