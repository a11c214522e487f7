import { sql } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'
import type { ImportedAccount } from '../contract/account.ts'
import type { Caller } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Store, Writing } from '../store/store.ts'
import { AccountWriter } from './account-writer.ts'
import type { AccountEntry } from './entry.ts'
import type { Refresher } from './refresh.ts'
import { type AccountRepository, changeAccount } from './repository.ts'
import type { Roster } from './roster.ts'
import type { TokenStore } from './token-store.ts'

/** Callers in memory at once; the others are read from the store when they come back (S-067). */
const IN_MEMORY = 100

/** Callers in the store at once: more would let anybody with a key fill the disk with made-up tokens. */
const IN_STORE = 5_000

/** A caller seen this lately may be in the middle of its first request. */
const ARRIVING_MS = 60_000

const DAY_MS = 86_400_000
const KEPT_MS = 30 * DAY_MS

/** A dead account is begun anew from the token its caller still sends, this often at most. */
const REVIVED_AFTER_MS = 900_000

export interface CallersDeps {
  readonly store: Store
  readonly repository: AccountRepository
  readonly tokens: TokenStore
  readonly roster: Roster
  readonly refresher: Refresher
  readonly providers: ReadonlyMap<string, Provider>
  readonly clock: Clock
  readonly log: Logger
  /** Callers in the store at once. */
  readonly capacity?: number
}

interface Opened {
  readonly id: string
  /** As the store has it. */
  readonly seenAt: number
}

/** Private accounts of callers who bring their own upstream token: found by the token's hash, with what it rotated to. */
export class Callers {
  readonly #deps: CallersDeps
  readonly #writer: AccountWriter
  readonly #accounts: LRUCache<string, Opened>
  readonly #opening = new Map<string, Promise<void>>()

  constructor(deps: CallersDeps) {
    this.#deps = deps
    this.#writer = new AccountWriter(deps)
    this.#accounts = new LRUCache<string, Opened>({
      max: IN_MEMORY,
      dispose: ({ id }) => {
        const entry = deps.roster.get(id)
        if (entry) deps.refresher.forget(entry)
        deps.roster.drop(id)
      },
    })
  }

  entryOf(tenant: string): AccountEntry | undefined {
    const caller = this.#accounts.get(tenant)
    const entry = caller && this.#deps.roster.get(caller.id)
    return entry?.account.owner === tenant ? entry : undefined
  }

  welcome(caller: Caller, token: string): Promise<void> {
    const { tenant } = caller
    const entry = this.entryOf(tenant)
    if (entry && !this.#isStale(tenant) && !this.#isDead(entry)) return Promise.resolve()
    const opening = this.#opening.get(tenant) ?? this.#open(caller, token).finally(() => this.#opening.delete(tenant))
    this.#opening.set(tenant, opening)
    return opening
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#opening.values())
  }

  /** Seen, but the store does not know it: without this a caller that never pauses would be forgotten. */
  #isStale(tenant: string): boolean {
    const caller = this.#accounts.peek(tenant)
    return caller === undefined || this.#deps.clock.now() - caller.seenAt > DAY_MS
  }

  #isDead({ health }: AccountEntry): boolean {
    return health.status === 'invalid' && this.#deps.clock.now() - health.since > REVIVED_AFTER_MS
  }

  async #open(caller: Caller, token: string): Promise<void> {
    const { tenant } = caller
    const { store, repository, roster, clock } = this.#deps
    const known = await this.#find(tenant)
    const id = known ?? (await this.#admit(caller, token))
    if (known !== undefined) {
      await store.write(transaction => transaction.updateTable('accounts').set({ seen_at: clock.now() }).where('id', '=', known).execute())
    }
    const entry = this.entryOf(tenant)
    if (entry && this.#isDead(entry)) {
      const { provider, imported } = await this.#read(token)
      await store.write(transaction => this.#writer.replace(transaction, id, { provider, imported, origin: 'caller', sourceHash: tenant }))
    }
    const loaded = await repository.loadOne(id)
    if (!loaded || !roster.put(loaded)) throw new GatewayError('store_unavailable', 'the account that came with this key cannot be read from the store')
    this.#accounts.set(tenant, { id, seenAt: clock.now() }, { noDisposeOnSet: true })
  }

  async #find(tenant: string): Promise<string | undefined> {
    const row = await this.#deps.store.database
      .selectFrom('accounts')
      .select('id')
      .where('owner', '=', tenant)
      .where('removed_at', 'is', null)
      .executeTakeFirst()
    return row?.id
  }

  async #admit({ tenant, keyId }: Caller, token: string): Promise<string> {
    const { provider, imported } = await this.#read(token)
    return this.#deps.store.write(async transaction => {
      // Another process, or one with the same data folder, may have been faster.
      const known = await transaction.selectFrom('accounts').select('id').where('owner', '=', tenant).executeTakeFirst()
      if (known) return known.id
      await this.#makeRoom(transaction)
      const id = await this.#writer.insert(transaction, { provider, imported, origin: 'caller', sourceHash: tenant, owner: tenant })
      await changeAccount(transaction, id, { admitted_by: keyId })
      return id
    })
  }

  /** The first provider that understands such a token takes it. */
  async #read(token: string): Promise<{ readonly provider: Provider; readonly imported: ImportedAccount }> {
    const context = { source: 'caller', companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }
    for (const provider of this.#deps.providers.values()) {
      if (!provider.importer) continue
      try {
        const { accounts } = await provider.importer.parse(JSON.stringify({ refreshToken: token }), context)
        const [imported] = accounts
        if (imported) return { provider, imported: { ...imported, label: 'caller' } }
      } catch (error) {
        if (!GatewayError.is(error) || error.code !== 'bad_request') throw error
      }
    }
    throw new GatewayError('bad_request', 'no provider takes the refresh token that follows the key: send KEY:REFRESH_TOKEN, or the key alone')
  }

  /** Forgets callers not seen for long, then those of the key with most of them that were not seen for longest. */
  async #makeRoom(transaction: Writing): Promise<void> {
    const { clock } = this.#deps
    await transaction
      .deleteFrom('accounts')
      .where('origin', '=', 'caller')
      .where('seen_at', '<', clock.now() - KEPT_MS)
      .execute()
    const holders = await transaction
      .selectFrom('accounts')
      .select(({ fn }) => ['admitted_by', fn.countAll<number>().as('count')])
      .where('origin', '=', 'caller')
      .groupBy('admitted_by')
      .execute()
    const counts = new Map(holders.map(({ admitted_by, count }) => [admitted_by, Number(count)]))
    const surplus = [...counts.values()].reduce((sum, count) => sum + count, 1) - (this.#deps.capacity ?? IN_STORE)
    if (surplus <= 0) return
    // The key with most gives way, so that whoever holds one pushes out nobody's callers but its own; a single key that all share may fill the whole.
    const [largest] = [...counts].toSorted(([, one], [, other]) => other - one)
    if (largest) await this.#forget(transaction, largest[0], surplus)
  }

  /** A rotated token is nowhere but here; one that never rotated comes back with its caller, and costs nothing to make up. */
  async #forget(transaction: Writing, keyId: string | null, count: number): Promise<void> {
    const oldest = transaction
      .selectFrom('accounts')
      .innerJoin('account_tokens', 'account_id', 'id')
      .select('id')
      .where('origin', '=', 'caller')
      // Rows from before keys were noted have none.
      .where('admitted_by', keyId === null ? 'is' : '=', keyId)
      .orderBy(sql`case when account_tokens.generation > 0 then 2 when accounts.seen_at > ${this.#deps.clock.now() - ARRIVING_MS} then 1 else 0 end`)
      .orderBy('seen_at')
      .limit(count)
    await transaction.deleteFrom('accounts').where('id', 'in', oldest).execute()
  }
}
