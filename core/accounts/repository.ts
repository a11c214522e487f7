import type { Selectable } from 'kysely'
import type { Account, AccountSettings, AccountState, AccountStatus, Facts } from '../contract/account.ts'
import type { AccountOrigin } from '../contract/pool.ts'
import { nextRevision } from '../store/revision.ts'
import type { AccountRow, AccountTokenRow } from '../store/schema.ts'
import type { Store, Writing } from '../store/store.ts'
import { wellSince } from './health.ts'
import { QuotaStore, type StoredQuota } from './quota-store.ts'
import { manyRows } from './rows-by-account.ts'
import { sameHealth, worseOf } from './shared-health.ts'
import { fromColumn, type StoredToken, type TokenStore } from './token-store.ts'
import { type StoredUsage, UsageStore } from './usage-store.ts'

/** An account as it is kept, without its secret. */
export interface AccountRecord {
  readonly id: string
  readonly provider: string
  readonly label: string
  readonly origin: AccountOrigin
  readonly sourceHash: string
  readonly owner?: string
  readonly facts: Facts
  readonly settings: AccountSettings
  /** The operator's word, whatever health says. */
  readonly disabled?: { readonly reason: string; readonly since: number }
  readonly health: AccountState
  readonly healthEpoch: number
  readonly attached: boolean
  readonly removed: boolean
  readonly createdAt: number
}

/** A record with its credential, without one when it could not be read, and with what else is known of the account. */
export interface LoadedAccount {
  readonly record: AccountRecord
  /** The store's revision at the account's last change. */
  readonly revision: number
  readonly token?: StoredToken
  readonly quota?: StoredQuota
  readonly usage?: StoredUsage
}

/** What one process found out about an account's health. */
export interface HealthChange {
  readonly id: string
  readonly epoch: number
  /** Of the credential that it was found with. */
  readonly generation: number
  /** What the store had when this process last looked. */
  readonly base: AccountState
  readonly state: AccountState
}

export interface SavedHealth {
  /** Those that the store now has as they were given; the others will be read again. */
  readonly written: ReadonlySet<string>
  /** The store's revision of them. */
  readonly revision?: number
}

export interface TokenFacts {
  readonly generation: number
  readonly expiresAt: number | undefined
  readonly refreshedAt: number
}

/** Accounts in the store. Tokens pass through the token store alone. */
export class AccountRepository {
  readonly #store: Store
  readonly #tokens: TokenStore
  readonly #quotas: QuotaStore
  readonly #usages: UsageStore

  constructor({ store, tokens }: { store: Store; tokens: TokenStore }) {
    this.#store = store
    this.#tokens = tokens
    this.#quotas = new QuotaStore({ store })
    this.#usages = new UsageStore({ store })
  }

  /** Everything changed after a revision, removed accounts included; 0: everything. One unreadable secret hides nothing else. */
  async load(since: number): Promise<readonly LoadedAccount[]> {
    const rows = await this.#store.database.selectFrom('accounts').selectAll().where('revision', '>', since).orderBy('created_at').orderBy('id').execute()
    if (rows.length === 0) return []
    const ids = rows.map(row => row.id)
    const tokens = new Map<string, Selectable<AccountTokenRow>>()
    const wanted = this.#store.database.selectFrom('account_tokens').selectAll()
    const read = manyRows(ids) ? wanted : wanted.where('account_id', 'in', ids)
    for (const token of await read.execute()) tokens.set(token.account_id, token)
    await this.#tokens.know([...tokens.values()].map(({ secret }) => secret))
    const [quotas, usages] = await Promise.all([this.#quotas.read(ids), this.#usages.read(ids)])
    return rows.map(row => ({ ...this.#loaded(row, tokens.get(row.id)), ...known(quotas.get(row.id), usages.get(row.id)) }))
  }

  async records(): Promise<readonly AccountRecord[]> {
    const rows = await this.#store.database.selectFrom('accounts').selectAll().where('removed_at', 'is', null).orderBy('created_at').orderBy('id').execute()
    return rows.map(toRecord)
  }

  async find(id: string): Promise<AccountRecord | undefined> {
    const row = await this.#store.database.selectFrom('accounts').selectAll().where('id', '=', id).where('removed_at', 'is', null).executeTakeFirst()
    return row && toRecord(row)
  }

  async loadOne(id: string): Promise<LoadedAccount | undefined> {
    const row = await this.#store.database.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) return undefined
    const token = await this.#store.database.selectFrom('account_tokens').selectAll().where('account_id', '=', id).executeTakeFirst()
    if (token) await this.#tokens.know([token.secret])
    return this.#loaded(row, token)
  }

  /** Generation and times of each token: all that can be said of it without opening it. */
  async tokenFacts(): Promise<ReadonlyMap<string, TokenFacts>> {
    const rows = await this.#store.database.selectFrom('account_tokens').select(['account_id', 'generation', 'expires_at', 'refreshed_at']).execute()
    return new Map(rows.map(row => [row.account_id, { generation: row.generation, expiresAt: fromColumn(row.expires_at), refreshedAt: row.refreshed_at }]))
  }

  /** Changes columns that other processes must learn of. False when there is no such account. */
  async change(id: string, columns: Partial<AccountColumns>): Promise<boolean> {
    return this.#store.write(transaction => changeAccount(transaction, id, columns))
  }

  /**
   * Writes down health as this process sees it and lets other processes know. What one of them found meanwhile stays where
   * it is worse; so does what was reset, and nothing is said of a credential that has been replaced.
   */
  async saveHealth(changes: readonly HealthChange[], now: number): Promise<SavedHealth> {
    if (changes.length === 0) return { written: new Set() }
    return this.#store.write(async transaction => {
      const rows = await this.#healthRows(
        transaction,
        changes.map(({ id }) => id),
      )
      const written = changes.filter(({ id, epoch, generation, base, state }) => {
        const row = rows.get(id)
        if (row?.health_epoch !== epoch || (state.status === 'invalid' && row.generation !== generation)) return false
        const found = healthOf(row)
        return !sameHealth(found, state) && (sameHealth(found, base) || worseOf(state, found, now) === state)
      })
      if (written.length === 0) return { written: new Set() }
      const revision = await nextRevision(transaction)
      for (const { id, state } of written) {
        await transaction
          .updateTable('accounts')
          .set({ ...healthColumns(state), revision })
          .where('id', '=', id)
          .execute()
      }
      return { written: new Set(written.map(({ id }) => id)), revision }
    })
  }

  async #healthRows(transaction: Writing, ids: readonly string[]) {
    const wanted = transaction
      .selectFrom('accounts')
      .innerJoin('account_tokens', 'account_tokens.account_id', 'accounts.id')
      .select(['accounts.id', 'status', 'reason', 'since', 'until', 'failures', 'health_epoch', 'generation'])
      .where('removed_at', 'is', null)
    const rows = await (manyRows(ids) ? wanted : wanted.where('accounts.id', 'in', ids)).execute()
    return new Map(rows.map(row => [row.id, row]))
  }

  #loaded(row: Selectable<AccountRow>, token: Selectable<AccountTokenRow> | undefined): LoadedAccount {
    const record = toRecord(row)
    const { revision } = row
    if (!token) return { record, revision }
    try {
      const credential = this.#tokens.unseal(token.secret, row.id, token.generation)
      const { generation, refreshed_at: refreshedAt } = token
      return { record, revision, token: { credential, generation, expiresAt: fromColumn(token.expires_at), refreshedAt, hasPrevious: token.previous !== null } }
    } catch {
      return { record, revision }
    }
  }
}

/** Columns that may change after an account was made; its tokens are not among them. */
export type AccountColumns = Omit<AccountRow, 'id' | 'provider' | 'created_at' | 'revision'>

export async function changeAccount(transaction: Writing, id: string, columns: Partial<AccountColumns>): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('accounts')
    .set({ ...columns, revision: await nextRevision(transaction) })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function known(quota: StoredQuota | undefined, usage: StoredUsage | undefined): Pick<LoadedAccount, 'quota' | 'usage'> {
  return { ...(quota && { quota }), ...(usage && { usage }) }
}

function healthColumns(state: AccountState) {
  return {
    status: state.status,
    reason: state.reason ?? null,
    since: Math.round(state.since),
    until: state.until === undefined ? null : Math.round(state.until),
    failures: state.failures,
  }
}

/** What the operator sees: their own word comes first. */
export function shownState(record: Pick<AccountRecord, 'disabled' | 'health'>): AccountState {
  return record.disabled ? { status: 'disabled', ...record.disabled, failures: 0 } : record.health
}

export function accountOf(record: AccountRecord, token: Pick<StoredToken, 'credential' | 'generation'>): Account {
  const { id, provider, label, facts, settings, owner } = record
  return { id, provider, label, facts, settings, credential: token.credential, generation: token.generation, ...(owner !== undefined && { owner }) }
}

function toRecord(row: Selectable<AccountRow>): AccountRecord {
  return {
    id: row.id,
    provider: row.provider,
    label: row.label,
    // Only this module's callers write the column, from the same type.
    origin: row.origin as AccountOrigin,
    sourceHash: row.source_hash,
    facts: json(row.facts, {}),
    settings: json(row.settings, {}),
    health: healthOf(row),
    healthEpoch: row.health_epoch,
    attached: row.attached !== 0,
    removed: row.removed_at !== null,
    createdAt: row.created_at,
    ...(row.owner !== null && { owner: row.owner }),
    ...(row.disabled !== 0 && { disabled: { reason: row.disabled_reason ?? 'by-operator', since: row.disabled_since ?? row.since } }),
  }
}

/** Words of earlier versions that may still be in the store. */
const FORMER_REASONS: Readonly<Record<string, string>> = { 'needs-login': 'needs_login' }

function healthOf({ status, reason, since, until, failures }: Pick<AccountRow, 'status' | 'reason' | 'since' | 'until' | 'failures'>): AccountState {
  return {
    status: status as AccountStatus,
    since,
    failures,
    ...(reason !== null && { reason: FORMER_REASONS[reason] ?? reason }),
    ...(until !== null && { until }),
  }
}

function json<T>(text: string, fallback: T): T {
  try {
    return JSON.parse(text) as T
  } catch {
    return fallback
  }
}

/** Health columns of an account that starts anew. */
export function newHealthColumns(now: number) {
  return healthColumns(wellSince(now))
}
