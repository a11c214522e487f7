import type { ProviderEntry } from '../contract/config.ts'
import { DEFAULT_STRATEGY, type StrategyName, strategyNamed } from '../contract/strategy-names.ts'
import type { PaceLimits } from './pace.ts'

/** How one provider's accounts are chosen, as its configuration says. */
export interface PoolRules {
  readonly strategy: StrategyName
  /** Whether conversations stay with their accounts. */
  readonly affinity: boolean
  /** Absent: nothing limits how fast an account is asked. */
  readonly pacing?: Pacing
}

export interface Pacing extends PaceLimits {
  /** Requests that may wait for a place. */
  readonly queue: number
  readonly queueMs: number
}

export const DEFAULT_RULES: PoolRules = { strategy: DEFAULT_STRATEGY, affinity: true }

const DEFAULT_QUEUE = 100
const DEFAULT_QUEUE_SECONDS = 60

/** As `poolOptions` describes it; a provider need not have these options. */
interface GivenOptions {
  readonly strategy?: string
  readonly affinity?: boolean
  readonly pacing?: {
    readonly minIntervalMs?: number
    readonly requestsPerMinute?: number
    readonly maxInFlight?: number
    readonly queue?: number
    readonly queueSeconds?: number
  }
}

/** The rules of all configured providers. Their options have been validated. */
export function poolRules(entries: readonly Pick<ProviderEntry, 'name' | 'options'>[]): ReadonlyMap<string, PoolRules> {
  return new Map(entries.map(({ name, options }) => [name, rulesFrom(options ?? {})]))
}

function rulesFrom({ strategy, affinity = true, pacing }: GivenOptions): PoolRules {
  const limits = pacing && pacingFrom(pacing)
  return { strategy: strategyNamed(strategy ?? DEFAULT_STRATEGY) ?? DEFAULT_STRATEGY, affinity, ...(limits && { pacing: limits }) }
}

function pacingFrom(given: NonNullable<GivenOptions['pacing']>): Pacing | undefined {
  const { minIntervalMs = 0, requestsPerMinute = Infinity, maxInFlight = Infinity, queue = DEFAULT_QUEUE, queueSeconds = DEFAULT_QUEUE_SECONDS } = given
  if (minIntervalMs === 0 && requestsPerMinute === Infinity && maxInFlight === Infinity) return undefined
  return { minIntervalMs, requestsPerMinute, maxInFlight, queue, queueMs: queueSeconds * 1_000 }
}
