import type { ModelCard } from '../../core/index.ts'
import { undatedName } from './model-names.ts'
import { traitsOf } from './model-traits.ts'

interface KnownModel {
  readonly id: string
  readonly name: string
  readonly window: number
  /** Longest answer; absent: not documented. */
  readonly output?: number
}

/** Models of the official host (`providers.md` §7.4). The account's own list says more as soon as it is read. */
const KNOWN: readonly KnownModel[] = [
  { id: 'claude-opus-5', name: 'Claude Opus 5', window: 1_000_000 },
  { id: 'claude-sonnet-5', name: 'Claude Sonnet 5', window: 1_000_000 },
  { id: 'claude-fable-5', name: 'Claude Fable 5', window: 1_000_000 },
  { id: 'claude-opus-4-8', name: 'Claude Opus 4.8', window: 1_000_000 },
  { id: 'claude-opus-4-7', name: 'Claude Opus 4.7', window: 1_000_000 },
  { id: 'claude-opus-4-6', name: 'Claude Opus 4.6', window: 1_000_000 },
  { id: 'claude-sonnet-4-6', name: 'Claude Sonnet 4.6', window: 1_000_000, output: 64_000 },
  { id: 'claude-opus-4-5-20251101', name: 'Claude Opus 4.5', window: 200_000, output: 64_000 },
  { id: 'claude-sonnet-4-5-20250929', name: 'Claude Sonnet 4.5', window: 200_000, output: 64_000 },
  { id: 'claude-haiku-4-5-20251001', name: 'Claude Haiku 4.5', window: 200_000, output: 64_000 },
]

/** What is asked for where neither client nor card names a limit: every Claude since the fourth generation takes so much. */
const CLAUDE_OUTPUT = 32_000
/** Every model behind this API takes so much, or cuts it down itself. */
const OTHER_OUTPUT = 8_192

/** The official host's models, for accounts whose list has not been read. */
export const KNOWN_MODELS: readonly ModelCard[] = KNOWN.map(({ id, name, window, output }) =>
  cardOf({ id, name, inputTokens: window, ...(output === undefined ? {} : { outputTokens: output }) }),
)

const BY_NAME: ReadonlyMap<string, ModelCard> = new Map(KNOWN_MODELS.map(card => [undatedName(card.id), card]))

export interface ModelFacts {
  readonly id: string
  readonly name?: string
  readonly aliases?: readonly string[]
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly createdAt?: number
}

/** A card from what is told of a model, filled up with what is known of it. */
export function cardOf({ id, name, aliases, inputTokens, outputTokens, createdAt }: ModelFacts): ModelCard {
  const { thinking, efforts } = traitsOf(id)
  const undated = undatedName(id)
  const others = [...(aliases ?? []), ...(undated === id ? [] : [undated])]
  return {
    id,
    ...(name === undefined ? {} : { name }),
    ...(createdAt === undefined ? {} : { createdAt }),
    input: ['text', 'image', 'document'],
    features: ['tools', 'caching', ...(thinking === 'none' ? [] : (['reasoning'] as const))],
    limits: { ...(inputTokens === undefined ? {} : { inputTokens }), ...(outputTokens === undefined ? {} : { outputTokens }) },
    ...(efforts.length === 0 ? {} : { efforts }),
    ...(others.length === 0 ? {} : { aliases: others }),
  }
}

/** The same model of the official host, whatever the name says beside family and version. */
export function knownModel(id: string): ModelCard | undefined {
  return BY_NAME.get(undatedName(id))
}

/** `max_tokens` where the client names none: the upstream insists on one. */
export function defaultOutput(model: string, card: ModelCard | undefined): number {
  return (
    (card ?? knownModel(model))?.limits?.outputTokens ??
    (traitsOf(model).thinking !== 'none' && undatedName(model).startsWith('claude-') ? CLAUDE_OUTPUT : OTHER_OUTPUT)
  )
}
