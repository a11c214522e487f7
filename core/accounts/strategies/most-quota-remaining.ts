import type { Strategy } from './strategy.ts'

/** Accounts whose quota nobody has read yet are neither preferred nor avoided. */
const UNKNOWN = 0.5
const UNLIMITED = 1

/**
 * Differences below a twentieth do not count: readings are minutes old, and whoever is ahead by a hair would get every
 * request until the next one.
 */
const STEPS = 20

/** The largest share of the quota left. */
export const mostQuotaRemaining: Strategy = ({ next: start }) => ({
  start,
  step: 1,
  score: ({ quota, weight }) => Math.ceil((quota === undefined ? UNKNOWN : (quota.remaining ?? UNLIMITED)) * STEPS) * weight,
})
