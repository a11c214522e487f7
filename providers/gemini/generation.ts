import type { ChatRequest } from '../../core/index.ts'
import type { GeminiGenerationConfig } from '../../core/wire/gemini.ts'
import { normaliseSchema } from '../../core/wire/json-schema/normalise.ts'
import { GEMINI_JSON_SCHEMA } from '../../core/wire/json-schema/table.ts'
import type { Losses } from './losses.ts'
import { thinkingConfig, wantsSignatures } from './thinking.ts'

/** More are refused; the gateway looks for the rest itself. */
const MOST_STOPS = 5

export interface GenerationSetup {
  readonly config: GeminiGenerationConfig
  /** Sentences for the system prompt, for what the API has no setting for. */
  readonly instructions: readonly string[]
  /** Stop sequences that the API was not told. */
  readonly watched: readonly string[]
}

interface GenerationContext {
  readonly model: string
  readonly losses: Losses
  /** Most tokens that the model answers with, where that is known. */
  readonly outputTokens: number | undefined
}

/** How the answer is to be made. */
export function setUpGeneration(request: ChatRequest, context: GenerationContext): GenerationSetup {
  const { model, losses } = context
  const stops = [...new Set(request.stop.filter(sequence => sequence !== ''))]
  const watched = stops.slice(MOST_STOPS)
  if (watched.length > 0)
    losses.add('stop-sequences', `of ${stops.length} stop sequences the API takes ${MOST_STOPS}; the gateway looks for the others`, 'stop')
  const maxOutputTokens = outputLimit(request, context)
  const thinking = thinkingConfig(model, request.reasoning, losses)
  const format = responseFormat(request, model, losses)
  const instructions = [...format.instructions]
  if (request.parallelToolCalls === false && request.tools.length > 0) {
    losses.add('parallel-tool-calls', 'parallel tool calls cannot be switched off; the model is asked in the system prompt', 'parallel_tool_calls')
    instructions.push('Call at most one tool per answer.')
  }
  return {
    config: {
      ...sampling(request, losses),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(stops.length === 0 ? {} : { stopSequences: stops.slice(0, MOST_STOPS) }),
      ...format.config,
      ...(thinking === undefined ? {} : { thinkingConfig: thinking }),
    },
    instructions,
    watched,
  }
}

function sampling({ temperature, topP, topK }: ChatRequest, losses: Losses): GeminiGenerationConfig {
  const within = (name: string, value: number, [least, most]: readonly [number, number]) => {
    const fit = Math.min(Math.max(value, least), most)
    if (fit !== value) losses.add('sampling-settings', `${name} ${value} became ${fit}`, name)
    return fit
  }
  if (topK !== undefined && topK < 1) losses.add('sampling-settings', `top_k ${topK} was left out: it counts from 1`, 'top_k')
  return {
    ...(temperature === undefined ? {} : { temperature: within('temperature', temperature, [0, 2]) }),
    ...(topP === undefined ? {} : { topP: within('top_p', topP, [0, 1]) }),
    ...(topK === undefined || topK < 1 ? {} : { topK: Math.min(Math.floor(topK), 2 ** 31 - 1) }),
  }
}

function outputLimit({ maxTokens }: ChatRequest, { losses, outputTokens }: GenerationContext): number | undefined {
  if (maxTokens === undefined) return undefined
  const most = outputTokens ?? 2 ** 31 - 1
  const limit = Math.min(Math.max(maxTokens, 1), most)
  if (maxTokens > most) losses.add('max-tokens', `max_tokens ${maxTokens} became ${limit}, the most of this model`, 'max_tokens')
  return limit
}

interface FormatSetup {
  readonly config: GeminiGenerationConfig
  readonly instructions: readonly string[]
}

/** Before 3 the models take either tools or a format. */
function responseFormat({ responseFormat: format, tools }: ChatRequest, model: string, losses: Losses): FormatSetup {
  if (format === undefined) return { config: {}, instructions: [] }
  if (tools.length > 0 && !wantsSignatures(model)) {
    losses.add('response-format', 'beside tools this model takes no answer format; it is asked for in the system prompt', 'response_format')
    const bare = 'Answer with one JSON object and nothing else: no prose around it, no code fence.'
    return { config: {}, instructions: [format.type === 'json' ? bare : `${bare} It must be valid against this JSON Schema: ${JSON.stringify(format.schema)}`] }
  }
  if (format.type === 'json') return { config: { responseMimeType: 'application/json' }, instructions: [] }
  const { schema, losses: lost } = normaliseSchema(format.schema, GEMINI_JSON_SCHEMA)
  if (lost.length > 0) {
    const keywords = [...new Set(lost.map(({ keyword }) => keyword))].toSorted().join(', ')
    losses.add('response-format', `the schema of the answer lost what the API does not know: ${keywords}`, 'response_format')
  }
  return { config: { responseMimeType: 'application/json', responseJsonSchema: schema }, instructions: [] }
}
