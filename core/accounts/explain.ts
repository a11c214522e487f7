import type { AccountState } from '../contract/account.ts'
import type { ExplainedAccount, ExplainQuestion, Explanation } from '../contract/explanation.ts'
import type { ModelRouter, ModelStanding } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { AccountEntry } from './entry.ts'
import { asideBecause, chosenBecause, fallbackBecause, ruledOutBecause, standingWords } from './explain-words.ts'
import type { Roster } from './roster.ts'
import type { RulesInForce } from './rules-in-force.ts'
import type { Wanted } from './search.ts'
import type { Selection } from './selection.ts'
import { type Choice, isChoice } from './verdict.ts'

/** Places that are told: nobody reads on, and no call tries on. */
const FORESEEN = 200

export interface ExplainerDeps {
  readonly selection: Selection
  readonly providers: ReadonlyMap<string, Provider>
  readonly router: ModelRouter
  readonly roster: Roster
  readonly rules: RulesInForce
  /** The account that a caller brought along. */
  readonly ownOf: (tenant: string) => AccountEntry | undefined
}

/** Says whom a request would get and why, by asking the code that chooses; nothing changes by it. */
export class Explainer {
  readonly #deps: ExplainerDeps

  constructor(deps: ExplainerDeps) {
    this.#deps = deps
  }

  explain({ model, session, principal }: ExplainQuestion): Explanation {
    const caller = { principal, request: { ...(session !== undefined && { session }), system: [], messages: [] } }
    const wanted: Wanted = { model, caller, trail: [], passed: new Set() }
    const shared = principal.tenant === undefined
    const order = shared ? this.#order(wanted) : this.#own(principal.tenant, wanted)
    const entries = shared ? this.#sharedBy(model) : [this.#deps.ownOf(principal.tenant) ?? []].flat()
    const placed = new Set(order.map(({ entry }) => entry))
    const others = entries.filter(entry => !placed.has(entry))
    return {
      model,
      order: order.map(({ entry }) => entry.id),
      candidates: [...order.map((choice, index) => this.#placed(choice, index, wanted)), ...others.map(entry => this.#unplaced(entry, wanted))],
    }
  }

  /** Each account is chosen as if those before it had just turned out unusable. */
  #order(wanted: Wanted): readonly Choice[] {
    const order: Choice[] = []
    const passed = new Set<string>()
    while (order.length < FORESEEN) {
      const previous = order.at(-1)?.entry
      const choice = this.#deps.selection.foresee({ ...wanted, passed, ...(previous && { previous }) })
      if (choice === undefined) break
      order.push(choice)
      passed.add(choice.entry.id)
    }
    return order
  }

  #own(tenant: string, wanted: Wanted): readonly Choice[] {
    const { ownOf, roster, selection } = this.#deps
    const entry = ownOf(tenant)
    if (entry) roster.refreshState(entry)
    const found = entry && selection.chooseOwn(entry, wanted)
    return found && 'entry' in found ? [found] : []
  }

  #sharedBy(model: string): readonly AccountEntry[] {
    const { selection, roster } = this.#deps
    return [...selection.providers(model)].flatMap(({ name }) => [...(roster.group(name)?.members() ?? [])])
  }

  #placed({ entry, lane }: Choice, index: number, wanted: Wanted): ExplainedAccount {
    const state = stateOf(entry)
    const { strategy } = this.#deps.rules.of(entry.account.provider)
    const how = entry.account.owner !== undefined ? 'only' : this.#deps.selection.isBound(entry, wanted) ? 'bound' : 'turn'
    const chosen = index === 0 && entry.bin !== 'unhealthy'
    const standing = this.#standing(entry, wanted.model)
    return {
      ...this.#facts(entry, state),
      verdict: index === 0 ? 'chosen' : 'fallback',
      reason: `${chosen ? chosenBecause(how, strategy) : fallbackBecause(entry, state, strategy)}${standingWords(standing)}`,
      lane: lane.id,
      position: index + 1,
    }
  }

  #unplaced(entry: AccountEntry, wanted: Wanted): ExplainedAccount {
    const state = stateOf(entry)
    const facts = this.#facts(entry, state)
    if (isAside(entry, state))
      return { ...facts, verdict: 'ruled-out', reason: asideBecause(entry, state), ...(state.until !== undefined && { until: state.until }) }
    const verdict = this.#deps.selection.judge(entry, wanted)
    if (isChoice(verdict)) return { ...facts, verdict: 'fallback', reason: fallbackBecause(entry, state, facts.strategy), lane: verdict.lane.id }
    const until = 'until' in verdict && verdict.until !== Infinity ? verdict.until : undefined
    return { ...facts, verdict: 'ruled-out', reason: ruledOutBecause(entry, verdict, wanted.model), ...(until !== undefined && { until }) }
  }

  #standing({ account }: AccountEntry, model: string): ModelStanding {
    const { providers, router } = this.#deps
    const provider = providers.get(account.provider)
    return provider === undefined ? 'absent' : router.standing(provider, account, model)
  }

  #facts(entry: AccountEntry, { status }: AccountState) {
    const { id, label, provider } = entry.account
    const score = this.#deps.selection.scoreOf(entry)
    return { account: id, label, provider, status, strategy: this.#deps.rules.of(provider).strategy, ...(score !== undefined && { score }) }
  }
}

/** The operator's word comes first. */
function stateOf({ disabled, health }: AccountEntry): AccountState {
  return disabled ? { status: 'disabled', ...disabled, failures: 0 } : health
}

/** Whether its state keeps an account from serving at all. */
function isAside(entry: AccountEntry, { status }: AccountState): boolean {
  if (entry.account.owner === undefined) return entry.bin === 'away'
  return status !== 'active' && status !== 'unhealthy'
}
