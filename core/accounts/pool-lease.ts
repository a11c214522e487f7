import type { Account, Lane, Quota } from '../contract/account.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { Lease } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { CODES, type ErrorCode } from '../errors/codes.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { AccountKnowledge } from './account-knowledge.ts'
import type { AccountEntry } from './entry.ts'
import { healthRule, refusalMs } from './health-rules.ts'
import { bucketOf, laneAfterFailure, WELL_LANE } from './lane-health.ts'
import type { Roster } from './roster.ts'
import type { SessionAffinity } from './session-affinity.ts'
import type { Choice } from './verdict.ts'

/** One for all leases of a pool: leasing makes nothing but the lease. */
export interface LeaseDeps {
  readonly roster: Roster
  readonly affinity: Pick<SessionAffinity, 'bind'>
  readonly now: () => number
  /** Whether anybody else could serve the same model now. */
  readonly hasOther: (entry: AccountEntry, asked: string) => boolean
  /** A credential has worked for the first time. */
  readonly proven: (entry: AccountEntry, generation: number) => void
  readonly knowledge: Pick<AccountKnowledge, 'failed' | 'observed'>
  /** A place is free again. */
  readonly freed: () => void
}

type SlotDeps = Pick<LeaseDeps, 'roster' | 'now' | 'freed'>

/** An account's place for one attempt; a renewed lease is the same place. */
export class Slot {
  readonly entry: AccountEntry
  readonly startedAt: number
  readonly #deps: SlotDeps
  readonly #probe: boolean
  #free = false

  constructor(entry: AccountEntry, deps: SlotDeps) {
    this.entry = entry
    this.startedAt = deps.now()
    this.#deps = deps
    this.#probe = entry.probation !== undefined && !entry.probing
    entry.inFlight++
    entry.usage.requests++
    entry.usage.lastUsedAt = this.startedAt
    if (this.#probe) {
      entry.probing = true
      deps.roster.refreshState(entry)
    }
  }

  release(): void {
    if (this.#free) return
    this.#free = true
    this.entry.inFlight--
    this.settled()
    this.#deps.freed()
  }

  /** What the probe was to find out is known, or will not be. */
  settled(): void {
    if (!this.#probe || !this.entry.probing) return
    this.entry.probing = false
    this.#deps.roster.refreshState(this.entry)
  }
}

/** Which attempt of which request a lease is for: an account's history names it. */
interface AttemptPlace {
  readonly call: string
  readonly attempt: number
}

interface LeaseParts {
  readonly choice: Choice
  readonly slot: Slot
  readonly place: AttemptPlace
  readonly http: HttpClient
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
  readonly #place: AttemptPlace
  readonly #deps: LeaseDeps

  constructor(parts: LeaseParts, deps: LeaseDeps) {
    this.choice = parts.choice
    this.provider = parts.choice.provider
    this.account = parts.choice.entry.account
    this.lane = parts.choice.lane
    this.model = parts.choice.model
    this.http = parts.http
    this.slot = parts.slot
    this.#place = parts.place
    this.#deps = deps
  }

  /** The same place with the account as it is now. */
  renewed(http: HttpClient): PoolLease {
    return new PoolLease({ choice: this.choice, slot: this.slot, place: this.#place, http }, this.#deps)
  }

  succeeded(): void {
    const { entry, session } = this.choice
    if (session !== undefined) this.#deps.affinity.bind(session, entry.id, this.#deps.now())
    entry.usage.successes++
    entry.recent.note('success')
    entry.accept(this.model)
    entry.setLaneHealth(this.lane.id, WELL_LANE)
    if (entry.unproven !== undefined && this.account.generation >= entry.unproven) entry.unproven = undefined
    this.#deps.proven(entry, this.account.generation)
    this.#deps.roster.apply(entry, { kind: 'success', startedAt: this.slot.startedAt })
    this.slot.settled()
  }

  observed(quota: Quota): void {
    this.#deps.knowledge.observed(this.choice.entry, quota, this.slot.startedAt)
  }

  failed(error: GatewayError): void {
    const { entry, provider, asked } = this.choice
    this.#deps.knowledge.failed(entry, error)
    const now = this.#deps.now()
    const { scope } = CODES[error.code]
    if (scope === 'offer') entry.refuse(this.model, error.code, now + refusalMs(error.code, error.retryAfterMs))
    this.#noteLane(error, now)
    const code = this.#codeForAccount(error, entry.lanes(provider))
    if (code !== undefined) {
      const { retryAfterMs } = error
      const alone = code === 'account_rate_limited' && (entry.account.owner !== undefined || !this.#deps.hasOther(entry, asked))
      if (CODES[code].scope === 'account') {
        entry.usage.failures++
        entry.recent.note('failure')
      }
      this.#deps.roster.apply(entry, {
        ...{ kind: 'failure', code, startedAt: this.slot.startedAt, alone, detail: error.message },
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        ...this.#place,
      })
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
    const { entry, provider } = this.choice
    const now = this.#deps.now()
    switch (error.code) {
      case 'account_rate_limited':
        // Each bucket has a limit of its own: the account rests when none is left.
        return lanes.every(lane => entry.laneHealth(lane.id).until > now) ? error.code : undefined
      case 'lane_unavailable':
        return lanes.length === 1 ? 'upstream_failed' : undefined
      case 'token_rejected':
        // Of an older credential it says nothing of this one; of one not renewed yet, that it is time to, if it can be.
        if (entry.account.generation !== this.account.generation) return undefined
        return entry.unproven === this.account.generation || !isRenewable(provider, entry) ? error.code : undefined
      default:
        return error.code
    }
  }
}

/** An API key that is refused stays refused. */
function isRenewable(provider: Provider, { times }: AccountEntry): boolean {
  const endless = provider.lifetime !== undefined && times.endsAt === Infinity
  return provider.refreshToken !== undefined && !endless
}

function limitRest(error: GatewayError): number {
  const rule = healthRule('account_rate_limited')
  if (rule.effect !== 'rest') return 0
  return error.retryAfterMs === undefined ? rule.restMs : Math.min(Math.max(error.retryAfterMs, rule.atLeastMs), rule.capMs)
}
