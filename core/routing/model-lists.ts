import type { Account } from '../contract/account.ts'
import type { Principal } from '../contract/call.ts'
import { type Clock, sleep, type Timer } from '../contract/clock.ts'
import type { Provider } from '../contract/provider.ts'
import { type Catalog, LIST_TTL_MS } from './catalog.ts'
import { ReadQueue } from './read-queue.ts'

/** How often it is looked which accounts came and went, and whose list is old. */
const LOOK_MS = 15_000
/** After the start it is looked soon, but not by all workers at the same moment. */
const FIRST_LOOK_MS = 250
const JITTER_MS = 750
/** How long a request, or somebody who lists models, waits for lists. */
const PATIENCE_MS = 3_000
/**
 * Accounts of one provider that are read at once where it has a catalogue of its own: they share an upstream, lists differ by
 * plan at most, and thousands of calls would tell what these few do.
 */
const SAMPLE = 20
/** The same where nothing but the accounts' lists says which models there are: each may be a server of its own. */
const UNTOLD_SAMPLE = 500

interface ListedAccounts {
  /** Who may serve this caller. */
  accountsOf(principal: Principal): readonly Account[]
  inUse(): Iterable<Account>
  serving(provider: string): Iterable<{ readonly account: Account; readonly lastUsedAt: number | undefined }>
  ready(id: string): Promise<Account>
}

export interface ModelListsDeps {
  readonly catalog: Catalog
  readonly providers: ReadonlyMap<string, Provider>
  readonly accounts: ListedAccounts
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Decides when accounts' lists of models are read. In the background for providers of whose models nothing else is known;
 * for a request only where it names a model that nobody is known to have; for all others when somebody lists models.
 */
export class ModelLists {
  readonly #deps: ModelListsDeps
  readonly #queue: ReadQueue
  /** Accounts that a request has waited for in vain: their lists still come, but nobody waits again. */
  readonly #slow = new Set<string>()
  #timer: Timer | undefined

  constructor(deps: ModelListsDeps) {
    this.#deps = deps
    const { catalog, accounts, clock } = deps
    this.#queue = new ReadQueue(account => catalog.refresh(account, () => accounts.ready(account.id)), clock)
  }

  /** Begins to read in the background. */
  open(): void {
    const { clock, random } = this.#deps
    this.#timer = clock.timer(FIRST_LOOK_MS + random() * JITTER_MS, () => this.#look())
  }

  close(): void {
    this.#timer?.cancel()
    this.#queue.close()
  }

  /** Takes in which accounts there are. */
  follow(): void {
    this.#deps.catalog.follow(this.#deps.accounts.inUse())
  }

  /**
   * Where nobody is known to have a model and lists are due, waits for them, not for long. Undefined, at once, when there is
   * nothing to wait for.
   */
  learn(name: string, principal: Principal): Promise<void> | undefined {
    const { catalog, accounts } = this.#deps
    if (catalog.names(name)) return undefined
    if (principal.tenant !== undefined) return this.#await(this.#due(accounts.accountsOf(principal)))
    const untold = this.#dueOf(name, provider => isUntold(provider))
    const others = () => this.#dueOf(name, provider => !isUntold(provider))
    const foreseen = others()
    // Accounts that came since speak for it.
    if (catalog.names(name)) return undefined
    if (untold.length === 0) return this.#await(foreseen)
    const asked = [...untold]
    const all = async () => {
      await this.#queue.readAll(untold)
      // Accounts of a provider with a catalogue are asked only where that may help.
      if (catalog.names(name)) return
      asked.push(...others())
      await this.#queue.readAll(asked)
    }
    return this.#patiently(all(), asked)
  }

  /** Reads the lists that this caller's accounts lack; of many accounts of one provider those of some. */
  async read(principal: Principal): Promise<void> {
    const { providers, accounts } = this.#deps
    const byProvider = Map.groupBy(accounts.accountsOf(principal), account => account.provider)
    const chosen = [...byProvider].flatMap(([name, all]) => spread(all, sampleOf(providers.get(name))))
    await this.#queue.readAll(this.#due(chosen))
  }

  /** The same, but no longer than somebody likes to wait; what has not come by then comes later. */
  readPatiently(principal: Principal): Promise<void> {
    return this.#patiently(this.read(principal), [])
  }

  #look(): void {
    const { catalog, providers, accounts, clock } = this.#deps
    this.follow()
    for (const provider of providers.values()) {
      const untold = isUntold(provider)
      let first = sampleOf(provider)
      for (const { account, lastUsedAt } of accounts.serving(provider.name)) {
        if (first-- <= 0) break
        const old = lastUsedAt !== undefined && clock.now() - lastUsedAt < LIST_TTL_MS && catalog.hasList(account)
        if ((old || (untold && !catalog.hasList(account))) && catalog.isDue(account)) void this.#queue.read(account, 'background')
      }
    }
    this.#timer = clock.timer(LOOK_MS, () => this.#look())
  }

  #due(accounts: readonly Account[]): readonly Account[] {
    return accounts.filter(account => this.#deps.catalog.isDue(account))
  }

  /** Accounts of the providers that a name does not rule out whose lists are due; takes in who came since. */
  #dueOf(name: string, isMeant: (provider: Provider) => boolean): readonly Account[] {
    const { catalog, providers, accounts } = this.#deps
    const { provider: wanted } = catalog.split(name)
    const due: Account[] = []
    for (const provider of providers.values()) {
      if ((wanted !== undefined && wanted !== provider.name) || !isMeant(provider)) continue
      let first = sampleOf(provider)
      for (const { account } of accounts.serving(provider.name)) {
        if (first-- <= 0) break
        catalog.note(account)
        if (!this.#slow.has(account.id) && catalog.isDue(account)) due.push(account)
      }
    }
    return due
  }

  #await(due: readonly Account[]): Promise<void> | undefined {
    return due.length === 0 ? undefined : this.#patiently(this.#queue.readAll(due), due)
  }

  async #patiently(reading: Promise<void>, accounts: readonly Account[]): Promise<void> {
    const patience = new AbortController()
    const late = sleep(this.#deps.clock, PATIENCE_MS, patience.signal).then(
      () => true,
      () => false,
    )
    const inTime = reading.then(() => false)
    if (await Promise.race([inTime, late])) {
      for (const { id } of accounts) this.#slow.add(id)
      void inTime.then(() => {
        for (const { id } of accounts) this.#slow.delete(id)
      })
    } else patience.abort()
  }
}

/** Whether nothing but its accounts' lists says which models a provider has. */
function isUntold({ catalog }: Provider): boolean {
  return catalog === undefined || catalog.models.length === 0
}

function sampleOf(provider: Provider | undefined): number {
  return provider === undefined || isUntold(provider) ? UNTOLD_SAMPLE : SAMPLE
}

/** So many of them, from all over the list: accounts of one plan often stand together. The same ones each time. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)] as T)
}
