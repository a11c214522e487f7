import type { StrategyName } from '../contract/strategy-names.ts'
import type { Store } from '../store/store.ts'
import { DEFAULT_RULES, type PoolRules } from './pool-rules.ts'
import { STRATEGIES } from './strategies/list.ts'
import type { Strategy } from './strategies/strategy.ts'
import { NO_STORED_STRATEGIES, type StoredStrategies, StrategySetting } from './strategy-setting.ts'

export interface ProviderRules extends PoolRules {
  readonly choose: Strategy
}

/** The rules of each provider as they hold now: the configuration's, with the strategy that the store has in its place. */
export class RulesInForce {
  readonly #configured: ReadonlyMap<string, PoolRules>
  readonly #setting: StrategySetting
  readonly #rules = new Map<string, ProviderRules>()
  #stored: StoredStrategies = NO_STORED_STRATEGIES

  constructor({ rules, store }: { readonly rules: ReadonlyMap<string, PoolRules>; readonly store: Store }) {
    this.#configured = rules
    this.#setting = new StrategySetting(store)
  }

  /** Reads what the store says now. */
  async reload(): Promise<void> {
    this.#stored = await this.#setting.read()
    this.#rules.clear()
  }

  of(provider: string): ProviderRules {
    const known = this.#rules.get(provider)
    if (known) return known
    const configured = this.#configured.get(provider) ?? DEFAULT_RULES
    const strategy = strategyInForce(provider, { configured: configured.strategy, stored: this.#stored })
    const rules = { ...configured, strategy, choose: STRATEGIES[strategy] }
    this.#rules.set(provider, rules)
    return rules
  }
}

/** Whose word holds: what was stored for the provider, then for all, then the configuration. */
export function strategyInForce(
  provider: string,
  { configured, stored }: { readonly configured: StrategyName; readonly stored: StoredStrategies },
): StrategyName {
  return stored.byProvider.get(provider) ?? stored.everywhere ?? configured
}
