import type { ReasoningEffort } from '../../core/index.ts'
import { claudeVersion } from './model-names.ts'

/** How a model is asked to think (`providers.md` §7.2). */
type ThinkingStyle =
  /** Adaptive and always on. */
  | 'always'
  /** Adaptive, on unless switched off. */
  | 'default-on'
  /** Adaptive, off unless switched on. */
  | 'adaptive'
  /** Adaptive, or with a budget. */
  | 'either'
  /** With a budget. */
  | 'budget'
  | 'none'

/** What a model takes, where models differ. */
export interface ModelTraits {
  readonly thinking: ThinkingStyle
  /** Words that `output_config.effort` takes; none: it takes no effort. */
  readonly efforts: readonly ReasoningEffort[]
  /** Sampling settings: any, temperature or top_p alone, or none at all. */
  readonly sampling: 'free' | 'one' | 'none'
  /** Whether the last message may be the assistant's, to be continued. */
  readonly prefill: boolean
  /** Whether `output_config.format` is taken. */
  readonly structured: boolean
}

interface TraitRow extends ModelTraits {
  readonly families?: readonly string[]
  /** Lowest version that the row is about. */
  readonly from: number
}

const FOUR: readonly ReasoningEffort[] = ['low', 'medium', 'high', 'max']
const FIVE: readonly ReasoningEffort[] = ['low', 'medium', 'high', 'xhigh', 'max']

/** Searched from the top: newer models first, so that one of tomorrow counts as the newest of today. */
const ROWS: readonly TraitRow[] = [
  { families: ['fable', 'mythos'], from: 500, thinking: 'always', efforts: FIVE, sampling: 'none', prefill: false, structured: true },
  { from: 500, thinking: 'default-on', efforts: FIVE, sampling: 'none', prefill: false, structured: true },
  { from: 407, thinking: 'adaptive', efforts: FIVE, sampling: 'none', prefill: false, structured: true },
  { from: 406, thinking: 'either', efforts: FOUR, sampling: 'one', prefill: false, structured: true },
  { from: 405, thinking: 'budget', efforts: [], sampling: 'one', prefill: true, structured: true },
  { from: 401, thinking: 'budget', efforts: [], sampling: 'one', prefill: true, structured: false },
  { from: 307, thinking: 'budget', efforts: [], sampling: 'free', prefill: true, structured: false },
  { from: 0, thinking: 'none', efforts: [], sampling: 'free', prefill: true, structured: false },
]

/** Models of other vendors behind this API: the form that all of them have learned from the older Claudes. */
const OTHERS: ModelTraits = { thinking: 'budget', efforts: [], sampling: 'free', prefill: false, structured: false }

/** What a model takes, by its name. */
export function traitsOf(model: string): ModelTraits {
  const claude = claudeVersion(model)
  if (claude === undefined) return OTHERS
  return ROWS.find(({ families, from }) => claude.version >= from && (families?.includes(claude.family) ?? true)) ?? OTHERS
}
