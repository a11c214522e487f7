import type { ChatRequest } from '../../../core/index.ts'
import type { ModelTraits } from '../model-traits.ts'
import type { Findings } from './rules.ts'
import type { ThinkingField } from './thinking.ts'
import { isBlank } from './turn.ts'

export interface SamplingFields {
  readonly temperature?: number
  readonly top_p?: number
  readonly top_k?: number
}

/** With reasoning the API takes no temperature and no top_k, and a top_p near to 1. */
const LEAST_TOP_P = 0.95

/** Sampling settings as far as model and reasoning leave room for them (`providers.md` §7.2). */
export function samplingFields(
  { temperature, topP, topK }: ChatRequest,
  context: { readonly traits: ModelTraits; readonly thinking: ThinkingField | undefined; readonly findings: Findings },
): SamplingFields {
  const { traits, thinking, findings } = context
  const drop = (name: string, why: string) => findings.warn('sampling', `${name} was left out: ${why}`, name)
  const thinks = thinking !== undefined && thinking.type !== 'disabled'
  const wanted = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined || topK < 1 ? {} : { top_k: topK }),
  }
  if (traits.sampling === 'none') {
    for (const name of Object.keys(wanted)) drop(name, 'this model takes no sampling settings')
    return {}
  }
  const fields: { temperature?: number; top_p?: number; top_k?: number } = {}
  if (temperature !== undefined) {
    if (thinks && temperature !== 1) drop('temperature', 'it cannot be set while the model reasons')
    else fields.temperature = Math.min(temperature, 1)
    if (!thinks && temperature > 1) findings.warn('sampling', 'temperature was lowered to 1, the highest there is here', 'temperature')
  }
  if (topP !== undefined) {
    if (thinks && topP < LEAST_TOP_P) drop('top_p', `it must be ${LEAST_TOP_P} or more while the model reasons`)
    else if (traits.sampling === 'one' && fields.temperature !== undefined) drop('top_p', 'this model takes either temperature or top_p')
    else fields.top_p = topP
  }
  if (wanted.top_k !== undefined) {
    if (thinks) drop('top_k', 'it cannot be set while the model reasons')
    else fields.top_k = wanted.top_k
  }
  return fields
}

export function stopSequences(stop: readonly string[], findings: Findings): readonly string[] {
  const kept = stop.filter(sequence => !isBlank(sequence))
  if (kept.length < stop.length) findings.warn('stop-sequences', 'blank stop sequences were left out', 'stop')
  return kept
}
