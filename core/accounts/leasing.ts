import type { Call } from '../contract/call.ts'
import type { Egress, Lease, ModelRouter } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError, type Remedy } from '../errors/gateway-error.ts'
import type { AccountReadiness } from './account-readiness.ts'
import type { AccountEntry } from './entry.ts'
import { Pace } from './pace.ts'
import { type LeaseDeps, PoolLease, Slot } from './pool-lease.ts'
import type { Roster } from './roster.ts'
import type { RulesInForce } from './rules-in-force.ts'
import type { Wanted } from './search.ts'
import type { Selection } from './selection.ts'
import { countServing } from './serving-count.ts'
import { callerUnknown, ownUnavailable, unavailable } from './unavailable.ts'
import { Busy, type Choice } from './verdict.ts'
import type { WaitingLines } from './waiting-lines.ts'

/** Accounts that turn out unusable while one lease is prepared; then the client is told instead of tried further. */
const PREPARATIONS_PER_LEASE = 4

const NOBODY: ReadonlySet<string> = new Set()

/** An account with its slot taken. */
export interface Place {
  readonly choice: Choice
  readonly slot: Slot
}

export interface LeasingDeps {
  readonly selection: Selection
  readonly lines: WaitingLines<Place>
  readonly rules: RulesInForce
  readonly readiness: AccountReadiness
  readonly roster: Roster
  readonly egress: Egress
  readonly router: ModelRouter
  readonly lease: LeaseDeps
  readonly now: () => number
  /** The account that a caller brought along. */
  readonly ownOf: (tenant: string) => AccountEntry | undefined
}

/** From a call to a lease: choose, wait where all are busy, take the place, make the account ready. */
export class Leasing {
  readonly #deps: LeasingDeps

  constructor(deps: LeasingDeps) {
    this.#deps = deps
  }

  lease(call: Call): Promise<Lease> {
    return call.principal.tenant === undefined ? this.#leaseShared(call) : this.#leaseOwn(call, call.principal.tenant)
  }

  async renew(lease: Lease, remedy: Remedy): Promise<Lease> {
    if (!(lease instanceof PoolLease)) throw new GatewayError('internal', 'a lease of another pool cannot be renewed here')
    const { readiness, egress } = this.#deps
    await readiness.mend(lease.choice.entry, { generation: lease.account.generation, remedy })
    return lease.renewed(egress.clientFor(lease.choice.entry.account))
  }

  async #leaseShared(call: Call): Promise<Lease> {
    const { selection } = this.#deps
    const passed = new Set<string>()
    const { request, trail } = call
    const wanted = { model: request.model, caller: call, trail, passed }
    const seek = () => this.#take(selection.choose(wanted))
    let cause: GatewayError | undefined
    while (passed.size < PREPARATIONS_PER_LEASE) {
      const found = this.#inTurn(seek)
      const place = found instanceof Busy ? await this.#wait(found, call, { seek, alike: trail.length === 0 && passed.size === 0 }) : found
      if (!place) break
      try {
        return await this.#prepared(call, place)
      } catch (error) {
        cause = GatewayError.from(error)
        if (cause.code === 'cancelled') throw cause
        passed.add(place.choice.entry.id)
      }
    }
    throw this.#unavailable(call, cause)
  }

  async #leaseOwn(call: Call, tenant: string): Promise<Lease> {
    const { roster, selection, ownOf } = this.#deps
    const entry = ownOf(tenant)
    if (!entry) throw callerUnknown()
    const wanted = { model: call.request.model, caller: call, trail: call.trail, passed: NOBODY }
    const seek = () => {
      roster.refreshState(entry)
      return this.#take(selection.chooseOwn(entry, wanted))
    }
    const found = this.#inTurn(seek)
    const place = found instanceof Busy ? await this.#wait(found, call, { seek, alike: false }) : found
    if (place) return this.#prepared(call, place)
    throw this.#ownUnavailable(entry, wanted)
  }

  /** Whoever came earlier has the first right to what is free. */
  #inTurn(seek: () => Place | Busy | undefined): Place | Busy | undefined {
    const { lines } = this.#deps
    if (!lines.isEmpty) lines.serve()
    return seek()
  }

  /** @param alike nothing has been tried yet: all calls for the same model are then served by the same accounts */
  #wait(busy: Busy, { request, signal }: Call, { seek, alike }: { readonly seek: () => Place | Busy | undefined; readonly alike: boolean }) {
    return this.#deps.lines.wait(busy, { seek, signal, ...(alike && { kind: request.model }) })
  }

  #take(found: Choice | Busy | undefined): Place | Busy | undefined {
    if (found === undefined || found instanceof Busy) return found
    const { rules, lease, now } = this.#deps
    const { entry, provider } = found
    const { pacing } = rules.of(provider.name)
    if (pacing) (entry.pace ??= new Pace()).started(pacing, now())
    return { choice: found, slot: new Slot(entry, lease) }
  }

  #prepared(call: Call, place: Place): Promise<Lease> | Lease {
    const waiting = this.#deps.readiness.ensure(place.choice.entry)
    if (!waiting) return this.#lease(call, place)
    return unlessGone(waiting, call.signal).then(
      () => this.#lease(call, place),
      (error: unknown) => {
        place.slot.release()
        throw error
      },
    )
  }

  #lease(call: Call, { choice, slot }: Place): PoolLease {
    const { egress, lease } = this.#deps
    const place = { call: call.id, attempt: call.trail.length + 1 }
    return new PoolLease({ choice, slot, place, http: egress.clientFor(choice.entry.account) }, lease)
  }

  #unavailable(call: Call, cause: GatewayError | undefined): GatewayError {
    const { router, roster, selection, now } = this.#deps
    const name = call.request.model
    const providers = [...selection.providers(name)]
    const serves = (provider: Provider, entry: AccountEntry) => {
      const model = router.resolve(provider, entry.account, name)
      return model !== undefined && entry.refusal(model, now())?.code !== 'model_not_offered'
    }
    const served = providers.some(provider => {
      for (const entry of roster.group(provider.name)?.members() ?? []) if (serves(provider, entry)) return true
      return false
    })
    const emptyUntil = () => {
      let earliest = Number.POSITIVE_INFINITY
      for (const provider of providers) {
        for (const entry of roster.group(provider.name)?.members() ?? []) {
          const model = router.resolve(provider, entry.account, name)
          const refusal = model === undefined ? undefined : entry.refusal(model, now())
          if (refusal?.code === 'model_quota_exhausted') earliest = Math.min(earliest, refusal.until)
        }
      }
      return earliest
    }
    const groups = providers.flatMap(provider => {
      const group = roster.group(provider.name)
      return group ? [{ provider, group }] : []
    })
    const present = groups.reduce((total, { group }) => total + group.size, 0)
    const serving = groups.map(({ provider, group }) => countServing(group, entry => serves(provider, entry)))
    const usable = providers.flatMap(provider => provider.catalog?.models.map(card => card.id) ?? [])
    return unavailable({ model: name, present, serving, served, usable, cause, emptyUntil, now: now() })
  }

  #ownUnavailable(entry: AccountEntry, wanted: Wanted): GatewayError {
    const { selection, now } = this.#deps
    const { model: name } = wanted
    const verdict = selection.judge(entry, wanted)
    const served = !('obstacle' in verdict) || !(verdict.obstacle === 'not-served' || (verdict.obstacle === 'refused' && verdict.code === 'model_not_offered'))
    const provider = [...selection.providers(name)].find(({ name: each }) => each === entry.account.provider)
    return ownUnavailable({ model: name, served, usable: provider?.catalog?.models.map(card => card.id) ?? [], health: entry.health, now: now() })
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
