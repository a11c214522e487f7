import type { ExpressionBuilder } from 'kysely'
import { type StrategyName, strategyNamed } from '../contract/strategy-names.ts'
import { nextRevision } from '../store/revision.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'

const KEY = 'strategy'

/** What an operator set while the gateway ran: it wins over the configuration. */
export interface StoredStrategies {
  readonly everywhere?: StrategyName
  readonly byProvider: ReadonlyMap<string, StrategyName>
}

export const NO_STORED_STRATEGIES: StoredStrategies = { byProvider: new Map() }

/** The strategies that the store holds, for all providers or for one; running servers notice a change within a second. */
export class StrategySetting {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async read(): Promise<StoredStrategies> {
    const rows = await this.#store.database.selectFrom('meta').selectAll().where(isSetting).execute()
    const byProvider = new Map<string, StrategyName>()
    let everywhere: StrategyName | undefined
    for (const { key, value } of rows) {
      // A newer version may have stored a name that this one does not know.
      const name = strategyNamed(value)
      if (name === undefined) continue
      if (key === KEY) everywhere = name
      else byProvider.set(key.slice(KEY.length + 1), name)
    }
    return { byProvider, ...(everywhere !== undefined && { everywhere }) }
  }

  /** @param provider absent: all of them, whatever was set for one */
  async set(strategy: StrategyName, provider?: string): Promise<void> {
    await this.#replace(strategy, provider)
  }

  /** Lets the configuration decide again. */
  async reset(provider?: string): Promise<void> {
    await this.#replace(undefined, provider)
  }

  async #replace(strategy: StrategyName | undefined, provider: string | undefined): Promise<void> {
    await this.#store.write(async transaction => {
      const former = transaction.deleteFrom('meta')
      await (provider === undefined ? former.where(isSetting) : former.where('key', '=', `${KEY}/${provider}`)).execute()
      if (strategy !== undefined) {
        await transaction
          .insertInto('meta')
          .values({ key: provider === undefined ? KEY : `${KEY}/${provider}`, value: strategy })
          .execute()
      }
      await nextRevision(transaction)
    })
  }
}

/** The one for all providers, or one of theirs. */
function isSetting(row: ExpressionBuilder<Tables, 'meta'>) {
  return row.or([row('key', '=', KEY), row('key', 'like', `${KEY}/%`)])
}
