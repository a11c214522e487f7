import type { AccountStatus } from '../contract/account.ts'
import { DueQueue } from './due-queue.ts'
import type { AccountEntry } from './entry.ts'
import { TierList } from './tier-list.ts'

/** Below every priority that can be set: who has no weight serves where nobody else can. */
const WEIGHTLESS = -1_000_000

/** One provider's accounts that anybody may use, sorted by whether they can serve: choosing one never looks at the others. */
export class AccountGroup {
  readonly ready = new TierList()
  /** The upstream failed them several times: used when nobody is ready. */
  readonly unhealthy = new TierList()
  /** Accounts that come back by themselves, by the time of it. */
  readonly returns = new DueQueue<AccountEntry>()
  readonly #statuses = new Map<AccountStatus, number>()
  readonly #members = new Map<AccountEntry, AccountStatus>()
  #came = 0

  get size(): number {
    return this.#members.size
  }

  count(status: AccountStatus): number {
    return this.#statuses.get(status) ?? 0
  }

  members(): IterableIterator<AccountEntry> {
    return this.#members.keys()
  }

  /** Puts an account where its state belongs. */
  settle(entry: AccountEntry): void {
    const status = entry.disabled ? 'disabled' : entry.health.status
    this.#tally(entry, status)
    this.returns.set(entry, entry.disabled ? Infinity : (entry.health.until ?? Infinity))
    this.#move(entry, binOf(entry, status))
  }

  remove(entry: AccountEntry): void {
    this.#tally(entry, undefined)
    this.returns.delete(entry)
    this.#move(entry, 'away')
  }

  #tally(entry: AccountEntry, status: AccountStatus | undefined): void {
    const before = this.#members.get(entry)
    if (before === status) return
    if (before === undefined) entry.order = this.#came++
    if (before) this.#statuses.set(before, this.count(before) - 1)
    if (status) {
      this.#statuses.set(status, this.count(status) + 1)
      this.#members.set(entry, status)
    } else {
      this.#members.delete(entry)
    }
  }

  #move(entry: AccountEntry, bin: AccountEntry['bin']): void {
    const { priority = 0, weight: share = 1 } = entry.account.settings
    const weight = share > 0 ? share : 1
    const rank = share > 0 ? priority : WEIGHTLESS + priority
    if (entry.bin === bin && entry.rank === rank && entry.weight === weight) return
    if (entry.bin !== 'away') this[entry.bin].remove(entry)
    entry.bin = bin
    entry.rank = rank
    entry.weight = weight
    if (bin !== 'away') this[bin].add(entry)
  }
}

function binOf(entry: AccountEntry, status: AccountStatus): AccountEntry['bin'] {
  switch (status) {
    case 'active':
      if (!entry.probing) return 'ready'
      return entry.probation === 'strict' ? 'away' : 'unhealthy'
    case 'unhealthy':
      return 'unhealthy'
    case 'cooldown':
    case 'exhausted':
    case 'suspended':
    case 'invalid':
    case 'disabled':
      return 'away'
    default:
      return status satisfies never
  }
}
