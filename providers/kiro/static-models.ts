import type { InputKind, ModelCard } from '../../core/index.ts'

/** A model as the protocol's document lists it (`kiro.md` §5.13). */
interface KnownModel {
  readonly id: string
  readonly name: string
  readonly window: number
  readonly input: readonly InputKind[]
  readonly aliases?: readonly string[]
  /** Needs a paid plan: an account's own list may show it, a list for nobody in particular may not. */
  readonly paid?: true
  readonly retired?: true
  /** What it takes as `additionalModelRequestFields` (`kiro.md` §5.9); absent: nothing, it reasons by tags or not at all. */
  readonly fields?: readonly string[]
}

const ADAPTIVE = ['output_config', 'thinking'] as const
const EFFORT = ['reasoning'] as const

const BOTH: readonly InputKind[] = ['text', 'image']
const TEXT: readonly InputKind[] = ['text']

const KNOWN: readonly KnownModel[] = [
  { id: 'auto', name: 'Auto', window: 200_000, input: BOTH },
  { id: 'claude-sonnet-4', name: 'Claude Sonnet 4', window: 200_000, input: BOTH, aliases: ['claude-sonnet-4-20250514'] },
  { id: 'claude-sonnet-4.5', name: 'Claude Sonnet 4.5', window: 200_000, input: BOTH, aliases: ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'] },
  { id: 'claude-sonnet-4.6', name: 'Claude Sonnet 4.6', window: 1_000_000, input: BOTH, aliases: ['claude-sonnet-4-6'], fields: ADAPTIVE },
  { id: 'claude-sonnet-5', name: 'Claude Sonnet 5', window: 1_000_000, input: BOTH, fields: ADAPTIVE },
  { id: 'claude-haiku-4.5', name: 'Claude Haiku 4.5', window: 200_000, input: BOTH, aliases: ['claude-haiku-4-5', 'claude-haiku-4-5-20251001'] },
  { id: 'claude-opus-4.5', name: 'Claude Opus 4.5', window: 200_000, input: BOTH, aliases: ['claude-opus-4-5', 'claude-opus-4-5-20251101'], paid: true },
  { id: 'claude-opus-4.6', name: 'Claude Opus 4.6', window: 1_000_000, input: BOTH, aliases: ['claude-opus-4-6'], paid: true, fields: ADAPTIVE },
  { id: 'claude-opus-4.7', name: 'Claude Opus 4.7', window: 1_000_000, input: BOTH, aliases: ['claude-opus-4-7'], paid: true, fields: ADAPTIVE },
  { id: 'claude-opus-4.8', name: 'Claude Opus 4.8', window: 1_000_000, input: BOTH, aliases: ['claude-opus-4-8'], paid: true, fields: ADAPTIVE },
  { id: 'claude-opus-5', name: 'Claude Opus 5', window: 1_000_000, input: BOTH, paid: true, fields: ADAPTIVE },
  { id: 'claude-fable-5', name: 'Claude Fable 5', window: 1_000_000, input: BOTH, paid: true, fields: ADAPTIVE },
  {
    id: 'CLAUDE_3_7_SONNET_20250219_V1_0',
    name: 'Claude 3.7 Sonnet',
    window: 200_000,
    input: BOTH,
    aliases: ['claude-3-7-sonnet', 'claude-3-7-sonnet-20250219'],
    retired: true,
  },
  { id: 'gpt-5.6-sol', name: 'GPT-5.6 Sol', window: 272_000, input: BOTH, paid: true, fields: EFFORT },
  { id: 'gpt-5.6-terra', name: 'GPT-5.6 Terra', window: 272_000, input: BOTH, paid: true, fields: EFFORT },
  { id: 'gpt-5.6-luna', name: 'GPT-5.6 Luna', window: 272_000, input: BOTH, paid: true, fields: EFFORT },
  { id: 'deepseek-3.2', name: 'DeepSeek 3.2', window: 128_000, input: TEXT },
  { id: 'glm-5', name: 'GLM 5', window: 200_000, input: TEXT },
  { id: 'minimax-m2.1', name: 'MiniMax M2.1', window: 196_000, input: TEXT },
  { id: 'minimax-m2.5', name: 'MiniMax M2.5', window: 196_000, input: TEXT },
  { id: 'qwen3-coder-next', name: 'Qwen3 Coder Next', window: 256_000, input: TEXT },
]

/** Everything that is known of models without asking, by id. */
export const KNOWN_MODELS: ReadonlyMap<string, ModelCard> = new Map(KNOWN.map(model => [model.id, cardOf(model)]))

/** Request fields of known models, for accounts whose own list has not been read: signed reasoning must not wait for it. */
export const KNOWN_FIELDS: ReadonlyMap<string, readonly string[]> = new Map(KNOWN.flatMap(({ id, fields }) => (fields === undefined ? [] : [[id, fields]])))

/** What is shown while no account's own list is at hand: what every plan is likely to have. */
export const FALLBACK_MODELS: readonly ModelCard[] = KNOWN.filter(model => !model.paid && !model.retired).map(cardOf)

/** Whether a model can reason: by its own switch, or by tags in the prompt, which Claude models and their router obey. */
export function reasonsByTags(id: string): boolean {
  return id === 'auto' || id.toLowerCase().startsWith('claude')
}

function cardOf({ id, name, window, input, aliases }: KnownModel): ModelCard {
  return {
    id,
    name,
    input,
    features: reasonsByTags(id) ? ['tools', 'reasoning'] : ['tools'],
    limits: { inputTokens: window },
    ...(aliases === undefined ? {} : { aliases }),
  }
}
