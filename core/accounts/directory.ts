import type { AccountEvent, ImportedAccount } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { AccountDirectory, AccountOrigin, AccountSummary, AddedAccount } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Store, Writing } from '../store/store.ts'
import { AccountWriter } from './account-writer.ts'
import { sourceHash } from './credential-hash.ts'
import { summaryOf } from './account-summary.ts'
import { QuotaStore } from './quota-store.ts'
import { type AccountRecord, AccountRepository, changeAccount, newHealthColumns, shownState } from './repository.ts'
import { appendEvents, TimelineStore } from './timeline-store.ts'
import { TokenStore } from './token-store.ts'
import { forgetUse, UsageStore } from './usage-store.ts'
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
      if (known === undefined) return { id: await this.#writer.insert(transaction, { provider, imported, origin, sourceHash: hash }), added: true }
      // Added by hand: from now on it is ours, whatever its former source says. What the store has rotated stays.
      const { facts: learned, health_epoch } = await transaction
        .selectFrom('accounts')
        .select(['facts', 'health_epoch'])
        .where('id', '=', known)
        .executeTakeFirstOrThrow()
      await changeAccount(transaction, known, {
        attached: 1,
        origin,
        label: imported.label,
        ...(imported.settings ? { settings: JSON.stringify(imported.settings) } : {}),
        facts: JSON.stringify({ ...(JSON.parse(learned) as object), ...imported.facts }),
        ...newHealthColumns(this.#deps.clock.now()),
        health_epoch: health_epoch + 1,
      })
      await appendEvents(transaction, [[known, { at: this.#deps.clock.now(), kind: 'imported-again', to: 'active', cause: origin }]])
      return { id: known, added: false }
    })
    await this.#changed()
    return { ...(await this.show(id)), added }
  }

  async enable(id: string): Promise<AccountSummary> {
    return this.#change(id, { kind: 'enabled', to: 'active' }, record => ({ disabled: 0, disabled_reason: null, disabled_since: null, ...this.#reset(record) }))
  }

  async disable(id: string, reason = 'by-operator'): Promise<AccountSummary> {
    return this.#change(id, { kind: 'disabled', to: 'disabled', cause: reason }, record => ({
      disabled: 1,
      disabled_reason: reason,
      disabled_since: record.disabled?.since ?? this.#deps.clock.now(),
    }))
  }

  async restore(id: string): Promise<AccountSummary> {
    return this.#change(id, { kind: 'restored', to: 'active' }, record => this.#reset(record))
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
  async #change(
    id: string,
    event: Omit<AccountEvent, 'at' | 'from'>,
    columns: (record: AccountRecord) => Parameters<typeof changeAccount>[2],
  ): Promise<AccountSummary> {
    const record = await this.#repository.find(id)
    if (!record) throw unknown(id)
    const { store, clock } = this.#deps
    await store.write(async transaction => {
      if (!(await changeAccount(transaction, id, columns(record)))) throw unknown(id)
      await appendEvents(transaction, [[id, { at: clock.now(), from: shownState(record).status, ...event }]])
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
