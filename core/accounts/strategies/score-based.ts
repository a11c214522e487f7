import type { AccountEntry } from '../entry.ts'
import type { Strategy } from './strategy.ts'

/** What each part of the score is worth; together 1. */
const SUCCESS = 0.6
const FRESHNESS = 0.2
const LOAD = 0.2

/** Unused for this long is as fresh as can be: by then the upstream has forgotten its caches as well. */
const RESTED_MS = 300_000

/** Who fails more often than this serves after all others. */
const LEAST_RATE = 0.7
/** With so few calls the rate says nothing yet: a new account gets its chance. */
const CALLS_OF_GRACE = 10
/** After so long without a call it gets another one. */
const FORGIVEN_MS = 3_600_000

/** How well an account answered lately, how long it rested and how little it has to do. */
export const scoreBased: Strategy = ({ next: start }, { now }) => ({ start, step: 1, score: entry => scoreOf(entry, now) })

function scoreOf({ recent, usage, inFlight, weight }: AccountEntry, now: number): number {
  const idleMs = usage.lastUsedAt === undefined ? Infinity : now - usage.lastUsedAt
  const known = recent.calls > CALLS_OF_GRACE
  const score = SUCCESS * (known ? recent.rate : 1) + FRESHNESS * Math.min(Math.max(idleMs, 0) / RESTED_MS, 1) + LOAD / (1 + inFlight)
  const poor = known && recent.rate < LEAST_RATE && idleMs < FORGIVEN_MS
  // All poor ones below the worst of the others, among themselves as usual.
  return poor ? score * weight - POOR : score * weight
}

/** More than any score times any weight. */
const POOR = 1e9
