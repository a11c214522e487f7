import type { Warning } from '../../../core/index.ts'
import { documents } from './documents.ts'
import type { Draft } from './draft.ts'
import { foreignParts } from './foreign-parts.ts'
import { assistantImages, images, imagesPerMessage } from './images.ts'
import { loneSurrogates } from './lone-surrogates.ts'
import { manyImages } from './many-images.ts'
import { reasoningReplay } from './reasoning-replay.ts'
import { reasoningRequest } from './reasoning-request.ts'
import { repeatedToolIds } from './repeated-tool-ids.ts'
import { type BodyRule, type Rule, RuleFindings } from './rule.ts'
import { parallelToolCalls, responseFormat, samplingSettings } from './settings.ts'
import { bodySize, messageSize } from './sizes.ts'
import { attributionBlock, midConversationSystem } from './system.ts'
import { toolLimit } from './tool-limit.ts'
import { duplicateResults, lateResults, missingResults, orphanResults } from './tool-results.ts'
import { toolIds, toolInputs } from './tool-uses.ts'
import { hostedTools, repeatedTools, toolCatalogue, toolChoice, toolDescriptions, toolNames, toolSchemas, undeclaredTools } from './tools.ts'
import { assistantLast, emptyConversation, emptyTurns, neighbours, userFirst } from './turn-order.ts'

/**
 * What the upstream wants of a request, in the order in which it is brought about (`docs/preflight.md`).
 * Rules on parts come while each turn is still one message, so that they name the right one; rules on tool results
 * need alternating turns and unique ids. Two rules run again where pairing may have emptied a turn.
 */
export const DRAFT_RULES: readonly Rule[] = [
  samplingSettings,
  responseFormat,
  parallelToolCalls,
  midConversationSystem,
  attributionBlock,
  foreignParts,
  assistantImages,
  documents,
  images,
  loneSurrogates,
  emptyTurns,
  neighbours,
  repeatedToolIds,
  lateResults,
  duplicateResults,
  orphanResults,
  missingResults,
  emptyTurns,
  neighbours,
  reasoningReplay,
  imagesPerMessage,
  manyImages,
  emptyConversation,
  userFirst,
  assistantLast,
  toolInputs,
  toolIds,
  hostedTools,
  repeatedTools,
  toolChoice,
  undeclaredTools,
  toolLimit,
  toolNames,
  toolDescriptions,
  toolSchemas,
  reasoningRequest,
  messageSize,
]

export const BODY_RULES: readonly BodyRule[] = [toolCatalogue, bodySize]

/**
 * The draft as the upstream takes it; what was lost on the way is added to `warnings`.
 * @throws GatewayError `bad_request` naming the rule and the message when no repair helps
 */
export function repair(draft: Draft, warnings: Warning[]): Draft {
  const findings = new RuleFindings(warnings)
  let current = draft
  for (const rule of DRAFT_RULES) {
    findings.rule = rule.name
    current = rule.apply(current, findings)
  }
  return current
}

export function inspectBody(body: string, draft: Draft, warnings: Warning[]): void {
  const findings = new RuleFindings(warnings)
  for (const rule of BODY_RULES) {
    findings.rule = rule.name
    rule.inspect(body, draft, findings)
  }
}
