import type { Lane } from '../contract/account.ts'
import type { AttemptRecord, Call } from '../contract/call.ts'
import type { ModelRouter } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { CODES } from '../errors/codes.ts'
import type { AccountEntry } from './entry.ts'
import { asksForNextLane, chooseLane, type LaneView, nextLane } from './lane-health.ts'
import type { Roster } from './roster.ts'
import type { Strategy } from './strategy.ts'

/** One call may use one account this often. */
const TRIES_PER_ACCOUNT = 3

export interface Choice {
  readonly provider: Provider
  readonly entry: AccountEntry
  readonly lane: Lane
  /** The provider's own id. */
  readonly model: string
}

export interface SelectionDeps {
  readonly roster: Roster
  readonly providers: ReadonlyMap<string, Provider>
  readonly router: ModelRouter
  readonly strategy: Strategy
  readonly random: () => number
  readonly now: () => number
}

interface Tries {
  count: number
  readonly lanes: Set<string>
  last: AttemptRecord
}

const NO_TRIES: ReadonlyMap<string, Tries> = new Map()
const NO_LANES: ReadonlySet<string> = new Set()

/** One call's search: what it has tried, and what must not be tried in this search. */
interface Search {
  readonly name: string
  readonly tries: ReadonlyMap<string, Tries>
  readonly passed: ReadonlySet<string>
  readonly now: number
}

/**
 * Chooses who serves the next attempt. Looks at accounts from where the strategy says until one fits, so that with
 * thousands of accounts the first one looked at is usually the one.
 */
export class Selection {
  readonly #deps: SelectionDeps
  #turn = 0

  constructor(deps: SelectionDeps) {
    this.#deps = deps
  }

  /** @param passed accounts that were found unusable while this attempt was being prepared */
  choose(call: Call, passed: ReadonlySet<string>): Choice | undefined {
    const search = this.#search(call, passed)
    const providers = this.providers(search.name)
    return (
      this.#onNextLane(call, search) ??
      this.#amongUntried(providers, search, 'ready') ??
      this.#again(call, search, 'ready') ??
      // Nobody is well: the upstream may have recovered, and an answer of its own is worth more than ours.
      this.#amongUntried(providers, search, 'unhealthy') ??
      this.#again(call, search, 'unhealthy')
    )
  }

  /** The one account of a caller that brought it along. */
  chooseOwn(call: Call, entry: AccountEntry): Choice | undefined {
    const search = this.#search(call, NO_LANES)
    const { status } = entry.health
    if (entry.disabled || (status !== 'active' && status !== 'unhealthy')) return undefined
    const tries = search.tries.get(entry.id)
    if (tries && !this.#mayAgain(entry, tries, search)) return undefined
    return this.#fitting(entry, search)
  }

  /** Whether anybody but this account could serve the model now. */
  hasOther(entry: AccountEntry, name: string): boolean {
    const search: Search = { name, tries: NO_TRIES, passed: NO_LANES, now: this.#deps.now() }
    for (const provider of this.providers(name)) {
      for (const other of this.#deps.roster.group(provider.name)?.ready ?? []) {
        if (other !== entry && this.#model(provider, other, search) !== undefined) return true
      }
    }
    return false
  }

  /** Providers that a model's name does not rule out, in the order of the configuration. */
  providers(name: string): readonly Provider[] {
    const { providers, router } = this.#deps
    const { provider: wanted } = router.split(name)
    if (wanted === undefined) return [...providers.values()]
    const provider = providers.get(wanted)
    return provider ? [provider] : []
  }

  #search(call: Call, passed: ReadonlySet<string>): Search {
    return { name: call.request.model, tries: triesOf(call.trail), passed, now: this.#deps.now() }
  }

  /** Rate limits and outages belong to a lane: the same account over its next one comes first. */
  #onNextLane(call: Call, search: Search): Choice | undefined {
    const last = call.trail.at(-1)
    if (!last || last.outcome === 'ok' || !asksForNextLane(last.outcome)) return undefined
    const entry = this.#deps.roster.get(last.account)
    const tries = search.tries.get(last.account)
    const provider = this.#deps.providers.get(last.provider)
    if (!entry || !tries || !provider || entry.bin === 'away' || tries.count >= TRIES_PER_ACCOUNT || search.passed.has(entry.id)) return undefined
    const model = this.#model(provider, entry, search)
    const lane = nextLane(laneView(entry, provider, { used: tries.lanes, now: search.now }), { lane: last.lane, code: last.outcome })
    return model === undefined || !lane ? undefined : { provider, entry, lane, model }
  }

  #amongUntried(providers: readonly Provider[], search: Search, bin: 'ready' | 'unhealthy'): Choice | undefined {
    const { roster, strategy, random } = this.#deps
    for (const provider of providers) {
      const list = roster.group(provider.name)?.[bin] ?? []
      const { length } = list
      if (length === 0) continue
      const start = strategy(list, this.#turn++, random)
      for (let step = 0; step < length; step++) {
        const entry = list[(start + step) % length] as AccountEntry
        if (search.tries.has(entry.id)) continue
        const choice = this.#fitting(entry, search)
        if (choice) return choice
      }
    }
    return undefined
  }

  /** Accounts that this call has tried already, the least tried first. */
  #again(call: Call, search: Search, bin: 'ready' | 'unhealthy'): Choice | undefined {
    if (call.trail.length === 0) return undefined
    const sorted = [...search.tries].sort(([, one], [, other]) => one.count - other.count)
    for (const [id, tries] of sorted) {
      const entry = this.#deps.roster.get(id)
      if (entry?.bin !== bin || !this.#mayAgain(entry, tries, search)) continue
      const choice = this.#fitting(entry, search)
      if (choice) return choice
    }
    return undefined
  }

  #mayAgain(entry: AccountEntry, tries: Tries, search: Search): boolean {
    if (tries.count >= TRIES_PER_ACCOUNT) return false
    const { outcome } = tries.last
    if (outcome === 'ok') return true
    const { scope } = CODES[outcome]
    switch (scope) {
      case 'model':
      case 'provider':
      case 'network':
        return true
      case 'lane':
      case 'account': {
        // Another lane may do where this one would not; the same one would not do again.
        const provider = this.#deps.providers.get(entry.account.provider)
        const view = provider && laneView(entry, provider, { used: tries.lanes, now: search.now })
        return view !== undefined && asksForNextLane(outcome) && nextLane(view, { lane: tries.last.lane, code: outcome }) !== undefined
      }
      case 'offer': {
        const provider = this.#deps.providers.get(entry.account.provider)
        return provider !== undefined && this.#model(provider, entry, search) !== tries.last.model
      }
      case 'request':
      case 'gateway':
        return false
      default:
        return scope satisfies never
    }
  }

  #fitting(entry: AccountEntry, search: Search): Choice | undefined {
    if (search.passed.has(entry.id)) return undefined
    const provider = this.#deps.providers.get(entry.account.provider)
    const model = provider && this.#model(provider, entry, search)
    if (!provider || model === undefined) return undefined
    const lane = chooseLane(laneView(entry, provider, { used: search.tries.get(entry.id)?.lanes ?? NO_LANES, now: search.now }))
    return lane && { provider, entry, lane, model }
  }

  #model(provider: Provider, entry: AccountEntry, search: Search): string | undefined {
    const model = this.#deps.router.resolve(provider, entry.account, search.name)
    return model === undefined || entry.refuses(model, search.now) ? undefined : model
  }
}

function triesOf(trail: readonly AttemptRecord[]): ReadonlyMap<string, Tries> {
  if (trail.length === 0) return NO_TRIES
  const tries = new Map<string, Tries>()
  for (const record of trail) {
    const known = tries.get(record.account)
    if (known) {
      known.count++
      known.lanes.add(record.lane)
      known.last = record
    } else {
      tries.set(record.account, { count: 1, lanes: new Set([record.lane]), last: record })
    }
  }
  return tries
}

function laneView(entry: AccountEntry, provider: Provider, { used, now }: { readonly used: ReadonlySet<string>; readonly now: number }): LaneView {
  return { lanes: entry.lanes(provider), health: lane => entry.laneHealth(lane.id), used, now }
}
