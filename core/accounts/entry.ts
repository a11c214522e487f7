import type { ErrorCode } from '../errors/codes.ts'
import type { Account, AccountFault, AccountState, AccountUsage, Lane, QuotaReading } from '../contract/account.ts'
import type { AccountOrigin } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { Probation } from './health.ts'
import { type LaneHealth, WELL_LANE } from './lane-health.ts'
import type { Pace } from './pace.ts'
import { RecentOutcomes } from './recent-outcomes.ts'
import type { AccountRecord } from './repository.ts'
import type { TokenTimes } from './token-life.ts'

export interface Refusal {
  readonly code: ErrorCode
  readonly until: number
}

/** One account in memory: the only mutable thing about accounts, changed by the roster, the refresher and the pool. */
export class AccountEntry {
  account: Account
  readonly origin: AccountOrigin
  health: AccountState
  healthEpoch: number
  /** Health as the store had it when it was last read or written there: another one in it is another process's word. */
  storedHealth: AccountState
  /** The store's revision of that. */
  storedRevision = 0
  /** Whether `health` has yet to be written down. */
  unsavedHealth = false
  disabled: AccountRecord['disabled']
  times: TokenTimes
  /** A spent credential is kept in the store until this one has worked. */
  hasPrevious: boolean

  inFlight = 0
  /** Counted by its slots and reports; the store keeps it. */
  readonly usage: { -readonly [Count in keyof AccountUsage]: AccountUsage[Count] } = { requests: 0, successes: 0, failures: 0 }
  /** How it fared lately, unlike the usage since ever. */
  readonly recent = new RecentOutcomes()
  /** As last read from the provider. */
  quota?: QuotaReading
  /** The last failure that was not its client's. */
  lastFault?: AccountFault
  /** When it was asked lately; absent while its provider's configuration sets no pace. */
  pace?: Pace
  /** Back from a rest, but not trusted until a request has succeeded. */
  probation: Probation | undefined
  /** That one request is under way. */
  probing = false
  /** Generation that a forced renewal brought and that has not worked yet: refused as well, it is no longer a matter of time. */
  unproven: number | undefined

  /** Where it stands in its group; kept by the group. */
  bin: 'ready' | 'unhealthy' | 'away' = 'away'
  /** Accounts of a higher one are asked first. */
  rank = 0
  /** Its place among the group's accounts, by when they came. */
  order = -1
  /** As its settings were when it was placed. */
  weight = 1
  /** Turns that it has had, each divided by its weight: who has the least is due. */
  turns = 0

  readonly #lanes = new Map<string, LaneHealth>()
  /** Models that this account was refused, with the end of our memory of it. */
  readonly #refusals = new Map<string, Refusal>()
  #laneList: { readonly account: Account; readonly provider: Provider; readonly lanes: readonly Lane[] } | undefined

  constructor(record: AccountRecord, account: Account, token: { readonly times: TokenTimes; readonly hasPrevious: boolean }) {
    this.account = account
    this.origin = record.origin
    this.health = record.health
    this.healthEpoch = record.healthEpoch
    this.storedHealth = record.health
    this.disabled = record.disabled
    this.times = token.times
    this.hasPrevious = token.hasPrevious
  }

  get id(): string {
    return this.account.id
  }

  noteStored(health: AccountState, revision: number): void {
    this.storedHealth = health
    this.storedRevision = revision
  }

  lanes(provider: Provider): readonly Lane[] {
    const known = this.#laneList
    if (known?.account === this.account && known.provider === provider) return known.lanes
    // What is kept for a provider has its credential's type.
    const given = provider.lanes?.(this.account as never) ?? []
    const lanes = given.length > 0 ? given : [{ id: provider.name, origin: '' }]
    this.#laneList = { account: this.account, provider, lanes }
    return lanes
  }

  laneHealth(lane: string): LaneHealth {
    return this.#lanes.get(lane) ?? WELL_LANE
  }

  setLaneHealth(lane: string, health: LaneHealth): void {
    if (health === WELL_LANE) this.#lanes.delete(lane)
    else this.#lanes.set(lane, health)
  }

  clearLanes(): void {
    this.#lanes.clear()
  }

  refuses(model: string, now: number): boolean {
    return this.refusal(model, now) !== undefined
  }

  /** With which words the model was refused and until when that is remembered. */
  refusal(model: string, now: number): Refusal | undefined {
    const refusal = this.#refusals.get(model)
    if (refusal === undefined) return undefined
    if (refusal.until > now) return refusal
    this.#refusals.delete(model)
    return undefined
  }

  refuse(model: string, code: ErrorCode, until: number): void {
    this.#refusals.set(model, { code, until })
  }

  accept(model: string): void {
    this.#refusals.delete(model)
  }
}
