import type { NamedModelCard } from '../../contract/dialect.ts'

/** 2025-01-01: the API wants a date, not every provider tells one, and lists should be byte-stable. */
const CREATED = 1_735_689_600

/** One model of `GET /v1/models` in OpenAI's shape, with its limits beside the standard members. */
export function renderModel(card: NamedModelCard): Record<string, unknown> {
  const { inputTokens, outputTokens } = card.limits ?? {}
  return {
    id: card.publicId,
    object: 'model',
    created: card.createdAt === undefined ? CREATED : Math.floor(card.createdAt / 1_000),
    owned_by: card.provider,
    ...(inputTokens === undefined ? {} : { context_window: inputTokens, max_input_tokens: inputTokens }),
    ...(outputTokens === undefined ? {} : { max_output_tokens: outputTokens }),
  }
}

export function renderModels(cards: readonly NamedModelCard[]): unknown {
  return { object: 'list', data: cards.map(renderModel) }
}
