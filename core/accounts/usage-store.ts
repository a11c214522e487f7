import { sql } from 'kysely'
import type { AccountFault, AccountUsage } from '../contract/account.ts'
import { isGone } from '../store/process-identity.ts'
import type { Store, Writing } from '../store/store.ts'
import { manyRows, portions } from './rows-by-account.ts'

/** What the store knows of an account's use. */
export interface StoredUsage {
  readonly usage: AccountUsage
  readonly lastFault?: AccountFault
}

/** What one process has to add since its last write. */
export interface UsageChange {
  readonly account: string
  readonly requests: number
  readonly successes: number
  readonly failures: number
  readonly lastUsedAt?: number
  /** Only a new one. */
  readonly lastFault?: AccountFault
}

/** Requests under way in one process. */
export interface InFlightNote {
  readonly account: string
  readonly requests: number
}

/** Usage counters and requests under way in the store, of all processes together. */
export class UsageStore {
  readonly #store: Store

  constructor({ store }: { readonly store: Store }) {
    this.#store = store
  }

  /** Of these accounts, or of all. */
  async read(ids?: readonly string[]): Promise<ReadonlyMap<string, StoredUsage>> {
    if (ids?.length === 0) return new Map()
    const rows = this.#store.database.selectFrom('account_usage').selectAll()
    const read = ids === undefined || manyRows(ids) ? rows : rows.where('account_id', 'in', ids)
    const usages = new Map<string, StoredUsage>()
    for (const row of await read.execute()) {
      const { requests, successes, failures, last_used_at: lastUsedAt, error_code: code, error_message: message, error_at: at } = row
      usages.set(row.account_id, {
        usage: { requests, successes, failures, ...(lastUsedAt !== null && { lastUsedAt }) },
        ...(code !== null && { lastFault: { code, message: message ?? '', at: at ?? 0 } }),
      })
    }
    return usages
  }

  /** How many requests are under way per account, in all processes that are alive. */
  async inFlight(now: number): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#store.database.selectFrom('account_in_flight').selectAll().where('until', '>', now).execute()
    const counts = new Map<string, number>()
    for (const { account_id: id, process, requests } of rows) {
      if (!isGone(process)) counts.set(id, (counts.get(id) ?? 0) + requests)
    }
    return counts
  }

  async write(
    changes: readonly UsageChange[],
    inFlight: { readonly process: string; readonly until: number; readonly notes: readonly InFlightNote[] },
  ): Promise<void> {
    if (changes.length === 0 && inFlight.notes.length === 0) return
    await this.#store.write(async transaction => {
      for (const portion of portions(changes.toSorted(byAccount), 8)) await addUsage(transaction, portion)
      const { process, until, notes } = inFlight
      const busy = notes
        .toSorted(byAccount)
        .filter(note => note.requests > 0)
        .map(({ account, requests }) => ({ account_id: account, process, requests, until }))
      for (const portion of portions(busy, 4)) {
        await transaction
          .insertInto('account_in_flight')
          .values(portion)
          .onConflict(conflict =>
            conflict.columns(['account_id', 'process']).doUpdateSet(row => ({ requests: row.ref('excluded.requests'), until: row.ref('excluded.until') })),
          )
          .execute()
      }
      const idle = notes.filter(note => note.requests === 0).map(note => note.account)
      for (const portion of portions(idle, 1)) {
        await transaction.deleteFrom('account_in_flight').where('process', '=', process).where('account_id', 'in', portion).execute()
      }
    })
  }

  /** The process ends: nothing of it is under way any more. What others left behind goes as well. */
  async leave(process: string, now: number): Promise<void> {
    await this.#store.write(async transaction => {
      await transaction
        .deleteFrom('account_in_flight')
        .where(row => row.or([row('process', '=', process), row('until', '<', now)]))
        .execute()
      const accounts = transaction.selectFrom('accounts').select('id').where('removed_at', 'is', null)
      await transaction.deleteFrom('account_usage').where('account_id', 'not in', accounts).execute()
      await transaction.deleteFrom('account_quota').where('account_id', 'not in', accounts).execute()
    })
  }
}

/** Nothing stays of what accounts did that are removed. */
export async function forgetUse(transaction: Writing, accounts: readonly string[]): Promise<void> {
  if (accounts.length === 0) return
  for (const table of ['account_usage', 'account_quota', 'account_in_flight'] as const)
    await transaction.deleteFrom(table).where('account_id', 'in', accounts).execute()
}

/** Two processes that write the same rows must lock them in one order. */
function byAccount(one: { readonly account: string }, other: { readonly account: string }): number {
  return one.account < other.account ? -1 : 1
}

async function addUsage(transaction: Writing, changes: readonly UsageChange[]): Promise<void> {
  await transaction
    .insertInto('account_usage')
    .values(
      changes.map(({ account, requests, successes, failures, lastUsedAt, lastFault }) => ({
        account_id: account,
        requests,
        successes,
        failures,
        last_used_at: lastUsedAt === undefined ? null : Math.round(lastUsedAt),
        error_code: lastFault?.code ?? null,
        error_message: lastFault?.message ?? null,
        error_at: lastFault === undefined ? null : Math.round(lastFault.at),
      })),
    )
    .onConflict(conflict =>
      conflict.column('account_id').doUpdateSet({
        requests: sql<number>`account_usage.requests + excluded.requests`,
        successes: sql<number>`account_usage.successes + excluded.successes`,
        failures: sql<number>`account_usage.failures + excluded.failures`,
        last_used_at: sql<number>`coalesce(excluded.last_used_at, account_usage.last_used_at)`,
        error_code: sql<string>`coalesce(excluded.error_code, account_usage.error_code)`,
        error_message: sql<string>`coalesce(excluded.error_message, account_usage.error_message)`,
        error_at: sql<number>`coalesce(excluded.error_at, account_usage.error_at)`,
      }),
    )
    .execute()
}
