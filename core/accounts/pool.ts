import type { Account, QuotaReading } from '../contract/account.ts'
import type { Call, Principal } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBus } from '../contract/event-bus.ts'
import type { ExplainQuestion, Explanation } from '../contract/explanation.ts'
import type { Logger } from '../contract/log.ts'
import type { AccountPool, Caller, CallerAccounts, ChoiceExplainer, Egress, Lease, ModelRouter } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError, type Remedy } from '../errors/gateway-error.ts'
import { Leases } from '../store/leases.ts'
import type { RevisionWatch } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import { AccountFacts } from './account-facts.ts'
import { AccountKnowledge } from './account-knowledge.ts'
import { AccountReadiness } from './account-readiness.ts'
import { Callers } from './callers.ts'
import type { AccountEntry } from './entry.ts'
import { Explainer } from './explain.ts'
import { HealthJournal } from './health-journal.ts'
import { Leasing, type Place } from './leasing.ts'
import type { PoolRules } from './pool-rules.ts'
import { Refresher, type SourceReader } from './refresh.ts'
import { AccountRepository } from './repository.ts'
import { Roster } from './roster.ts'
import { RulesInForce } from './rules-in-force.ts'
import { Selection } from './selection.ts'
import { SessionAffinity } from './session-affinity.ts'
import { SteadyTime } from './steady-time.ts'
import { TokenStore } from './token-store.ts'
import type { Vault } from './vault.ts'
import { WaitingLines } from './waiting-lines.ts'

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
  /** How each provider's accounts are chosen; what is not there follows the defaults. */
  readonly rules?: ReadonlyMap<string, PoolRules>
  readonly random?: () => number
  /** Whether the log tells of accounts that stop; default true. */
  readonly alarms?: boolean
  /** Callers with an account of their own that are kept in the store. */
  readonly callerCapacity?: number
}

/** The accounts of the store, leased one attempt at a time. Serving a request touches memory only. */
export class StoredAccountPool implements AccountPool, CallerAccounts, ChoiceExplainer {
  readonly #deps: PoolDeps
  readonly #tokens: TokenStore
  readonly #repository: AccountRepository
  readonly #journal: HealthJournal
  readonly #roster: Roster
  readonly #refresher: Refresher
  readonly #facts: AccountFacts
  readonly #readiness: AccountReadiness
  readonly #knowledge: AccountKnowledge
  readonly #rules: RulesInForce
  readonly #selection: Selection
  readonly #lines: WaitingLines<Place>
  readonly #leasing: Leasing
  readonly #explainer: Explainer
  readonly #callers: Callers
  #unwatch: (() => void) | undefined

  constructor({
    store,
    vault,
    clock,
    log,
    events,
    providers,
    router,
    egress,
    reread,
    rules = new Map(),
    random = Math.random,
    alarms = true,
    callerCapacity,
  }: PoolDeps) {
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
    const readiness = new AccountReadiness({ roster, refresher, facts, providers, now })
    this.#knowledge = new AccountKnowledge({ store, roster, providers, egress, clock, time, log, events, random, readiness, alarms })
    this.#tokens = tokens
    this.#repository = repository
    this.#journal = journal
    this.#roster = roster
    this.#refresher = refresher
    this.#facts = facts
    this.#readiness = readiness
    this.#callers = new Callers({
      store,
      repository,
      tokens,
      roster,
      refresher,
      providers,
      clock,
      log,
      ...(callerCapacity !== undefined && { capacity: callerCapacity }),
    })
    this.#rules = new RulesInForce({ rules, store })
    const affinity = new SessionAffinity()
    this.#selection = new Selection({ roster, providers, router, rules: this.#rules, affinity, random, now })
    this.#lines = new WaitingLines({ clock, now, roster, rules: this.#rules })
    const ownOf = (tenant: string) => this.#callers.entryOf(tenant)
    this.#explainer = new Explainer({ selection: this.#selection, providers, router, roster, rules: this.#rules, ownOf })
    this.#leasing = new Leasing({
      ...{ selection: this.#selection, lines: this.#lines, rules: this.#rules, readiness, roster, egress, router, now, ownOf },
      lease: {
        ...{ roster, affinity, now, knowledge: this.#knowledge },
        hasOther: (entry, asked) => this.#selection.hasOther(entry, asked),
        proven: (entry, generation) => this.#proven(entry, generation),
        freed: () => this.#lines.serve(),
      },
    })
  }

  /** Reads all accounts; with a watch, follows what other processes change. */
  async open(watch?: RevisionWatch): Promise<void> {
    this.#unwatch = watch?.onChange(since => this.reload(since))
    await this.reload(0)
    this.#knowledge.open()
    await this.#tokens.rehearse().catch((error: unknown) => this.#deps.log.warn('the store would not take a renewed credential now', { error }))
  }

  /** Takes in what changed in the store after a revision. */
  async reload(since: number): Promise<void> {
    await this.#rules.reload()
    for (const loaded of await this.#repository.load(since)) {
      // Callers' accounts come with their callers.
      if (loaded.record.owner !== undefined && !this.#roster.get(loaded.record.id)) continue
      const before = this.#roster.get(loaded.record.id)
      const entry = this.#roster.put(loaded)
      if (entry) {
        this.#refresher.plan(entry)
        this.#knowledge.take(entry, loaded)
      } else if (before) {
        this.#refresher.forget(before)
        this.#knowledge.forget(before)
      }
      if (!loaded.token && !loaded.record.removed)
        this.#deps.log.error('the secret of an account cannot be read: restore the encryption key, or add it again', { account: loaded.record.id })
    }
    this.#lines.serve()
  }

  lease(call: Call): Promise<Lease> {
    return this.#leasing.lease(call)
  }

  renew(lease: Lease, remedy: Remedy = 'refresh-token'): Promise<Lease> {
    return this.#leasing.renew(lease, remedy)
  }

  size(call: Call): number {
    if (call.principal.tenant !== undefined) return 1
    let size = 0
    for (const { name } of this.#selection.providers(call.request.model)) size += this.#roster.group(name)?.size ?? 0
    return size
  }

  welcome(caller: Caller, token: string): Promise<void> {
    return this.#callers.welcome(caller, token)
  }

  explain(question: ExplainQuestion): Explanation {
    return this.#explainer.explain(question)
  }

  /** Accounts that this caller may be served by, whatever their state short of disabled: for lists of models. */
  accountsOf(principal: Principal): readonly Account[] {
    const own = principal.tenant === undefined ? undefined : this.#callers.entryOf(principal.tenant)
    if (principal.tenant !== undefined) return own ? [own.account] : []
    return [...this.#roster.entries()].filter(entry => entry.account.owner === undefined && !entry.disabled).map(entry => entry.account)
  }

  /** All accounts that are in use, callers' own included. */
  *inUse(): IterableIterator<Account> {
    for (const { account, disabled } of this.#roster.entries()) if (!disabled) yield account
  }

  /** A provider's accounts that could serve somebody now, each with the time when it last was asked. */
  *serving(provider: string): IterableIterator<{ readonly account: Account; readonly lastUsedAt: number | undefined }> {
    const group = this.#roster.group(provider)
    for (const tiers of group ? [group.ready, group.unhealthy] : []) {
      for (const { entries } of tiers) for (const { account, usage } of entries) yield { account, lastUsedAt: usage.lastUsedAt }
    }
  }

  /** How many accounts there are, and how many could serve somebody now. */
  get counts(): { readonly total: number; readonly usable: number } {
    let total = 0
    let usable = 0
    for (const name of this.#roster.groups()) {
      const group = this.#roster.group(name)
      total += group?.size ?? 0
      usable += (group?.ready.size ?? 0) + (group?.unhealthy.size ?? 0)
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

  /**
   * Reads what is left of one account now, and lets the reading count at once.
   * @throws GatewayError `not_found`, `unsupported` where its provider does not tell, or what the provider met
   */
  async readQuota(id: string): Promise<QuotaReading> {
    const entry = this.#roster.get(id)
    if (!entry) throw new GatewayError('not_found', `there is no account ${id} in use: see "kiro-gateway accounts list"`)
    return this.#knowledge.readQuota(entry)
  }

  /** Waits for renewals under way and everything that is to be written. */
  async close(): Promise<void> {
    this.#unwatch?.()
    this.#lines.close()
    await this.#facts.close()
    await this.#refresher.close()
    await this.#callers.close()
    await this.#knowledge.close()
    await this.#journal.close()
  }

  /** The credential works, so the one before it is of no more use. */
  #proven(entry: AccountEntry, generation: number): void {
    if (!entry.hasPrevious || entry.account.generation !== generation) return
    entry.hasPrevious = false
    this.#tokens
      .confirm(entry.id, generation)
      .catch((error: unknown) => this.#deps.log.warn('a spent credential could not be cleared', { account: entry.id, error }))
  }
}
