import type { Reasoning, ReasoningEffort } from '../../../core/index.ts'
import { reasonsByTags } from '../static-models.ts'
import type { Draft, Target } from './draft.ts'
import type { Findings, Rule } from './rule.ts'

const ORDER: readonly ReasoningEffort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']
/** How many tokens an effort is worth, the other way round the largest budget that still is that effort. */
const BUDGETS: Readonly<Record<ReasoningEffort, number>> = { minimal: 512, low: 1024, medium: 8192, high: 24_576, xhigh: 32_768, max: 128_000 }
/** What the tag of older models takes. */
const TAG_BUDGET = { least: 1024, most: 24_576, unsaid: 8192 } as const
const TAG_EFFORTS: readonly ReasoningEffort[] = ['low', 'medium', 'high']
/** Of models whose list of efforts we do not have. */
const CLAUDE_EFFORTS: readonly ReasoningEffort[] = ['low', 'medium', 'high', 'max']
const GPT_EFFORTS: readonly ReasoningEffort[] = ['low', 'medium', 'high', 'xhigh']

/**
 * Native fields where the model's schema lists them, else tags before the system prompt, never both (`kiro.md` §5.9).
 * Tags stand in the first user turn only, which never carries tool results: beside those they are refused.
 */
export const reasoningRequest: Rule = {
  name: 'reasoning-request',
  doc: 'reasoning is asked for in the way the model knows: native fields, tags in the prompt, or not at all',
  apply: (draft, findings) => {
    const { reasoning } = draft.request
    if (!wantsReasoning(reasoning)) return draft
    const modelFields = nativeFields(reasoning, draft.target, findings)
    if (modelFields) return { ...draft, modelFields }
    if (reasonsByTags(draft.target.model)) return { ...draft, thinkingTags: tagsFor(reasoning, draft) }
    findings.warn('this model cannot be asked to reason; its own habit holds', 'reasoning')
    return draft
  },
}

export function wantsReasoning(reasoning: Reasoning | undefined): reasoning is Reasoning {
  return reasoning !== undefined && reasoning.mode !== 'off'
}

function nativeFields(reasoning: Reasoning, target: Target, findings: Findings): Draft['modelFields'] | undefined {
  if (target.remedies.has('drop-model-fields')) return undefined
  const has = (field: string) => target.fields.includes(field)
  const thinking = has('thinking') ? { thinking: { type: 'adaptive', display: 'summarized' } } : {}
  if (has('output_config')) return { output_config: { effort: effortOf(reasoning, target.card?.efforts ?? CLAUDE_EFFORTS, findings) }, ...thinking }
  if (has('reasoning')) return { reasoning: { effort: effortOf(reasoning, target.card?.efforts ?? GPT_EFFORTS, findings) } }
  return has('thinking') ? thinking : undefined
}

function effortOf(reasoning: Reasoning, offered: readonly ReasoningEffort[], findings?: Findings): ReasoningEffort {
  const wanted = reasoning.effort ?? (reasoning.budgetTokens === undefined ? 'high' : effortOfBudget(reasoning.budgetTokens))
  if (offered.length === 0 || offered.includes(wanted)) return wanted
  const rank = ORDER.indexOf(wanted)
  // The next lower one costs no more than what was asked for.
  const lower = offered.filter(effort => ORDER.indexOf(effort) < rank)
  const given = lower.at(-1) ?? offered[0] ?? wanted
  if (reasoning.effort !== undefined) findings?.warn(`the effort "${wanted}" is not offered by this model; "${given}" was asked for`, 'reasoning')
  return given
}

function effortOfBudget(budget: number): ReasoningEffort {
  return ORDER.find(effort => budget <= BUDGETS[effort]) ?? 'max'
}

function tagsFor(reasoning: Reasoning, draft: Draft): string {
  if (thinksAdaptively(draft.target.model)) {
    return `<thinking_mode>adaptive</thinking_mode><thinking_effort>${effortOf(reasoning, TAG_EFFORTS)}</thinking_effort>`
  }
  const wanted = reasoning.budgetTokens ?? (reasoning.effort === undefined ? TAG_BUDGET.unsaid : BUDGETS[reasoning.effort])
  const budget = Math.min(Math.max(Math.floor(wanted), TAG_BUDGET.least), TAG_BUDGET.most)
  return `<thinking_mode>enabled</thinking_mode><max_thinking_length>${budget}</max_thinking_length>`
}

/** Claude from 4.6 on. */
function thinksAdaptively(model: string): boolean {
  const [, major, minor] = /^claude-[a-z]+-(\d+)(?:\.(\d+))?/.exec(model) ?? []
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 6)
}
