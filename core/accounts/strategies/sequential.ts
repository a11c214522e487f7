import type { Strategy } from './strategy.ts'

/** One account until it steps aside, then the next; who comes back waits for its turn. */
export const sequential: Strategy = ({ current: start }) => ({ start, step: 1 })
