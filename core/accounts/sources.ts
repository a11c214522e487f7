import type { ImportedAccount } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'
import type { AccountOrigin } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { Store, Writing } from '../store/store.ts'
import { AccountWriter } from './account-writer.ts'
import { sourceHash } from './credential-hash.ts'
import { changeAccount } from './repository.ts'
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
  readonly #log: Logger
  readonly #writer: AccountWriter

  constructor({ store, vault, tokens, clock, log }: { store: Store; vault: Vault; tokens: TokenStore; clock: Clock; log: Logger }) {
    this.#store = store
    this.#vault = vault
    this.#log = log
    this.#writer = new AccountWriter({ tokens, clock })
  }

  /** @param options.detach whether accounts that no source names any more go out of use: a command beside a server knows only its own environment */
  async reconcile(sources: readonly AccountSource[], { detach = true }: { readonly detach?: boolean } = {}): Promise<SourceReport> {
    const report = await this.#store.writeDurably(async transaction => {
      const total = { added: 0, kept: 0, replaced: 0, detached: 0 }
      for (const source of sources) {
        if (!source.accounts) continue
        const { added, kept, replaced } = await this.#take(transaction, source, source.accounts)
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

  /** Takes one source in as it is now, beside a running pool; all others stay as they are. Whether it said anything new. */
  async reread(source: AccountSource): Promise<boolean> {
    const { accounts } = source
    if (!accounts) return false
    const { added, replaced } = await this.#store.writeDurably(transaction => this.#take(transaction, source, accounts))
    return added + replaced > 0
  }

  async #take(transaction: Writing, source: AccountSource, accounts: readonly ImportedAccount[]): Promise<Omit<SourceReport, 'detached'>> {
    const { provider, origin } = source
    const rows = await this.#rows(transaction, provider.name)
    const byHash = new Map(rows.map(row => [row.source_hash, row]))
    const hashed = accounts.map(imported => ({ provider, origin, imported, sourceHash: sourceHash(this.#vault, provider.name, imported.credential) }))
    // Named twice it is still one account.
    const wanted = [...new Map(hashed.map(account => [account.sourceHash, account])).values()]
    const matched = new Set<string>()
    const unmatched: (typeof wanted)[number][] = []
    for (const account of wanted) {
      const row = byHash.get(account.sourceHash)
      if (row) {
        matched.add(row.id)
        await this.#keep(transaction, row, origin)
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
    for (const row of vacant) if (row.attached) await changeAccount(transaction, row.id, { attached: 0 })
    return { added: unmatched.length - replaced, kept: wanted.length - unmatched.length, replaced }
  }

  async #keep(transaction: Writing, row: Row, origin: AccountOrigin): Promise<void> {
    if (row.attached) return
    await changeAccount(transaction, row.id, { attached: 1, origin })
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
