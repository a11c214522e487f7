import type { ModelRouter } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { AccountEntry } from './entry.ts'
import { chooseLane, type LaneView } from './lane-health.ts'
import type { RulesInForce } from './rules-in-force.ts'
import type { Search } from './search.ts'
import { BEHIND, NO_LANE, NO_PROVIDER, NOT_SERVED, PASSED, type Verdict } from './verdict.ts'

const NONE: ReadonlySet<string> = new Set()

export interface JudgeDeps {
  readonly providers: ReadonlyMap<string, Provider>
  readonly router: ModelRouter
  readonly rules: RulesInForce
}

/** Everything that is asked of one account, apart from its state, before it serves: the one place where it is asked. */
export class Judge {
  readonly #deps: JudgeDeps

  constructor(deps: JudgeDeps) {
    this.#deps = deps
  }

  judge(entry: AccountEntry, search: Search): Verdict {
    if (search.passed.has(entry.id)) return PASSED
    const { providers, router, rules } = this.#deps
    const provider = providers.get(entry.account.provider)
    if (!provider) return NO_PROVIDER
    const model = router.resolve(provider, entry.account, search.asked)
    if (model === undefined) return NOT_SERVED
    if (!search.guessing && router.standing(provider, entry.account, search.asked) === 'behind') {
      search.behind = true
      return BEHIND
    }
    const refusal = entry.refusal(model, search.now)
    if (refusal) return { obstacle: 'refused', ...refusal }
    const { pacing, affinity } = rules.of(provider.name)
    if (pacing) {
      const until = entry.inFlight >= pacing.maxInFlight ? Infinity : (entry.pace?.freeAt(pacing) ?? 0)
      if (until > search.now) return { obstacle: 'busy', until }
    }
    const lane = chooseLane(laneView(entry, provider, { used: search.tries.get(entry.id)?.lanes ?? NONE, now: search.now }))
    if (!lane) return NO_LANE
    // A lane that rests is the answer only where none is well.
    const rests = search.tired ? 0 : entry.laneHealth(lane.id).until
    if (rests > search.now) return { obstacle: 'tired', until: rests }
    const { asked, session } = search
    return affinity && session !== undefined ? { provider, entry, lane, model, asked, session } : { provider, entry, lane, model, asked }
  }
}

export function laneView(entry: AccountEntry, provider: Provider, { used, now }: { readonly used: ReadonlySet<string>; readonly now: number }): LaneView {
  return { lanes: entry.lanes(provider), health: lane => entry.laneHealth(lane.id), used, now }
}
