import type { AccountFault, Quota, QuotaReading } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBus } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import type { Egress } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { CODES } from '../errors/codes.ts'
import type { GatewayError } from '../errors/gateway-error.ts'
import type { Store } from '../store/store.ts'
import type { AccountReadiness } from './account-readiness.ts'
import type { AccountEntry } from './entry.ts'
import { HealthAlarms } from './health-alarms.ts'
import { HealthScan } from './health-scan.ts'
import { QuotaStore } from './quota-store.ts'
import { QuotaWatch } from './quota-watch.ts'
import type { LoadedAccount } from './repository.ts'
import type { Roster } from './roster.ts'
import type { SteadyTime } from './steady-time.ts'
import { Timeline } from './timeline.ts'
import { TimelineStore } from './timeline-store.ts'
import { UsageJournal } from './usage-journal.ts'
import { UsageStore } from './usage-store.ts'

export interface KnowledgeDeps {
  readonly store: Store
  readonly roster: Roster
  readonly providers: ReadonlyMap<string, Provider>
  readonly egress: Egress
  readonly clock: Clock
  readonly time: SteadyTime
  readonly log: Logger
  readonly events: EventBus
  readonly random: () => number
  readonly readiness: Pick<AccountReadiness, 'ensure' | 'mend'>
  /** Whether the log tells of accounts that stop; a command says so itself. */
  readonly alarms: boolean
}

/** What is found out about a pool's accounts while it serves: quota, use, history. Nothing here is on a request's way. */
export class AccountKnowledge {
  readonly #quotas: QuotaWatch
  readonly #usage: UsageJournal
  readonly #timeline: Timeline
  readonly #scan: HealthScan
  readonly #alarms: HealthAlarms | undefined
  readonly #clock: Clock

  constructor({ store, ...deps }: KnowledgeDeps) {
    this.#clock = deps.clock
    this.#quotas = new QuotaWatch({ ...deps, store: new QuotaStore({ store }) })
    const used = (entry: AccountEntry) => this.#quotas.used(entry)
    this.#usage = new UsageJournal({ ...deps, store: new UsageStore({ store }), entryOf: id => deps.roster.get(id), used })
    this.#timeline = new Timeline({ ...deps, store: new TimelineStore({ store }) })
    this.#scan = new HealthScan(deps)
    this.#alarms = deps.alarms ? new HealthAlarms(deps) : undefined
  }

  /** The pool has read its accounts. */
  open(): void {
    this.#scan.open()
  }

  /** An account came into memory, or news of it from the store. */
  take(entry: AccountEntry, { quota, usage }: Pick<LoadedAccount, 'quota' | 'usage'>): void {
    this.#usage.begin(entry, usage)
    if (quota) this.#quotas.adopt(entry, quota)
    this.#quotas.plan(entry)
  }

  forget(entry: AccountEntry): void {
    this.#quotas.forget(entry)
  }

  /**
   * Reads what is left of an account now.
   * @throws GatewayError what the provider met, or `unsupported` where it does not tell
   */
  readQuota(entry: AccountEntry): Promise<QuotaReading> {
    return this.#quotas.read(entry)
  }

  /** What an answer told of the quota. */
  observed(entry: AccountEntry, quota: Quota, startedAt: number): void {
    this.#quotas.observed(entry, quota, startedAt)
  }

  /** What an attempt failed with: kept as the account's last failure unless its client is to blame. */
  failed(entry: AccountEntry, error: GatewayError): void {
    const { scope } = CODES[error.code]
    if (scope === 'request' || scope === 'gateway') return
    entry.lastFault = { code: error.code, message: error.message, at: this.#clock.now() } satisfies AccountFault
    this.#usage.touch(entry.id)
  }

  async close(): Promise<void> {
    this.#scan.close()
    this.#alarms?.close()
    await this.#quotas.close()
    await this.#usage.close()
    await this.#timeline.close()
  }
}
