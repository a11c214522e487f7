/** A model of the imitated service, as `providers.md` §7.2 and §7.4 describe it; written down apart from the provider's own table. */
export interface SimulatedModel {
  readonly id: string
  readonly name: string
  readonly window: number
  readonly output: number
  readonly thinking: readonly ('enabled' | 'adaptive' | 'disabled')[]
  readonly efforts: readonly string[]
  readonly sampling: 'free' | 'one' | 'none'
  readonly prefill: boolean
  readonly systemTurns: boolean
}

const EFFORTS = ['low', 'medium', 'high', 'max'] as const
const MORE_EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const
const OLDER = { window: 200_000, output: 64_000, thinking: ['enabled', 'disabled'], efforts: [], sampling: 'one', prefill: true, systemTurns: false } as const
const NEWER = { window: 1_000_000, output: 128_000, efforts: MORE_EFFORTS, sampling: 'none', prefill: false, systemTurns: true } as const

export const MODELS: readonly SimulatedModel[] = [
  { id: 'claude-fable-5', name: 'Claude Fable 5', ...NEWER, thinking: ['adaptive'] },
  { id: 'claude-opus-5', name: 'Claude Opus 5', ...NEWER, thinking: ['adaptive', 'disabled'] },
  { id: 'claude-sonnet-5', name: 'Claude Sonnet 5', ...NEWER, thinking: ['adaptive', 'disabled'] },
  { id: 'claude-opus-4-8', name: 'Claude Opus 4.8', ...NEWER, thinking: ['adaptive', 'disabled'] },
  { id: 'claude-opus-4-7', name: 'Claude Opus 4.7', ...NEWER, thinking: ['adaptive', 'disabled'] },
  { id: 'claude-opus-4-6', name: 'Claude Opus 4.6', ...NEWER, efforts: EFFORTS, sampling: 'one', thinking: ['adaptive', 'enabled', 'disabled'] },
  {
    id: 'claude-sonnet-4-6',
    name: 'Claude Sonnet 4.6',
    ...NEWER,
    output: 64_000,
    efforts: EFFORTS,
    sampling: 'one',
    thinking: ['adaptive', 'enabled', 'disabled'],
  },
  { id: 'claude-opus-4-5-20251101', name: 'Claude Opus 4.5', ...OLDER },
  { id: 'claude-sonnet-4-5-20250929', name: 'Claude Sonnet 4.5', ...OLDER },
  { id: 'claude-haiku-4-5-20251001', name: 'Claude Haiku 4.5', ...OLDER },
]

/** Names without a date are understood as well. */
export function findModel(name: unknown): SimulatedModel | undefined {
  return MODELS.find(({ id }) => id === name || id.replace(/-\d{8}$/, '') === name)
}

/** One page of `GET /v1/models`. */
export function modelPage(query: URLSearchParams, mostPerPage: number): unknown {
  const limit = Math.min(Number(query.get('limit') ?? 20) || 20, 1000, mostPerPage)
  const after = MODELS.findIndex(({ id }) => id === query.get('after_id'))
  const page = MODELS.slice(after + 1, after + 1 + limit)
  return {
    data: page.map(({ id, name, window, output }) => ({
      type: 'model',
      id,
      display_name: name,
      created_at: '2026-01-01T00:00:00Z',
      max_input_tokens: window,
      max_tokens: output,
    })),
    has_more: after + 1 + limit < MODELS.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  }
}
