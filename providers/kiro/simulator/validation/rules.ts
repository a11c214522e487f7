import { accountRules } from './account-rules.ts'
import { imageRules } from './image-rules.ts'
import { modelRules } from './model-rules.ts'
import type { Inquiry, Rule, ValidationProfile } from './rule.ts'
import { shapeRules } from './shape-rules.ts'
import { toolRules } from './tool-rules.ts'
import { toolTurnRules } from './tool-turn-rules.ts'

const [bodyLimit, bodyIsJson, ...otherShapeRules] = shapeRules

/** Every demand on generateAssistantResponse, in the order in which they are made. */
export const RULES: readonly Rule[] = [
  ...[bodyLimit, bodyIsJson].filter(rule => rule !== undefined),
  ...accountRules,
  ...otherShapeRules,
  ...toolRules,
  ...toolTurnRules,
  ...imageRules,
  ...modelRules,
]

export interface BrokenRule {
  readonly rule: Rule
  readonly detail: string
}

/** The first rule that the request breaks under the profile. */
export function firstBrokenRule(inquiry: Inquiry, profile: ValidationProfile): BrokenRule | undefined {
  if (profile === 'off') return undefined
  for (const rule of RULES) {
    if (rule.profiles !== undefined && !rule.profiles.includes(profile)) continue
    const detail = rule.violation(inquiry)
    if (detail !== undefined) return { rule, detail }
  }
  return undefined
}
