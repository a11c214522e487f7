/** How the next account of a provider may be chosen, in the words of configurations and commands. */
export const STRATEGY_NAMES = ['round-robin', 'random', 'least-used', 'least-in-flight', 'sequential', 'score-based', 'most-quota-remaining'] as const

export type StrategyName = (typeof STRATEGY_NAMES)[number]

export const DEFAULT_STRATEGY: StrategyName = 'round-robin'

/** What other programs call them, where it is more than another way to write the same words. */
const ALIASES: Readonly<Record<string, StrategyName>> = {
  'least-connections': 'least-in-flight',
  'least-busy': 'least-in-flight',
  'sequential-exhaust': 'sequential',
  'fill-first': 'sequential',
  priority: 'sequential',
  score: 'score-based',
  quota: 'most-quota-remaining',
  'most-quota': 'most-quota-remaining',
  'remaining-quota': 'most-quota-remaining',
}

/** Every word that is understood, capitals, hyphens and underscores aside. */
export const STRATEGY_WORDS: readonly string[] = [...STRATEGY_NAMES, ...Object.keys(ALIASES)]

const BY_LETTERS: ReadonlyMap<string, StrategyName> = new Map([
  ...STRATEGY_NAMES.map(name => [lettersOf(name), name] as const),
  ...Object.entries(ALIASES).map(([alias, name]) => [lettersOf(alias), name] as const),
])

/** The strategy that a word means: `round_robin`, `leastUsed` and `sequential-exhaust` are understood. */
export function strategyNamed(word: string): StrategyName | undefined {
  return BY_LETTERS.get(lettersOf(word))
}

function lettersOf(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, '')
}
