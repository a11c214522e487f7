import type { Selectable } from 'kysely'
import type { Quota, QuotaReading } from '../contract/account.ts'
import { nextRevision } from '../store/revision.ts'
import type { AccountQuotaRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { NO_HISTORY, type QuotaHistory } from './quota-forecast.ts'
import { readingOf } from './quota-reading.ts'
import { manyRows } from './rows-by-account.ts'

/** A reading with those before it. */
export interface StoredQuota {
  readonly reading: QuotaReading
  readonly history: QuotaHistory
}

/** Quota readings in the store. */
export class QuotaStore {
  readonly #store: Store

  constructor({ store }: { readonly store: Store }) {
    this.#store = store
  }

  /** Of these accounts, or of all. */
  async read(ids?: readonly string[]): Promise<ReadonlyMap<string, StoredQuota>> {
    if (ids?.length === 0) return new Map()
    const rows = this.#store.database.selectFrom('account_quota').selectAll()
    const read = ids === undefined || manyRows(ids) ? rows : rows.where('account_id', 'in', ids)
    const quotas = new Map<string, StoredQuota>()
    for (const row of await read.execute()) {
      const quota = fromRow(row)
      if (quota) quotas.set(row.account_id, quota)
    }
    return quotas
  }

  /**
   * Keeps readings, each unless a newer one is there already.
   * @param announce whether other processes are told, who then take it as their own
   */
  async write(quotas: ReadonlyMap<string, StoredQuota>, { announce }: { readonly announce: boolean }): Promise<void> {
    if (quotas.size === 0) return
    await this.#store.write(async transaction => {
      // Two processes that write the same rows must lock them in one order.
      for (const [id, { reading, history }] of [...quotas].sort(([one], [other]) => (one < other ? -1 : 1))) {
        const values = { quota: JSON.stringify(reading.quota), read_at: Math.round(reading.readAt), history: JSON.stringify(history) }
        await transaction
          .insertInto('account_quota')
          .values({ account_id: id, ...values })
          .onConflict(conflict => conflict.column('account_id').doUpdateSet(values).where('account_quota.read_at', '<', values.read_at))
          .execute()
      }
      if (!announce) return
      const revision = await nextRevision(transaction)
      await transaction
        .updateTable('accounts')
        .set({ revision })
        .where('id', 'in', [...quotas.keys()])
        .execute()
    })
  }
}

function fromRow(row: Selectable<AccountQuotaRow>): StoredQuota | undefined {
  try {
    const quota = JSON.parse(row.quota) as Quota
    return { reading: readingOf(quota, row.read_at), history: { ...NO_HISTORY, ...(JSON.parse(row.history) as QuotaHistory) } }
  } catch {
    return undefined
  }
}
