import type { ImportedAccount } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'
import type { AccountOrigin } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { Store, Writing } from '../store/store.ts'
import { AccountWriter } from './account-writer.ts'
import { sourceHash } from './credential-hash.ts'
import { identityOf, type KnownAccount, knownIdentities, knownSources } from './known-identities.ts'
import { changeAccount } from './repository.ts'
import { importedEnd, lifetimeOf } from './token-life.ts'
import type { TokenStore } from './token-store.ts'
import type { Vault } from './vault.ts'

/** What a file, an address or the environment names at this start. */
export interface AccountSource {
  readonly origin: AccountOrigin
  readonly provider: Provider
  /** Undefined: it could not be read this time, which says nothing of its accounts. */
  readonly accounts: readonly ImportedAccount[] | undefined
}

export interface SourceReport {
  readonly added: number
  /** Known ones, with what the store has of them. */
  readonly kept: number
  /** The source has a new credential for them. */
  readonly replaced: number
  readonly detached: number
}

/** An account of a source, recognisable. */
interface Wanted {
  readonly provider: Provider
  readonly origin: AccountOrigin
  readonly imported: ImportedAccount
  readonly sourceHash: string
}

interface Taking {
  readonly source: AccountSource
  readonly wanted: readonly Wanted[]
  readonly known: ReadonlyMap<string, KnownAccount>
  /** Whether accounts that the source no longer names go out of use. */
  readonly detach: boolean
}

interface Row {
  readonly id: string
  readonly label: string
  readonly origin: string
  readonly source_hash: string
  readonly attached: number
}

/**
 * Brings the store in line with the sources of this start. What the store has rotated wins over what a source said at
 * first, until the source itself says something new; an account that no source names any more is kept, but not used.
 */
export class AccountSources {
  readonly #store: Store
  readonly #vault: Vault
  readonly #tokens: TokenStore
  readonly #log: Logger
  readonly #writer: AccountWriter

  constructor({ store, vault, tokens, clock, log }: { store: Store; vault: Vault; tokens: TokenStore; clock: Clock; log: Logger }) {
    this.#store = store
    this.#vault = vault
    this.#tokens = tokens
    this.#log = log
    this.#writer = new AccountWriter({ tokens, clock })
  }

  /** @param options.detach whether accounts that no source names any more go out of use: a command beside a server knows only its own environment */
  async reconcile(sources: readonly AccountSource[], { detach = true }: { readonly detach?: boolean } = {}): Promise<SourceReport> {
    const takings = await this.#prepare(sources, true)
    const report = await this.#store.writeDurably(async transaction => {
      const total = { added: 0, kept: 0, replaced: 0, detached: 0 }
      for (const taking of takings) {
        const { added, kept, replaced } = await this.#take(transaction, taking)
        total.added += added
        total.kept += kept
        total.replaced += replaced
      }
      if (detach) total.detached = await this.#detach(transaction, sources)
      return total
    })
    this.#log.info('accounts from files and environment', { ...report })
    return report
  }

  /**
   * Takes one source in as it is now, beside a running pool. Accounts that it no longer names go on until the next start:
   * it may be read while somebody is still writing it.
   * @returns whether it said anything new
   */
  async reread(source: AccountSource): Promise<boolean> {
    const [taking] = await this.#prepare([source], false)
    if (!taking) return false
    const { added, replaced } = await this.#store.writeDurably(transaction => this.#take(transaction, taking))
    return added + replaced > 0
  }

  /** The source holds from now on what the store has of this account: it is recognised by that. */
  async follow(id: string, provider: Provider, credential: unknown): Promise<void> {
    const source_hash = sourceHash(this.#vault, provider.name, credential)
    await this.#store.write(transaction => changeAccount(transaction, id, { source_hash }))
  }

  /** Whether this is what the account's source said when it was last taken in. */
  async isSource(id: string, provider: Provider, credential: unknown): Promise<boolean> {
    const row = await this.#store.database.selectFrom('accounts').select('source_hash').where('id', '=', id).executeTakeFirst()
    return row?.source_hash === sourceHash(this.#vault, provider.name, credential)
  }

  /** Everything that is to be looked up before the transaction: within it, other connections' reads would wait for it. */
  async #prepare(sources: readonly AccountSource[], detach: boolean): Promise<readonly Taking[]> {
    const takings: Taking[] = []
    const identities = new Map<Provider, ReadonlyMap<string, KnownAccount>>()
    for (const source of sources) {
      const { provider, origin, accounts } = source
      if (!accounts) continue
      const hashed = accounts.map(imported => ({ provider, origin, imported, sourceHash: sourceHash(this.#vault, provider.name, imported.credential) }))
      // Named twice it is still one account.
      const wanted = [...new Map(hashed.map(account => [account.sourceHash, account])).values()]
      // Opening every secret of a large pool is for the start that meets something new.
      const known =
        identities.get(provider) ??
        ((await this.#allKnown(provider, wanted)) ? new Map() : await knownIdentities(provider, { store: this.#store, tokens: this.#tokens }))
      if (known.size > 0) identities.set(provider, known)
      takings.push({ source, wanted, known, detach })
    }
    return takings
  }

  async #allKnown(provider: Provider, wanted: readonly Wanted[]): Promise<boolean> {
    const known = await knownSources(provider, this.#store)
    return wanted.every(account => known.has(account.sourceHash))
  }

  async #take(transaction: Writing, { source, wanted, known, detach }: Taking): Promise<Omit<SourceReport, 'detached'>> {
    const { provider, origin } = source
    const rows = await this.#rows(transaction, provider.name)
    const byHash = new Map(rows.map(row => [row.source_hash, row]))
    const byId = new Map(rows.map(row => [row.id, row]))
    const matched = new Set<string>()
    const unmatched: Wanted[] = []
    for (const account of wanted) {
      const row = byHash.get(account.sourceHash) ?? byId.get(this.#sameCredential(account, known) ?? '')
      if (row) {
        matched.add(row.id)
        await this.#keep(transaction, row, account)
      } else {
        unmatched.push(account)
      }
    }
    // The same place with another credential: by its label if that tells, else by its turn.
    const vacant = rows.filter(row => row.origin === origin && !matched.has(row.id))
    let replaced = 0
    for (const account of unmatched) {
      const index = vacant.findIndex(row => row.label === account.imported.label)
      const [row] = index >= 0 ? vacant.splice(index, 1) : unmatched.length === 1 && vacant.length === 1 ? vacant.splice(0, 1) : []
      if (row) {
        await this.#writer.replace(transaction, row.id, account)
        replaced++
      } else {
        await this.#writer.insert(transaction, account)
      }
    }
    // Those of this source that it no longer names.
    if (detach) for (const row of vacant) if (row.attached) await changeAccount(transaction, row.id, { attached: 0 })
    return { added: unmatched.length - replaced, kept: wanted.length - unmatched.length, replaced }
  }

  /**
   * The account that has this very credential, in other words than its source's: somebody wrote it back, or writes it
   * differently. A longer-lived access token is news all the same.
   */
  #sameCredential({ provider, imported }: Wanted, known: ReadonlyMap<string, KnownAccount>): string | undefined {
    const account = known.get(identityOf(provider, imported.credential) ?? '')
    if (account === undefined) return undefined
    const end = importedEnd(lifetimeOf(provider, imported.credential)) ?? 0
    return end > (account.expiresAt ?? 0) ? undefined : account.id
  }

  async #keep(transaction: Writing, row: Row, { origin, sourceHash }: Wanted): Promise<void> {
    if (row.attached && row.source_hash === sourceHash) return
    await changeAccount(transaction, row.id, { source_hash: sourceHash, ...(row.attached ? {} : { attached: 1, origin }) })
  }

  async #detach(transaction: Writing, sources: readonly AccountSource[]): Promise<number> {
    const named = [...new Set<string>(sources.map(source => source.origin))]
    const rows = await transaction
      .selectFrom('accounts')
      .select('id')
      .where('removed_at', 'is', null)
      .where('attached', '=', 1)
      .where('origin', 'not in', ['store', 'caller', ...named])
      .execute()
    for (const { id } of rows) await changeAccount(transaction, id, { attached: 0 })
    return rows.length
  }

  #rows(transaction: Writing, provider: string): Promise<Row[]> {
    return transaction
      .selectFrom('accounts')
      .select(['id', 'label', 'origin', 'source_hash', 'attached'])
      .where('provider', '=', provider)
      .where('removed_at', 'is', null)
      .where('owner', 'is', null)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
  }
}
