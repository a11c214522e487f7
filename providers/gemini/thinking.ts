import type { Reasoning, ReasoningEffort } from '../../core/index.ts'
import type { GeminiThinkingConfig } from '../../core/wire/gemini.ts'
import type { Losses } from './losses.ts'

type Level = NonNullable<GeminiThinkingConfig['thinkingLevel']>

/** How a family of models is told to think: by a number of tokens, or by one of a few words. */
export type ThinkingKind =
  | { readonly kind: 'budget'; readonly least: number; readonly most: number; readonly canBeOff: boolean }
  | { readonly kind: 'level'; readonly levels: readonly Level[] }

const FLASH: readonly Level[] = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']
const SMALL: readonly Level[] = ['MINIMAL', 'HIGH']

/** First match wins (`providers.md` §0.6). A model that no row knows does not think as far as we know. */
const FAMILIES: readonly (readonly [RegExp, ThinkingKind | undefined])[] = [
  [/^gemini-2\.5-flash-image/, undefined],
  [/^gemini-2\.5-pro/, { kind: 'budget', least: 128, most: 32_768, canBeOff: false }],
  [/^gemini-2\.5-flash-lite/, { kind: 'budget', least: 512, most: 24_576, canBeOff: true }],
  [/^gemini-2\.5-flash/, { kind: 'budget', least: 1, most: 24_576, canBeOff: true }],
  [/^gemini-3-pro/, { kind: 'level', levels: ['LOW', 'HIGH'] }],
  [/^gemini-3\.1-pro/, { kind: 'level', levels: ['LOW', 'MEDIUM', 'HIGH'] }],
  [/^gemini-3\.1-flash-(?:lite|image)/, { kind: 'level', levels: SMALL }],
  [/^gemini-3(?:\.\d+)?-flash/, { kind: 'level', levels: FLASH }],
  [/^gemini-(?:[3-9]|\d\d)/, { kind: 'level', levels: ['LOW', 'HIGH'] }],
  // Behind these names stands one family after another. All of them take a budget, the newer ones for compatibility.
  [/^gemini-(?:pro|flash|flash-lite)-latest$/, { kind: 'budget', least: 512, most: 24_576, canBeOff: false }],
]

export function thinkingOf(model: string): ThinkingKind | undefined {
  return FAMILIES.find(([pattern]) => pattern.test(model))?.[1]
}

/** From 3 on a function call that comes back without its signature is refused. */
export function wantsSignatures(model: string): boolean {
  return /^gemini-(?:[3-9]|\d\d|(?:pro|flash|flash-lite)-latest)/.test(model)
}

/** Tokens that an effort stands for, and up to which a budget counts as that effort. */
const SCALE: readonly (readonly [ReasoningEffort, number])[] = [
  ['minimal', 512],
  ['low', 1_024],
  ['medium', 8_192],
  ['high', 24_576],
  ['xhigh', 32_768],
  ['max', 128_000],
]
const DYNAMIC = -1

/** The efforts that differ from each other on a model. */
export function effortsOf(model: string): readonly ReasoningEffort[] {
  const kind = thinkingOf(model)
  if (kind === undefined) return []
  if (kind.kind === 'level') return kind.levels.map(level => level.toLowerCase() as ReasoningEffort)
  return ['minimal', 'low', 'medium', 'high']
}

/** What a client asked for as the model's own setting; what had to be approximated is reported. */
export function thinkingConfig(model: string, reasoning: Reasoning | undefined, losses: Losses): GeminiThinkingConfig | undefined {
  if (reasoning === undefined) return undefined
  const kind = thinkingOf(model)
  if (kind === undefined) {
    if (reasoning.mode !== 'off') losses.add('reasoning-settings', 'this model does not think; the setting was left out', 'reasoning')
    return undefined
  }
  if (reasoning.mode === 'off') return switchedOff(kind, losses)
  const includeThoughts = reasoning.display !== 'omitted'
  if (kind.kind === 'budget') {
    const wanted = reasoning.budgetTokens ?? (reasoning.effort === undefined ? undefined : tokensOf(reasoning.effort))
    if (wanted === undefined) return { includeThoughts, thinkingBudget: DYNAMIC }
    const thinkingBudget = Math.min(Math.max(wanted, kind.least), kind.most)
    if (thinkingBudget !== wanted && reasoning.budgetTokens !== undefined) {
      losses.add('reasoning-settings', `a thinking budget of ${wanted} became ${thinkingBudget}: this model takes ${kind.least} to ${kind.most}`, 'reasoning')
    }
    return { includeThoughts, thinkingBudget }
  }
  const effort = reasoning.budgetTokens === undefined ? reasoning.effort : effortOf(reasoning.budgetTokens)
  if (effort === undefined) return { includeThoughts }
  const thinkingLevel = levelFor(effort, kind.levels)
  if (reasoning.budgetTokens !== undefined) {
    losses.add('reasoning-settings', `a thinking budget of ${reasoning.budgetTokens} became the level ${thinkingLevel}: this model takes levels`, 'reasoning')
  } else if (thinkingLevel.toLowerCase() !== effort) {
    losses.add('reasoning-settings', `the effort ${effort} became the level ${thinkingLevel}, the nearest that this model has`, 'reasoning')
  }
  return { includeThoughts, thinkingLevel }
}

function switchedOff(kind: ThinkingKind, losses: Losses): GeminiThinkingConfig {
  if (kind.kind === 'budget' && kind.canBeOff) return { thinkingBudget: 0 }
  losses.add('reasoning-settings', 'this model cannot be kept from thinking; it thinks as little as it can', 'reasoning')
  if (kind.kind === 'budget') return { includeThoughts: false, thinkingBudget: kind.least }
  return { includeThoughts: false, thinkingLevel: kind.levels[0] ?? 'LOW' }
}

function tokensOf(effort: ReasoningEffort): number {
  return SCALE.find(([word]) => word === effort)?.[1] ?? 0
}

function effortOf(tokens: number): ReasoningEffort {
  return SCALE.find(([, most]) => tokens <= most)?.[0] ?? 'max'
}

/** The level of that name, else the next higher one, else the highest. */
function levelFor(effort: ReasoningEffort, levels: readonly Level[]): Level {
  const wanted = FLASH.indexOf(effort.toUpperCase() as Level)
  const rank = wanted === -1 ? FLASH.length - 1 : wanted
  return levels.find(level => FLASH.indexOf(level) >= rank) ?? levels.at(-1) ?? 'HIGH'
}
