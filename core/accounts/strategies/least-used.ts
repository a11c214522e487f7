import type { Strategy } from './strategy.ts'

/** Fewest requests since it was added; a weight of two makes two of them count as one. */
export const leastUsed: Strategy = ({ next: start }) => ({ start, step: 1, score: ({ usage, weight }) => -usage.requests / weight })
