import type { AccountState, ImportedAccount } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { AccountDirectory, AccountOrigin, AccountSummary, AddedAccount } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Store, Writing } from '../store/store.ts'
import { AccountWriter } from './account-writer.ts'
import { sourceHash } from './credential-hash.ts'
import { effectiveState } from './health.ts'
import { type AccountRecord, AccountRepository, changeAccount, newHealthColumns, shownState } from './repository.ts'
import { TokenStore } from './token-store.ts'
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

  constructor({ store, vault, clock, providers, changed = () => Promise.resolve() }: DirectoryDeps) {
    this.#deps = { store, vault, clock, providers, changed }
    this.#tokens = new TokenStore({ store, vault, clock })
    this.#repository = new AccountRepository({ store, tokens: this.#tokens })
    this.#writer = new AccountWriter({ tokens: this.#tokens, clock })
  }

  async list(): Promise<readonly AccountSummary[]> {
    const [records, tokens] = await Promise.all([this.#repository.records(), this.#repository.tokenFacts()])
    return records.map(record => this.#summary(record, tokens.get(record.id)))
  }

  async show(id: string): Promise<AccountSummary> {
    const record = await this.#repository.find(id)
    if (!record) throw unknown(id)
    return this.#summary(record, (await this.#repository.tokenFacts()).get(id))
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
      const { facts: learned, health_epoch } = await transaction.selectFrom('accounts').select(['facts', 'health_epoch']).where('id', '=', known).executeTakeFirstOrThrow()
      await changeAccount(transaction, known, {
        attached: 1,
        origin,
        label: imported.label,
        ...(imported.settings ? { settings: JSON.stringify(imported.settings) } : {}),
        facts: JSON.stringify({ ...(JSON.parse(learned) as object), ...imported.facts }),
        ...newHealthColumns(this.#deps.clock.now()),
        health_epoch: health_epoch + 1,
      })
      return { id: known, added: false }
    })
    await this.#changed()
    return { ...(await this.show(id)), added }
  }

  async enable(id: string): Promise<AccountSummary> {
    return this.#change(id, record => ({ disabled: 0, disabled_reason: null, disabled_since: null, ...this.#reset(record) }))
  }

  async disable(id: string, reason = 'by-operator'): Promise<AccountSummary> {
    return this.#change(id, record => ({ disabled: 1, disabled_reason: reason, disabled_since: record.disabled?.since ?? this.#deps.clock.now() }))
  }

  async restore(id: string): Promise<AccountSummary> {
    return this.#change(id, record => this.#reset(record))
  }

  async remove(id: string): Promise<void> {
    const now = this.#deps.clock.now()
    await this.#deps.store.writeDurably(async transaction => {
      const removed = await changeAccount(transaction, id, { removed_at: now, owner: null, facts: '{}', settings: '{}', label: '' })
      if (!removed) throw unknown(id)
      await this.#tokens.erase(transaction, id)
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

  async #change(id: string, columns: (record: AccountRecord) => Parameters<typeof changeAccount>[2]): Promise<AccountSummary> {
    const record = await this.#repository.find(id)
    if (!record || !(await this.#repository.change(id, columns(record)))) throw unknown(id)
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

  #summary(record: AccountRecord, token: { readonly generation: number; readonly expiresAt: number | undefined } | undefined): AccountSummary {
    const { id, provider, label, origin, facts, attached } = record
    const expiresAt = token?.expiresAt
    const state = token ? this.#state(record) : ({ status: 'invalid', reason: 'unreadable', since: record.createdAt, failures: 0 } as const)
    return {
      id,
      provider,
      label,
      origin,
      facts,
      attached,
      state,
      generation: token?.generation ?? 0,
      ...(expiresAt !== undefined && Number.isFinite(expiresAt) && { expiresAt }),
    }
  }

  #state(record: AccountRecord): AccountState {
    return effectiveState(shownState(record), this.#deps.clock.now())
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
