import type { ModelRouter } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { CODES } from '../errors/codes.ts'
import type { TierView } from './account-tier.ts'
import type { AccountEntry } from './entry.ts'
import { Judge, laneView } from './judge.ts'
import { asksForNextLane, nextLane } from './lane-health.ts'
import type { Roster } from './roster.ts'
import type { RulesInForce } from './rules-in-force.ts'
import { noteBusy, type Search, type Wanted } from './search.ts'
import type { SessionAffinity } from './session-affinity.ts'
import { sessionKey } from './session-key.ts'
import { walkTo } from './strategies/walk.ts'
import { type Tries, triesOf } from './tries.ts'
import { type Busy, type Choice, isChoice, type Obstacle, type Verdict } from './verdict.ts'

/** One call may use one account this often. */
const TRIES_PER_ACCOUNT = 3

/** What is over in seconds: somebody else helps out, and the conversation comes back. */
const BRIEF: ReadonlySet<Obstacle['obstacle']> = new Set(['busy', 'passed', 'tired'])

export interface SelectionDeps {
  readonly roster: Roster
  readonly providers: ReadonlyMap<string, Provider>
  readonly router: ModelRouter
  readonly rules: RulesInForce
  readonly affinity: SessionAffinity
  readonly random: () => number
  readonly now: () => number
}

/**
 * Chooses who serves the next attempt, in this order: another lane of the account that just failed, the conversation's own
 * account, accounts that were not tried yet as the strategy has them, accounts tried already, and last those that are unwell.
 */
export class Selection {
  readonly #deps: SelectionDeps
  readonly #judge: Judge
  /** Drawn ahead, so that whoever asks what comes next is told the truth. */
  #chance: number

  constructor(deps: SelectionDeps) {
    this.#deps = deps
    this.#judge = new Judge(deps)
    this.#chance = deps.random()
  }

  /** Who serves, or in whose line to wait. */
  choose(wanted: Wanted): Choice | Busy | undefined {
    const search = this.#search(wanted)
    const choice = this.#seek(search)
    if (choice === undefined) return search.busy
    if (search.turnOf !== undefined) {
      search.turnOf.took(choice.entry)
      this.#chance = this.#deps.random()
    }
    return choice
  }

  /** Whom `choose` would return, without a turn being taken. */
  foresee(wanted: Wanted): Choice | undefined {
    return this.#seek(this.#search(wanted))
  }

  /** What stands against an account that is not put aside by its state, if anything. */
  judge(entry: AccountEntry, wanted: Wanted): Verdict {
    return this.#judge.judge(entry, this.#search(wanted))
  }

  /** Whether the conversation is with this account. */
  isBound(entry: AccountEntry, wanted: Wanted): boolean {
    return this.#search(wanted).bound === entry.id
  }

  /** What the strategy in force makes of an account; undefined where it does not compare them. */
  scoreOf(entry: AccountEntry): number | undefined {
    if (entry.bin === 'away') return undefined
    const tier = this.#deps.roster.group(entry.account.provider)?.[entry.bin].tierOf(entry)
    return tier && this.#walk(entry.account.provider, tier, this.#deps.now()).score?.(entry)
  }

  /** The one account of a caller that brought it along. */
  chooseOwn(entry: AccountEntry, wanted: Wanted): Choice | Busy | undefined {
    // There is nobody else to turn to.
    const search = { ...this.#search(wanted), tired: true }
    const { status } = entry.health
    if (entry.disabled || (status !== 'active' && status !== 'unhealthy')) return undefined
    const tries = search.tries.get(entry.id)
    if (tries && !this.#mayAgain(entry, tries, search)) return undefined
    return this.#fitting(entry, search) ?? search.busy
  }

  /** Whether anybody but this account could serve the model now. */
  hasOther(entry: AccountEntry, asked: string): boolean {
    const now = this.#deps.now()
    for (const provider of this.providers(asked)) {
      for (const { entries } of this.#deps.roster.group(provider.name)?.ready ?? []) {
        for (const other of entries) {
          if (other === entry) continue
          const model = this.#deps.router.resolve(provider, other.account, asked)
          if (model === undefined || other.refuses(model, now)) continue
          // Whether it has the model at all is not known.
          if (this.#deps.router.standing(provider, other.account, asked) !== 'behind') return true
        }
      }
    }
    return false
  }

  /** Providers that a model's name does not rule out, in the order of the configuration. */
  providers(name: string): Iterable<Provider> {
    const { providers, router } = this.#deps
    const { provider: wanted } = router.split(name)
    if (wanted === undefined) return providers.values()
    const provider = providers.get(wanted)
    return provider ? [provider] : []
  }

  #search({ model, caller, trail, passed, previous }: Wanted): Search {
    const now = this.#deps.now()
    const session = caller.principal.tenant === undefined ? sessionKey(caller) : undefined
    const bound = session?.continues ? this.#deps.affinity.accountOf(session.key, now) : undefined
    return {
      asked: model,
      trail,
      tries: triesOf(trail),
      passed,
      previous,
      now,
      bound,
      session: session?.key,
      tired: false,
      guessing: true,
      behind: false,
      busy: undefined,
      turnOf: undefined,
    }
  }

  #seek(search: Search): Choice | undefined {
    return (
      this.#onNextLane(search) ??
      this.#ofConversation(search) ??
      this.#amongUntried(search, 'ready') ??
      // Whoever is well has its hands full: waiting for it is better than what just failed.
      (search.busy ? undefined : this.#atLast(search))
    )
  }

  #atLast(search: Search): Choice | undefined {
    search.tired = true
    return (
      this.#amongUntried(search, 'ready') ??
      this.#again(search, 'ready') ??
      this.#amongBehind(search) ??
      // Nobody is well: the upstream may have recovered, and an answer of its own is worth more than ours.
      this.#amongUntried(search, 'unhealthy') ??
      this.#again(search, 'unhealthy')
    )
  }

  /** Rate limits and outages belong to a lane: the same account over its next one comes first. */
  #onNextLane(search: Search): Choice | undefined {
    const last = search.trail.at(-1)
    if (!last || last.outcome === 'ok' || !asksForNextLane(last.outcome)) return undefined
    const entry = this.#deps.roster.get(last.account)
    const tries = search.tries.get(last.account)
    const provider = this.#deps.providers.get(last.provider)
    if (!entry || !tries || !provider || entry.bin === 'away' || tries.count >= TRIES_PER_ACCOUNT) return undefined
    const lane = nextLane(laneView(entry, provider, { used: tries.lanes, now: search.now }), { lane: last.lane, code: last.outcome })
    const choice = lane && this.#fitting(entry, search)
    return choice && { ...choice, lane }
  }

  /** The account whose upstream has the conversation in its caches. */
  #ofConversation(search: Search): Choice | undefined {
    const { roster, rules } = this.#deps
    const entry = search.bound === undefined ? undefined : roster.get(search.bound)
    const provider = entry && this.#deps.providers.get(entry.account.provider)
    if (!entry || !provider || !rules.of(provider.name).affinity || !this.#isMeant(provider, search.asked)) return undefined
    // Brings back who has rested long enough.
    roster.group(provider.name)
    if (entry.bin === 'away' && !entry.probing) return undefined
    const verdict = this.#judge.judge(entry, search)
    if (!isChoice(verdict)) {
      if (verdict.obstacle === 'busy') noteBusy(search, provider, verdict.until)
      if (BRIEF.has(verdict.obstacle)) search.session = undefined
      return undefined
    }
    if (entry.bin === 'ready' && !search.tries.has(entry.id)) return verdict
    // In trouble, but nothing has put it aside.
    search.session = undefined
    return undefined
  }

  #isMeant(provider: Provider, asked: string): boolean {
    const { provider: wanted } = this.#deps.router.split(asked)
    return wanted === undefined || wanted === provider.name
  }

  #amongUntried(search: Search, bin: 'ready' | 'unhealthy'): Choice | undefined {
    search.guessing = false
    const choice = this.#inOrder(search, bin)
    search.guessing = true
    return choice
  }

  /** Accounts that might have the model while others are known to, which cannot serve. */
  #amongBehind(search: Search): Choice | undefined {
    return search.behind ? (this.#inOrder(search, 'ready') ?? this.#inOrder(search, 'unhealthy')) : undefined
  }

  #inOrder(search: Search, bin: 'ready' | 'unhealthy'): Choice | undefined {
    for (const provider of this.providers(search.asked)) {
      for (const tier of this.#deps.roster.group(provider.name)?.[bin] ?? []) {
        if (tier.entries.length === 0) continue
        const { previous } = search
        const view = previous?.bin === bin && previous.rank === tier.rank && previous.account.provider === provider.name ? tier.after(previous) : tier
        const walk = this.#walk(provider.name, view, search.now)
        const choice = walkTo(tier.entries, walk, entry => (search.tries.has(entry.id) ? undefined : this.#fitting(entry, search)))
        if (choice) {
          search.turnOf = tier
          return choice
        }
      }
    }
    return undefined
  }

  #walk(provider: string, tier: TierView, now: number) {
    return this.#deps.rules.of(provider).choose(tier, { now, chance: this.#chance })
  }

  /** Accounts that this call has tried already, the least tried first. */
  #again(search: Search, bin: 'ready' | 'unhealthy'): Choice | undefined {
    if (search.trail.length === 0) return undefined
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
        const verdict = this.#judge.judge(entry, search)
        return isChoice(verdict) && verdict.model !== tries.last.model
      }
      case 'request':
      case 'gateway':
        return false
      default:
        return scope satisfies never
    }
  }

  #fitting(entry: AccountEntry, search: Search): Choice | undefined {
    const verdict = this.#judge.judge(entry, search)
    if (isChoice(verdict)) return verdict
    const provider = verdict.obstacle === 'busy' ? this.#deps.providers.get(entry.account.provider) : undefined
    if (provider && verdict.obstacle === 'busy') noteBusy(search, provider, verdict.until)
    return undefined
  }
}
