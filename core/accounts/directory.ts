import type { AccountEvent, AccountStatus, ImportedAccount } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { AccountDirectory, AccountOrigin, AccountSummary, AddedAccount, RestoredAccount } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Store, Writing } from '../store/store.ts'
import { AccountWriter } from './account-writer.ts'
import { sourceHash } from './credential-hash.ts'
import { summaryOf } from './account-summary.ts'
import { isWell } from './health.ts'
import { isUsedUp } from './quota-reading.ts'
import { QuotaStore } from './quota-store.ts'
import { type AccountRecord, AccountRepository, changeAccount, newHealthColumns, shownState } from './repository.ts'
import { appendEvents, TimelineStore } from './timeline-store.ts'
import { TokenStore } from './token-store.ts'
import { forgetUse, UsageStore } from './usage-store.ts'
import { freeLabel } from './free-label.ts'
import type { Vault } from './vault.ts'

/** How long a removed account's empty row stays, for running servers to learn of the removal. */
const TOMBSTONE_MS = 86_400_000

export interface DirectoryDeps {
  readonly store: Store
  readonly vault: Vault
  readonly clock: Clock
  readonly providers: ReadonlyMap<string, Provider>
  /** Lets the server in this process see a change at once; others see it within a second. */
  readonly changed?: () => Promise<void>
}

/** What an operator says of an account: the columns that hold it, and the line that tells of it where it is news. */
interface Change {
  readonly event: (record: AccountRecord) => Omit<AccountEvent, 'at' | 'from'> | undefined
  readonly columns: (record: AccountRecord) => Parameters<typeof changeAccount>[2]
  /** What was read before no longer holds. */
  readonly forgetsQuota?: boolean
}

/** Accounts for commands and panels: works on the store alone, beside a running server or without one. */
export class StoredAccountDirectory implements AccountDirectory {
  readonly #deps: DirectoryDeps
  readonly #tokens: TokenStore
  readonly #repository: AccountRepository
  readonly #writer: AccountWriter
  readonly #timeline: TimelineStore
  readonly #quotas: QuotaStore
  readonly #usages: UsageStore

  constructor({ store, vault, clock, providers, changed = () => Promise.resolve() }: DirectoryDeps) {
    this.#deps = { store, vault, clock, providers, changed }
    this.#tokens = new TokenStore({ store, vault, clock })
    this.#repository = new AccountRepository({ store, tokens: this.#tokens })
    this.#writer = new AccountWriter({ tokens: this.#tokens, clock })
    this.#timeline = new TimelineStore({ store })
    this.#quotas = new QuotaStore({ store })
    this.#usages = new UsageStore({ store })
  }

  async list(): Promise<readonly AccountSummary[]> {
    return this.#summaries(await this.#repository.records())
  }

  async show(id: string): Promise<AccountSummary> {
    const record = await this.#repository.find(id)
    const [summary] = record ? await this.#summaries([record]) : []
    if (!summary) throw unknown(id)
    return summary
  }

  async history(id: string, most?: number): Promise<readonly AccountEvent[]> {
    const events = await this.#timeline.read(id, most)
    // Of an account that was removed the history stays for a while.
    if (events.length === 0 && !(await this.#repository.find(id))) throw unknown(id)
    return events
  }

  async add(providerName: string, imported: ImportedAccount, origin: AccountOrigin): Promise<AddedAccount> {
    const provider = this.#deps.providers.get(providerName)
    if (!provider) throw new GatewayError('not_found', `there is no provider ${providerName}: configured are ${[...this.#deps.providers.keys()].join(', ')}`)
    const hash = sourceHash(this.#deps.vault, provider.name, imported.credential)
    const twin = await this.#twin(provider, imported)
    const { id, added } = await this.#deps.store.writeDurably(async transaction => {
      const known = twin ?? (await byHash(transaction, provider.name, hash))
      if (known === undefined) {
        const label = imported.unnamed ? await freeLabel(transaction, provider.name, imported.label) : imported.label
        return { id: await this.#writer.insert(transaction, { provider, imported: { ...imported, label }, origin, sourceHash: hash }), added: true }
      }
      // Added by hand: from now on it is ours, whatever its former source says. What the store has rotated stays.
      const { facts: learned, ...found } = await transaction
        .selectFrom('accounts')
        .select(['facts', 'health_epoch', 'status', 'reason'])
        .where('id', '=', known)
        .executeTakeFirstOrThrow()
      // The same credential: what condemned it holds on.
      const condemned = isCondemned(found)
      await changeAccount(transaction, known, {
        attached: 1,
        origin,
        ...(imported.unnamed ? {} : { label: imported.label }),
        ...(imported.settings ? { settings: JSON.stringify(imported.settings) } : {}),
        facts: JSON.stringify({ ...(JSON.parse(learned) as object), ...imported.facts }),
        ...(condemned ? {} : { ...newHealthColumns(this.#deps.clock.now()), health_epoch: found.health_epoch + 1 }),
      })
      const to = condemned ? (found.status as AccountStatus) : 'active'
      await appendEvents(transaction, [[known, { at: this.#deps.clock.now(), kind: 'imported-again', to, cause: origin }]])
      return { id: known, added: false }
    })
    await this.#changed()
    return { ...(await this.show(id)), added }
  }

  async enable(id: string): Promise<AccountSummary> {
    const columns = (record: AccountRecord) => ({ disabled: 0, disabled_reason: null, disabled_since: null, ...this.#reset(record) })
    return this.#change(id, { event: record => (isWell(shownState(record)) ? undefined : { kind: 'enabled', to: 'active' }), columns })
  }

  async disable(id: string, reason = 'by-operator'): Promise<AccountSummary> {
    const columns = ({ disabled }: AccountRecord) => ({ disabled: 1, disabled_reason: reason, disabled_since: disabled?.since ?? this.#deps.clock.now() })
    return this.#change(id, {
      event: ({ disabled }) => (disabled?.reason === reason ? undefined : { kind: 'disabled', to: 'disabled', cause: reason }),
      columns,
    })
  }

  async restore(id: string): Promise<RestoredAccount> {
    const [record, quotas] = await Promise.all([this.#repository.find(id), this.#quotas.read([id])])
    if (!record) throw unknown(id)
    const quota = quotas.get(id)?.reading.quota
    const changed = !isWell(record.health) || (quota !== undefined && isUsedUp(quota))
    const to = record.disabled ? 'disabled' : 'active'
    const event = () => (changed ? ({ kind: 'restored', to } as const) : undefined)
    // Where there is nothing to tell, servers still forget what they alone know, as of its endpoints.
    return { ...(await this.#change(id, { event, columns: each => this.#reset(each), forgetsQuota: changed })), changed }
  }

  async remove(id: string): Promise<void> {
    const now = this.#deps.clock.now()
    await this.#deps.store.writeDurably(async transaction => {
      const removed = await changeAccount(transaction, id, { removed_at: now, owner: null, facts: '{}', settings: '{}', label: '' })
      if (!removed) throw unknown(id)
      await this.#tokens.erase(transaction, id)
      await forgetUse(transaction, [id])
      await appendEvents(transaction, [[id, { at: now, kind: 'removed', cause: 'by-operator' }]])
      await transaction
        .deleteFrom('accounts')
        .where('removed_at', '<', now - TOMBSTONE_MS)
        .execute()
    })
    await this.#changed()
  }

  async reveal(id: string): Promise<ImportedAccount> {
    const record = await this.#repository.find(id)
    const token = await this.#tokens.read(id)
    if (!record || !token) throw unknown(id)
    const { label, facts, settings, disabled } = record
    return { label, credential: token.credential, facts, settings, ...(disabled && { disabled: true }) }
  }

  /** The operator's word and the line that tells of it are written together. */
  async #change(id: string, { event, columns, forgetsQuota = false }: Change): Promise<AccountSummary> {
    const record = await this.#repository.find(id)
    if (!record) throw unknown(id)
    const { store, clock } = this.#deps
    await store.write(async transaction => {
      if (!(await changeAccount(transaction, id, columns(record)))) throw unknown(id)
      if (forgetsQuota) await transaction.deleteFrom('account_quota').where('account_id', '=', id).execute()
      const line = event(record)
      if (line) await appendEvents(transaction, [[id, { at: clock.now(), from: shownState(record).status, ...line }]])
    })
    await this.#changed()
    return this.show(id)
  }

  /** A new epoch, so that a running server's next note of the old state changes nothing. */
  #reset(record: AccountRecord) {
    return { ...newHealthColumns(this.#deps.clock.now()), health_epoch: record.healthEpoch + 1 }
  }

  /** An account whose credential is this one in other words: two accounts of one refresh token would spend each other's. */
  async #twin(provider: Provider, imported: ImportedAccount): Promise<string | undefined> {
    // What is kept for a provider has its credential's type; what comes in was read by its importer.
    const identity = provider.identity?.(imported.credential as never)
    if (identity === undefined) return undefined
    for (const { record, token } of await this.#repository.load(0)) {
      const candidate = record.provider === provider.name && record.owner === undefined && !record.removed && token
      if (candidate && provider.identity?.(candidate.credential as never) === identity) return record.id
    }
    return undefined
  }

  async #summaries(records: readonly AccountRecord[]): Promise<readonly AccountSummary[]> {
    const ids = records.map(record => record.id)
    const now = this.#deps.clock.now()
    const [tokens, quotas, usages, inFlight] = await Promise.all([
      this.#repository.tokenFacts(),
      this.#quotas.read(ids),
      this.#usages.read(ids),
      this.#usages.inFlight(now),
    ])
    return records.map(record => {
      const { id } = record
      return summaryOf({ record, token: tokens.get(id), quota: quotas.get(id), usage: usages.get(id), inFlight: inFlight.get(id) ?? 0 }, now)
    })
  }

  async #changed(): Promise<void> {
    await this.#deps.changed?.()
  }
}

/** Ended by nothing that time or an import of the same credential could bring. */
function isCondemned({ status, reason }: { readonly status: string; readonly reason: string | null }): boolean {
  return status === 'invalid' || status === 'suspended' || (status === 'cooldown' && reason === 'account_suspicious')
}

async function byHash(transaction: Writing, provider: string, hash: string): Promise<string | undefined> {
  const row = await transaction
    .selectFrom('accounts')
    .select('id')
    .where('provider', '=', provider)
    .where('source_hash', '=', hash)
    .where('owner', 'is', null)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return row?.id
}

function unknown(id: string): GatewayError {
  return new GatewayError('not_found', `there is no account ${id}: list them with "kiro-gateway accounts list"`)
}
