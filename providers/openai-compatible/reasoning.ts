import type { Part, Reasoning, ReasoningEffort } from '../../core/index.ts'
import type { Json } from './content.ts'
import type { Losses } from './losses.ts'
import type { Quirks } from './quirks.ts'
import { detailsOf } from './reasoning-details.ts'
import type { KeptReasoning } from './reasoning-trace.ts'

/** Budgets by effort: each is the most that the effort stands for (`providers.md` §0.6). */
const SCALE: readonly (readonly [effort: ReasoningEffort, budget: number])[] = [
  ['minimal', 512],
  ['low', 1_024],
  ['medium', 8_192],
  ['high', 24_576],
  ['xhigh', 32_768],
  ['max', 128_000],
]
/** What every model that reasons takes. */
const COMMON: readonly ReasoningEffort[] = ['low', 'medium', 'high']
const RANKS: readonly ReasoningEffort[] = SCALE.map(([effort]) => effort)

export interface ReasoningTarget {
  readonly quirks: Quirks
  readonly losses: Losses
  /** Efforts that the model is known to take. */
  readonly efforts?: readonly ReasoningEffort[]
  /** The model refused the fields before. */
  readonly refused: boolean
}

/** The fields that ask for reasoning, or for none, in the upstream's own way (`providers.md` §6.5, §12.3). */
export function reasoningFields(reasoning: Reasoning | undefined, target: ReasoningTarget): Json {
  if (reasoning === undefined) return {}
  const { quirks, losses, refused } = target
  if (refused || quirks.reasoning === 'none') {
    losses.report(reasoning.mode === 'off' ? 'reasoning-off' : 'reasoning-effort', 'the reasoning settings were left out: the model knows none', 'reasoning')
    return {}
  }
  switch (quirks.reasoning) {
    case 'reasoning_effort':
      return effortField(reasoning, target)
    case 'thinking':
      if (reasoning.effort !== undefined || reasoning.budgetTokens !== undefined) {
        losses.report('reasoning-effort', 'this upstream reasons or does not; how much cannot be set', 'reasoning')
      }
      return { thinking: { type: reasoning.mode === 'off' ? 'disabled' : 'enabled' } }
    case 'enable_thinking': {
      const budget = reasoning.budgetTokens ?? budgetOf(reasoning.effort)
      return { enable_thinking: reasoning.mode !== 'off', ...(reasoning.mode === 'off' || budget === undefined ? {} : { thinking_budget: budget }) }
    }
    case 'reasoning': {
      if (reasoning.mode === 'off') return { reasoning: { enabled: false } }
      if (reasoning.budgetTokens !== undefined) return { reasoning: { max_tokens: reasoning.budgetTokens } }
      return { reasoning: reasoning.effort === undefined ? { enabled: true } : { effort: nearest(reasoning.effort, ['minimal', ...COMMON], losses) } }
    }
    default:
      return quirks.reasoning satisfies never
  }
}

function effortField({ mode, effort, budgetTokens }: Reasoning, { losses, efforts }: ReasoningTarget): Json {
  if (mode === 'off') {
    // `none` is refused by most models, and what the field is refused by does not reason anyway.
    losses.report('reasoning-off', 'reasoning cannot be switched off for this upstream; the model decides', 'reasoning')
    return {}
  }
  const wanted = effort ?? effortOf(budgetTokens)
  return wanted === undefined ? {} : { reasoning_effort: nearest(wanted, efforts?.length ? efforts : COMMON, losses) }
}

function nearest(wanted: ReasoningEffort, known: readonly ReasoningEffort[], losses: Losses): ReasoningEffort {
  if (known.includes(wanted)) return wanted
  const distance = (effort: ReasoningEffort) => Math.abs(RANKS.indexOf(effort) - RANKS.indexOf(wanted))
  const found = known.reduce((best, effort) => (distance(effort) < distance(best) ? effort : best))
  losses.report('reasoning-effort', `the effort "${wanted}" is not known for this model; "${found}" is asked for`, 'reasoning')
  return found
}

function effortOf(budget: number | undefined): ReasoningEffort | undefined {
  if (budget === undefined) return undefined
  return SCALE.find(([, most]) => budget <= most)?.[0] ?? 'max'
}

function budgetOf(effort: ReasoningEffort | undefined): number | undefined {
  return SCALE.find(([known]) => known === effort)?.[1]
}

export interface ReplayContext {
  readonly quirks: Quirks
  readonly losses: Losses
  readonly where: string
  /** Whether the assistant said it since the user last spoke. */
  readonly current: boolean
  readonly recall: RecallReasoning
  /** Whether the client asks for reasoning: what is lost then will be missed. */
  readonly wanted: boolean
}

/** What led to a call, where that is still known; none is a thing to know too. */
export type RecallReasoning = (call: string) => KeptReasoning | undefined

/** What led to the calls of one turn, in their order; undefined: nothing is known of any. */
export function recalledFor(calls: readonly string[], recall: RecallReasoning): KeptReasoning | undefined {
  const known = [...new Set(calls.flatMap(call => recall(call) ?? []))]
  if (known.length === 0) return undefined
  return { content: known.map(({ content }) => content).join(''), details: known.flatMap(({ details }) => details) }
}

/** Earlier reasoning of an assistant's turn, as far as this upstream wants it back (`providers.md` §6.5). */
export function replayedReasoning(parts: readonly Part[], { quirks, losses, where, current, recall, wanted }: ReplayContext): Json {
  const said = parts.filter(part => part.type === 'reasoning')
  const calls = parts.flatMap(part => (part.type === 'tool-call' ? [part.id] : []))
  const lost = (count: number) => {
    if (count > 0) losses.report('reasoning-history', 'earlier reasoning was not sent back', where)
  }
  switch (quirks.reasoningHistory) {
    case 'none':
      lost(said.length)
      return {}
    case 'reasoning_content': {
      // The key is wanted on every turn, its text in the turn that is under way.
      if (!current) {
        lost(said.length)
        return { reasoning_content: '' }
      }
      const text = said.map(part => part.text.toWellFormed()).join('')
      const known = text === '' ? recalledFor(calls, recall) : undefined
      if (known === undefined) lost(text === '' && calls.length > 0 && wanted ? 1 : said.filter(part => part.redacted !== undefined).length)
      return { reasoning_content: known?.content.toWellFormed() ?? text }
    }
    case 'reasoning_details': {
      const own = detailsOf(said)
      const known = recalledFor(calls, recall)
      // Clients of other wires have no place for all of it: what was kept is whole.
      const details = known !== undefined && known.details.length > 0 ? known.details : own
      if (known === undefined) lost(said.length > 0 ? said.length - own.length : calls.length > 0 && current && wanted ? 1 : 0)
      return details.length === 0 ? {} : { reasoning_details: details }
    }
    default:
      return quirks.reasoningHistory satisfies never
  }
}
