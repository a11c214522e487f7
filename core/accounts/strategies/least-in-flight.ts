import type { Strategy } from './strategy.ts'

/** Fewest requests under way; the one that would come is counted too, so that weights tell idle accounts apart. */
export const leastInFlight: Strategy = ({ next: start }) => ({ start, step: 1, score: ({ inFlight, weight }) => -(inFlight + 1) / weight })
