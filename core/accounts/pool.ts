import type { Account } from '../contract/account.ts'
import type { Call, Principal } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBus } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import type { AccountPool, CallerAccounts, Egress, Lease, ModelRouter } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError, type Remedy } from '../errors/gateway-error.ts'
import { Leases } from '../store/leases.ts'
import type { RevisionWatch } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import { AccountFacts } from './account-facts.ts'
import { AccountReadiness } from './account-readiness.ts'
import { Callers } from './callers.ts'
import type { AccountEntry } from './entry.ts'
import { HealthJournal } from './health-journal.ts'
import { PoolLease, Slot } from './pool-lease.ts'
import { Refresher, type SourceReader } from './refresh.ts'
import { AccountRepository } from './repository.ts'
import { Roster } from './roster.ts'
import { type Choice, Selection } from './selection.ts'
import { SteadyTime } from './steady-time.ts'
import { roundRobin, type Strategy } from './strategy.ts'
import { TokenStore } from './token-store.ts'
import { callerUnknown, ownUnavailable, unavailable } from './unavailable.ts'
import type { Vault } from './vault.ts'

/** Accounts that turn out unusable while one lease is prepared; then the client is told instead of tried further. */
const PREPARATIONS_PER_LEASE = 4

export interface PoolDeps {
  readonly store: Store
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Logger
  readonly events: EventBus
  /** Looked at anew each time: a reload may change what is in it. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly router: ModelRouter
  readonly egress: Egress
  readonly reread?: SourceReader
  readonly strategy?: Strategy
  readonly random?: () => number
}

/** The accounts of the store, leased one attempt at a time. Serving a request touches memory only. */
export class StoredAccountPool implements AccountPool, CallerAccounts {
  readonly #deps: PoolDeps
  readonly #time: SteadyTime
  readonly #tokens: TokenStore
  readonly #repository: AccountRepository
  readonly #journal: HealthJournal
  readonly #roster: Roster
  readonly #refresher: Refresher
  readonly #facts: AccountFacts
  readonly #readiness: AccountReadiness
  readonly #selection: Selection
  readonly #callers: Callers
  #unwatch: (() => void) | undefined

  constructor({ store, vault, clock, log, events, providers, router, egress, reread, strategy = roundRobin, random = Math.random }: PoolDeps) {
    this.#deps = { store, vault, clock, log, events, providers, router, egress }
    const time = new SteadyTime(clock)
    const now = () => time.now()
    const tokens = new TokenStore({ store, vault, clock })
    const repository = new AccountRepository({ store, tokens })
    const journal = new HealthJournal({ repository, clock, log })
    const roster = new Roster({ clock, time, events, journal, random })
    const refresher = new Refresher({
      roster,
      tokens,
      leases: new Leases({ store, clock }),
      providers,
      egress,
      clock,
      time,
      log,
      events,
      ...(reread && { reread }),
    })
    const facts = new AccountFacts({ providers, egress, repository, log })
    this.#time = time
    this.#tokens = tokens
    this.#repository = repository
    this.#journal = journal
    this.#roster = roster
    this.#refresher = refresher
    this.#facts = facts
    this.#readiness = new AccountReadiness({ roster, refresher, facts, providers, now })
    this.#selection = new Selection({ roster, providers, router, strategy, random, now })
    this.#callers = new Callers({ store, repository, tokens, roster, refresher, providers, clock, log })
  }

  /** Reads all accounts; with a watch, follows what other processes change. */
  async open(watch?: RevisionWatch): Promise<void> {
    this.#unwatch = watch?.onChange(since => this.reload(since))
    await this.reload(0)
    await this.#tokens.rehearse().catch((error: unknown) => this.#deps.log.warn('the store would not take a renewed credential now', { error }))
  }

  /** Takes in what changed in the store after a revision. */
  async reload(since: number): Promise<void> {
    for (const loaded of await this.#repository.load(since)) {
      // Callers' accounts come with their callers.
      if (loaded.record.owner !== undefined && !this.#roster.get(loaded.record.id)) continue
      const before = this.#roster.get(loaded.record.id)
      const entry = this.#roster.put(loaded)
      if (entry) this.#refresher.plan(entry)
      else if (before) this.#refresher.forget(before)
      if (!loaded.token && !loaded.record.removed)
        this.#deps.log.error('the secret of an account cannot be read: restore the encryption key, or add it again', { account: loaded.record.id })
    }
  }

  async lease(call: Call): Promise<Lease> {
    if (call.principal.tenant !== undefined) return this.#leaseOwn(call, call.principal.tenant)
    const passed = new Set<string>()
    let cause: GatewayError | undefined
    while (passed.size < PREPARATIONS_PER_LEASE) {
      const choice = this.#selection.choose(call, passed)
      if (!choice) break
      try {
        return await this.#prepared(call, choice)
      } catch (error) {
        cause = GatewayError.from(error)
        if (cause.code === 'cancelled') throw cause
        passed.add(choice.entry.id)
      }
    }
    throw this.#unavailable(call, cause)
  }

  async renew(lease: Lease, remedy: Remedy = 'refresh-token'): Promise<Lease> {
    if (!(lease instanceof PoolLease)) throw new GatewayError('internal', 'a lease of another pool cannot be renewed here')
    await this.#readiness.mend(lease.choice.entry, { generation: lease.account.generation, remedy })
    return lease.renewed(this.#deps.egress.clientFor(lease.choice.entry.account))
  }

  size(call: Call): number {
    if (call.principal.tenant !== undefined) return 1
    return this.#selection.providers(call.request.model).reduce((sum, { name }) => sum + (this.#roster.group(name)?.size ?? 0), 0)
  }

  welcome(tenant: string, token: string): Promise<void> {
    return this.#callers.welcome(tenant, token)
  }

  /** Accounts that this caller may be served by, whatever their state short of disabled: for lists of models. */
  accountsOf(principal: Principal): readonly Account[] {
    const own = principal.tenant === undefined ? undefined : this.#callers.entryOf(principal.tenant)
    if (principal.tenant !== undefined) return own ? [own.account] : []
    return [...this.#roster.entries()].filter(entry => entry.account.owner === undefined && !entry.disabled).map(entry => entry.account)
  }

  /** How many accounts there are, and how many could serve somebody now. */
  get counts(): { readonly total: number; readonly usable: number } {
    let total = 0
    let usable = 0
    for (const name of this.#roster.groups()) {
      const group = this.#roster.group(name)
      total += group?.size ?? 0
      usable += (group?.ready.length ?? 0) + (group?.unhealthy.length ?? 0)
    }
    return { total, usable }
  }

  /** Whether there is any account at all, one whose secret cannot be read included: then nothing may stand in for it. */
  get isEmpty(): boolean {
    return this.counts.total === 0 && this.#roster.unreadable.size === 0
  }

  /**
   * The account with a credential that is valid now, for calls that are no answer to a client.
   * @throws GatewayError what the renewal met
   */
  async ready(id: string): Promise<Account> {
    const entry = this.#roster.get(id)
    if (!entry) throw new GatewayError('not_found', `there is no account ${id} in use: see "kiro-gateway accounts list"`)
    await this.#readiness.ensure(entry)
    return entry.account
  }

  /** What an operator must know, without secrets; empty when all is well. */
  problems(): readonly string[] {
    const problems: string[] = []
    for (const id of this.#refresher.unstored)
      problems.push(`the renewed credential of account ${id} could not be stored and is held in memory: free some disk space`)
    for (const id of this.#roster.unreadable) problems.push(`the secret of account ${id} cannot be read: restore the encryption key, or add the account again`)
    if (this.#journal.failing) problems.push('the state of accounts could not be written to the store')
    return problems
  }

  /**
   * Renews one account now, whatever its clock says.
   * @throws GatewayError `not_found`, or what the renewal met
   */
  async refresh(id: string): Promise<void> {
    const entry = this.#roster.get(id)
    if (!entry) throw new GatewayError('not_found', `there is no account ${id} in use: see "kiro-gateway accounts list"`)
    await this.#refresher.force(entry, entry.account.generation)
  }

  /** Waits for renewals under way and everything that is to be written. */
  async close(): Promise<void> {
    this.#unwatch?.()
    await this.#facts.close()
    await this.#refresher.close()
    await this.#callers.close()
    await this.#journal.close()
  }

  async #leaseOwn(call: Call, tenant: string): Promise<Lease> {
    const entry = this.#callers.entryOf(tenant)
    if (!entry) throw callerUnknown()
    this.#roster.refreshState(entry)
    const choice = this.#selection.chooseOwn(call, entry)
    if (choice) return this.#prepared(call, choice)
    throw this.#ownUnavailable(call, entry)
  }

  #prepared(call: Call, choice: Choice): Promise<Lease> | Lease {
    const slot = new Slot(choice.entry, { roster: this.#roster, now: () => this.#time.now() })
    const waiting = this.#readiness.ensure(choice.entry)
    if (!waiting) return this.#lease(call, choice, slot)
    return unlessGone(waiting, call.signal).then(
      () => this.#lease(call, choice, slot),
      (error: unknown) => {
        slot.release()
        throw error
      },
    )
  }

  #lease(call: Call, choice: Choice, slot: Slot): PoolLease {
    const { entry } = choice
    return new PoolLease(
      { choice, slot, http: this.#deps.egress.clientFor(entry.account) },
      {
        roster: this.#roster,
        now: () => this.#time.now(),
        hasOther: () => entry.account.owner === undefined && this.#selection.hasOther(entry, call.request.model),
        proven: (proven, generation) => this.#proven(proven, generation),
      },
    )
  }

  /** The credential works, so the one before it is of no more use. */
  #proven(entry: AccountEntry, generation: number): void {
    if (!entry.hasPrevious || entry.account.generation !== generation) return
    entry.hasPrevious = false
    this.#tokens
      .confirm(entry.id, generation)
      .catch((error: unknown) => this.#deps.log.warn('a spent credential could not be cleared', { account: entry.id, error }))
  }

  #unavailable(call: Call, cause: GatewayError | undefined): GatewayError {
    const { router } = this.#deps
    const name = call.request.model
    const providers = this.#selection.providers(name)
    const served = providers.some(provider => {
      for (const entry of this.#roster.group(provider.name)?.members() ?? []) {
        const model = router.resolve(provider, entry.account, name)
        if (model !== undefined && entry.refusal(model, this.#time.now()) !== 'model_not_offered') return true
      }
      return false
    })
    const groups = providers.flatMap(provider => this.#roster.group(provider.name) ?? [])
    const usable = providers.flatMap(provider => provider.catalog?.models.map(card => card.id) ?? [])
    return unavailable({ model: name, groups, served, usable, cause, now: this.#time.now() })
  }

  #ownUnavailable(call: Call, entry: AccountEntry): GatewayError {
    const { providers, router } = this.#deps
    const { account, health } = entry
    const provider = providers.get(account.provider)
    const name = call.request.model
    const model = provider && router.resolve(provider, account, name)
    const now = this.#time.now()
    const served = model !== undefined && entry.refusal(model, now) !== 'model_not_offered'
    return ownUnavailable({ model: name, served, usable: provider?.catalog?.models.map(card => card.id) ?? [], health, now })
  }
}

/** Stops waiting when the client leaves; what is waited for goes on. */
function unlessGone(waiting: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(new GatewayError('cancelled', 'the client left', { cause: signal.reason }))
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
