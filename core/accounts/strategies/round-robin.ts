import type { Strategy } from './strategy.ts'

/** In turn; with unequal weights the account whose share of the turns is furthest behind. */
export const roundRobin: Strategy = tier => {
  const { next: start, even, due } = tier
  return even ? { start, step: 1 } : { start, step: 1, score: entry => -Math.max(entry.turns, due) }
}
