import type { Account, Lane } from '../contract/account.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { Lease } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { CODES, type ErrorCode } from '../errors/codes.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { AccountEntry } from './entry.ts'
import { healthRule, REFUSAL_MS } from './health-rules.ts'
import { bucketOf, laneAfterFailure, WELL_LANE } from './lane-health.ts'
import type { Roster } from './roster.ts'
import type { Choice } from './selection.ts'

export interface LeaseDeps {
  readonly roster: Roster
  readonly now: () => number
  /** Whether anybody else could serve the same model now. */
  readonly hasOther: () => boolean
  /** A credential has worked for the first time. */
  readonly proven: (entry: AccountEntry, generation: number) => void
}

/** An account's place for one attempt; a renewed lease is the same place. */
export class Slot {
  readonly entry: AccountEntry
  readonly startedAt: number
  readonly #roster: Roster
  readonly #probe: boolean
  #free = false

  constructor(entry: AccountEntry, deps: Pick<LeaseDeps, 'roster' | 'now'>) {
    this.entry = entry
    this.startedAt = deps.now()
    this.#roster = deps.roster
    this.#probe = entry.probation !== undefined && !entry.probing
    entry.inFlight++
    if (this.#probe) {
      entry.probing = true
      this.#roster.refreshState(entry)
    }
  }

  release(): void {
    if (this.#free) return
    this.#free = true
    this.entry.inFlight--
    this.settled()
  }

  /** What the probe was to find out is known, or will not be. */
  settled(): void {
    if (!this.#probe || !this.entry.probing) return
    this.entry.probing = false
    this.#roster.refreshState(this.entry)
  }
}

/** One attempt's hold on an account: what it reports changes the account's state, and nothing else does. */
export class PoolLease implements Lease {
  readonly provider: Provider
  readonly account: Account
  readonly lane: Lane
  readonly model: string
  readonly http: HttpClient
  readonly choice: Choice
  readonly slot: Slot
  readonly #deps: LeaseDeps

  constructor(parts: { readonly choice: Choice; readonly slot: Slot; readonly http: HttpClient }, deps: LeaseDeps) {
    this.choice = parts.choice
    this.provider = parts.choice.provider
    this.account = parts.choice.entry.account
    this.lane = parts.choice.lane
    this.model = parts.choice.model
    this.http = parts.http
    this.slot = parts.slot
    this.#deps = deps
  }

  /** The same place with the account as it is now. */
  renewed(http: HttpClient): PoolLease {
    return new PoolLease({ choice: this.choice, slot: this.slot, http }, this.#deps)
  }

  succeeded(): void {
    const { entry } = this.choice
    entry.accept(this.model)
    entry.setLaneHealth(this.lane.id, WELL_LANE)
    if (entry.unproven !== undefined && this.account.generation >= entry.unproven) entry.unproven = undefined
    this.#deps.proven(entry, this.account.generation)
    this.#deps.roster.apply(entry, { kind: 'success', startedAt: this.slot.startedAt })
    this.slot.settled()
  }

  failed(error: GatewayError): void {
    const { entry, provider } = this.choice
    const now = this.#deps.now()
    const { scope } = CODES[error.code]
    if (scope === 'offer') entry.refuse(this.model, error.code, now + REFUSAL_MS)
    this.#noteLane(error, now)
    const code = this.#codeForAccount(error, entry.lanes(provider))
    if (code !== undefined) {
      const { retryAfterMs } = error
      const alone = code === 'account_rate_limited' && !this.#deps.hasOther()
      this.#deps.roster.apply(entry, { kind: 'failure', code, startedAt: this.slot.startedAt, alone, ...(retryAfterMs !== undefined && { retryAfterMs }) })
    }
    this.slot.settled()
  }

  release(): void {
    this.slot.release()
  }

  #noteLane(error: GatewayError, now: number): void {
    const { entry, provider } = this.choice
    const restMs = limitRest(error)
    for (const lane of entry.lanes(provider)) {
      const struck = lane.id === this.lane.id || (error.code === 'account_rate_limited' && bucketOf(lane) === bucketOf(this.lane))
      if (struck) entry.setLaneHealth(lane.id, laneAfterFailure(entry.laneHealth(lane.id), { code: error.code, restMs }, now))
    }
  }

  /** What the failure means for the account as a whole, if anything. */
  #codeForAccount(error: GatewayError, lanes: readonly Lane[]): ErrorCode | undefined {
    const { entry } = this.choice
    const now = this.#deps.now()
    switch (error.code) {
      case 'account_rate_limited':
        // Each bucket has a limit of its own: the account rests when none is left.
        return lanes.every(lane => entry.laneHealth(lane.id).until > now) ? error.code : undefined
      case 'lane_unavailable':
        return lanes.length === 1 ? 'upstream_failed' : undefined
      case 'token_rejected':
        // Of an older credential it says nothing of this one; of one not renewed yet, that it is time to.
        return entry.unproven === this.account.generation && entry.account.generation === this.account.generation ? error.code : undefined
      default:
        return error.code
    }
  }
}

function limitRest(error: GatewayError): number {
  const rule = healthRule('account_rate_limited')
  if (rule.effect !== 'rest') return 0
  return error.retryAfterMs === undefined ? rule.restMs : Math.min(Math.max(error.retryAfterMs, rule.atLeastMs), rule.capMs)
}
