import type { Reasoning, ReasoningEffort } from '../../../core/index.ts'
import type { ModelTraits } from '../model-traits.ts'
import type { Findings } from './rules.ts'
import { isThinking, type Turn } from './turn.ts'

export interface ThinkingField {
  readonly type: 'enabled' | 'adaptive' | 'disabled'
  readonly budget_tokens?: number
  readonly display?: 'summarized' | 'omitted'
}

export interface ThinkingFields {
  readonly thinking?: ThinkingField
  readonly effort?: ReasoningEffort
}

export interface ThinkingContext {
  readonly traits: ModelTraits
  readonly maxTokens: number
  /** Whether the request forces a tool call. */
  readonly forced: boolean
  /** Whether the last turn answers tool calls of a turn that does not begin with reasoning. */
  readonly openLoop: boolean
  readonly findings: Findings
}

const LEAST_BUDGET = 1024
const ORDER: readonly ReasoningEffort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']
/** How many tokens an effort is worth; the other way round the largest budget that still is that effort (`providers.md` §0.6). */
const BUDGETS: Readonly<Record<ReasoningEffort, number>> = { minimal: 1024, low: 1024, medium: 8192, high: 24_576, xhigh: 32_768, max: 128_000 }
const NONE: ThinkingFields = {}

/** How this model is asked to think as the client wants (`providers.md` §7.2, §12.3). */
export function thinkingFields(reasoning: Reasoning | undefined, context: ThinkingContext): ThinkingFields {
  const { traits, findings } = context
  if (reasoning === undefined) return NONE
  if (reasoning.mode === 'off') return switchedOff(traits, findings)
  switch (traits.thinking) {
    case 'none':
      findings.warn('thinking-style', 'this model does not reason before it answers', 'reasoning')
      return NONE
    case 'budget':
      return budgeted(reasoning, context)
    case 'either':
      return reasoning.mode === 'on' && reasoning.budgetTokens !== undefined && reasoning.effort === undefined
        ? budgeted(reasoning, context)
        : adaptive(reasoning, context)
    case 'adaptive':
    case 'default-on':
    case 'always':
      return adaptive(reasoning, context)
    default:
      return traits.thinking satisfies never
  }
}

/** Models whose reasoning is off by default are left alone; to one that cannot be stopped, nothing is said. */
function switchedOff({ thinking }: ModelTraits, findings: Findings): ThinkingFields {
  if (thinking === 'default-on') return { thinking: { type: 'disabled' } }
  if (thinking === 'always') findings.warn('thinking-style', 'this model always reasons; it cannot be switched off', 'reasoning')
  return NONE
}

function adaptive(reasoning: Reasoning, { traits, findings }: ThinkingContext): ThinkingFields {
  const effort = offered(reasoning, traits, findings)
  // Newer models keep their reasoning to themselves unless they are told to sum it up.
  return { thinking: { type: 'adaptive', display: reasoning.display ?? 'summarized' }, ...(effort === undefined ? {} : { effort }) }
}

function offered({ effort, budgetTokens, mode }: Reasoning, { efforts }: ModelTraits, findings: Findings): ReasoningEffort | undefined {
  const wanted = effort ?? (budgetTokens === undefined || mode === 'adaptive' ? undefined : effortOf(budgetTokens))
  if (wanted === undefined || efforts.includes(wanted)) {
    if (effort === undefined && wanted !== undefined)
      findings.warn('thinking-style', `this model takes no budget for its reasoning; the effort "${wanted}" was asked for`, 'reasoning')
    return wanted
  }
  // The next lower one costs no more than what was asked for.
  const lower = efforts.filter(each => ORDER.indexOf(each) < ORDER.indexOf(wanted))
  const given = lower.at(-1) ?? efforts[0]
  if (given !== undefined) findings.warn('thinking-effort', `the effort "${wanted}" is not offered by this model; "${given}" was asked for`, 'reasoning')
  return given
}

function effortOf(budget: number): ReasoningEffort {
  return ORDER.slice(1).find(effort => budget <= BUDGETS[effort]) ?? 'max'
}

function budgeted(reasoning: Reasoning, { maxTokens, forced, openLoop, findings }: ThinkingContext): ThinkingFields {
  if (forced || openLoop) {
    findings.warn(
      'thinking-and-tools',
      forced
        ? 'a forced tool call leaves no room for reasoning; it was switched off'
        : 'the reasoning before the open tool call is missing, without which the model cannot go on reasoning; it was switched off',
      'reasoning',
    )
    return NONE
  }
  const wanted = reasoning.budgetTokens ?? BUDGETS[reasoning.effort ?? 'medium']
  const most = maxTokens - 1
  if (most < LEAST_BUDGET) {
    findings.warn('thinking-budget', `max_tokens leaves no room for reasoning, which takes at least ${LEAST_BUDGET} tokens; it was switched off`, 'max_tokens')
    return NONE
  }
  // Half of it for the answer, unless the client said how much is for what.
  const room = reasoning.budgetTokens === undefined ? Math.max(LEAST_BUDGET, Math.floor(maxTokens / 2)) : most
  const budget = Math.min(Math.max(Math.floor(wanted), LEAST_BUDGET), room)
  if (reasoning.budgetTokens !== undefined && budget !== reasoning.budgetTokens)
    findings.warn('thinking-budget', `the reasoning budget was changed to ${budget}: at least ${LEAST_BUDGET}, and less than max_tokens`, 'reasoning')
  return { thinking: { type: 'enabled', budget_tokens: budget, ...(reasoning.display === undefined ? {} : { display: reasoning.display }) } }
}

/** Whether the model is in the middle of a tool loop that it began without reasoning that is still there. */
export function openLoopWithoutReasoning(turns: readonly Turn[]): boolean {
  const at = turns.findLastIndex(turn => turn.role === 'assistant')
  // The API reads several turns of the user's in a row as one.
  const answered = turns.slice(at + 1).some(turn => turn.role === 'user' && turn.blocks.some(block => block.type === 'tool_result'))
  if (at === -1 || !answered) return false
  const first = turns[at]?.blocks[0]
  return first !== undefined && !isThinking(first)
}
