import { conversationKeys, estimateTokens, type Generation } from '../generation.ts'
import { isObject, objectOf, textOf } from '../json.ts'
import { findModel, isOffered, type SimulatedModel } from '../models.ts'
import { firstComplaint, type Rule } from './rule.ts'

/** Rules about the model, its reasoning and its window. */
export const modelRules: readonly Rule[] = [
  {
    name: 'model-known',
    error: 'invalid-model-id',
    violation: ({ generation, account }) => {
      const model = findModel(generation.modelId)
      if (model === undefined) return `unknown model ${generation.modelId}`
      return isOffered(model, account.plan, account.apiRegion) ? undefined : `${model.modelId} is not offered to this account`
    },
  },
  {
    name: 'additional-fields-supported',
    error: 'additional-fields-unsupported',
    violation: ({ generation }) => {
      const { additionalModelRequestFields: fields } = generation.body ?? {}
      return fields === undefined || findModel(generation.modelId)?.reasoning !== undefined ? undefined : 'the model takes no additional fields'
    },
  },
  {
    name: 'additional-fields-values',
    error: 'additional-fields-invalid',
    violation: ({ generation }) => {
      const { additionalModelRequestFields: fields } = generation.body ?? {}
      const reasoning = findModel(generation.modelId)?.reasoning
      return fields === undefined || reasoning === undefined ? undefined : fieldFault(fields, reasoning)
    },
  },
  {
    name: 'reasoning-form',
    error: 'request-body-invalid',
    violation: ({ generation }) =>
      eachReasoning(generation, reasoning => {
        if (!isObject(reasoning)) return 'reasoningContent is no object'
        const { reasoningText, redactedContent, ...rest } = reasoning
        if (Object.keys(rest).length > 0) return 'reasoningContent has members of its own'
        if ((reasoningText === undefined) === (redactedContent === undefined)) return 'reasoningContent is not one of its two forms'
        if (redactedContent !== undefined) return typeof redactedContent === 'string' ? undefined : 'redactedContent is no string'
        return textOf(objectOf(reasoningText).text) === undefined ? 'reasoningText has no text' : undefined
      }),
  },
  {
    name: 'reasoning-signature',
    error: 'thinking-signature-invalid',
    violation: ({ generation, signatures }) => {
      const context = { modelId: findModel(generation.modelId)?.modelId ?? '', conversations: conversationKeys(generation) }
      return eachReasoning(generation, reasoning => signatures.fault(objectOf(reasoning), context))
    },
  },
  {
    name: 'context-window',
    error: 'content-length-exceeds-threshold',
    violation: ({ generation, contextWindow }) => {
      const window = contextWindow ?? findModel(generation.modelId)?.contextWindow ?? Infinity
      const tokens = estimateTokens(generation)
      return tokens > window ? `about ${tokens} tokens for a window of ${window}` : undefined
    },
  },
]

function fieldFault(fields: unknown, { field, efforts }: NonNullable<SimulatedModel['reasoning']>): string | undefined {
  if (!isObject(fields)) return 'no object'
  const known = field === 'reasoning' ? ['reasoning'] : ['output_config', 'thinking']
  const strange = Object.keys(fields).find(member => !known.includes(member))
  if (strange !== undefined) return `member ${strange}`
  const { effort } = objectOf(fields[field])
  if (effort !== undefined && !efforts.includes(textOf(effort) ?? '')) return `effort ${JSON.stringify(effort)}`
  const { type, display } = objectOf(fields.thinking)
  if (fields.thinking !== undefined && type !== 'adaptive') return `thinking of type ${JSON.stringify(type)}`
  return display === undefined || display === 'summarized' ? undefined : `display ${JSON.stringify(display)}`
}

function eachReasoning(generation: Generation, complaint: (reasoning: unknown) => string | undefined): string | undefined {
  return firstComplaint(generation.turns, turn => {
    const { reasoningContent } = turn.message
    if (turn.role !== 'assistant' || reasoningContent === undefined) return undefined
    const found = complaint(reasoningContent)
    return found === undefined ? undefined : `${turn.path}: ${found}`
  })
}
