import { type ChatRequest, GatewayError, type ReasoningEffort, type Warning } from '../../core/index.ts'
import { anthropicExtras } from '../../core/wire/anthropic-extras.ts'
import { cameIn } from '../../core/wire/original-body.ts'
import { isRecord, type Json } from './content.ts'
import { Losses } from './losses.ts'
import { renderMessages } from './messages.ts'
import { effortsOf, fitToModel } from './model-settings.ts'
import type { Quirks } from './quirks.ts'
import { type RecallReasoning, reasoningFields } from './reasoning.ts'
import { sameWireBody } from './same-wire.ts'
import { mapToolNames, type ToolNames } from './tool-names.ts'
import { toolFields } from './tools.ts'

export const WIRE = 'openai-chat'

/** What a request's body needs that the client's request does not say. */
export interface RequestContext {
  /** The upstream's id of the model. */
  readonly model: string
  readonly quirks: Quirks
  readonly remedies: ReadonlySet<string>
  readonly efforts?: readonly ReasoningEffort[]
  /** Reasoning of earlier answers, for clients that have no place for it. */
  readonly recall?: RecallReasoning
}

export interface BuiltChatRequest {
  readonly body: string
  readonly warnings: readonly Warning[]
  readonly toolNames: ToolNames
  /** The client speaks this wire: it gets the upstream's own words. */
  readonly sameWire: boolean
  /** Whether that client wants the chunk with the token counts. */
  readonly wantsUsage: boolean
  /** How many answers were asked for. */
  readonly choices: number
  readonly reasoningRequested: boolean
}

const MOST_STOPS = 4
const SCHEMA_NAME = /[^a-zA-Z0-9_-]/g

/** A client's request as the body of `POST /chat/completions`. */
export function buildChatRequest(request: ChatRequest, context: RequestContext): BuiltChatRequest {
  const losses = new Losses()
  const { recall = () => undefined, efforts = effortsOf(context.model, context.quirks.reasoningModels) } = context
  // What a client of this wire calls its tools is sent as it is.
  let names = mapToolNames([])
  const render = () => {
    names = mapToolNames(namesOf(request))
    return renderBody(request, { ...context, recall, losses, names, ...(efforts === undefined ? {} : { efforts }) })
  }
  const sameWire = cameIn(WIRE, request)
  const body: Record<string, unknown> = sameWire ? sameWireBody(request, { quirks: context.quirks, losses, recall }, render) : { ...render() }
  const options = body['stream_options']
  const { n } = body
  body['model'] = context.model
  // A client of this wire may have left it out.
  if (!sameWire || request.stream !== (body['stream'] === true)) body['stream'] = request.stream
  if (request.stream && context.quirks.streamUsage) body['stream_options'] = { ...(isRecord(options) ? options : {}), include_usage: true }
  else delete body['stream_options']
  fitToModel(body, efforts, losses)
  leaveOut(body, context.quirks, losses)
  // Whether a tool is strict is said with the tool.
  for (const { rule, message, where } of anthropicExtras(request)) if (rule !== 'strict-tools') losses.report(rule, message, where)
  if (!Array.isArray(body['messages']) || body['messages'].length === 0) {
    throw new GatewayError('bad_request', 'messages: there is nothing in them that this upstream could be sent; send at least one text', { param: 'messages' })
  }
  return {
    body: JSON.stringify(body),
    warnings: losses.warnings,
    toolNames: names,
    sameWire,
    wantsUsage: isRecord(options) && options['include_usage'] === true,
    choices: typeof n === 'number' ? n : 1,
    reasoningRequested: request.reasoning !== undefined && request.reasoning.mode !== 'off' && request.reasoning.display !== 'omitted',
  }
}

interface BodyContext extends RequestContext {
  readonly recall: RecallReasoning
  readonly losses: Losses
  readonly names: ToolNames
}

function renderBody(request: ChatRequest, context: BodyContext): Json {
  const { quirks, losses, remedies, efforts } = context
  const { maxTokens, session } = request
  const format = formatOf(request, context)
  return {
    messages: renderMessages(request, context, format.instructions),
    ...toolFields(request, context),
    ...(maxTokens === undefined ? {} : { [quirks.tokenLimit === 'either' ? 'max_tokens' : quirks.tokenLimit]: Math.max(1, maxTokens) }),
    ...samplingFields(request, context),
    ...reasoningFields(request.reasoning, {
      quirks,
      losses,
      refused: remedies.has('drop-model-fields') || efforts?.length === 0,
      ...(efforts === undefined ? {} : { efforts }),
    }),
    ...format.fields,
    ...(session === undefined || !quirks.cacheKey ? {} : { prompt_cache_key: session }),
  }
}

function samplingFields({ temperature, topP, topK, stop }: ChatRequest, { quirks, losses }: BodyContext): Json {
  const bounded = temperature === undefined ? undefined : Math.min(2, Math.max(0, temperature))
  const sequences = stop.filter(sequence => sequence !== '')
  if (bounded !== temperature) losses.report('temperature', `temperature goes from 0 to 2; ${bounded} is asked for`, 'temperature')
  if (topK !== undefined && !quirks.topK) losses.report('top-k', 'this upstream knows no top_k', 'top_k')
  if (sequences.length > MOST_STOPS) losses.report('stop-sequences', `only the first ${MOST_STOPS} stop sequences are sent`, 'stop')
  return {
    ...(bounded === undefined ? {} : { temperature: bounded }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined || !quirks.topK ? {} : { top_k: topK }),
    ...(sequences.length === 0 ? {} : { stop: sequences.slice(0, MOST_STOPS).map(sequence => sequence.toWellFormed()) }),
  }
}

/** The form of the answer: as a field as far as the upstream knows one, the rest as sentences of the system prompt. */
function formatOf(
  { responseFormat: format }: ChatRequest,
  { quirks, losses }: BodyContext,
): { readonly fields: Json; readonly instructions: readonly string[] } {
  if (format === undefined) return { fields: {}, instructions: [] }
  if (format.type === 'json-schema' && quirks.structuredOutput === 'json_schema') {
    const name = (format.name ?? 'answer').replaceAll(SCHEMA_NAME, '_').slice(0, 64) || 'answer'
    return { fields: { response_format: { type: 'json_schema', json_schema: { name, schema: format.schema } } }, instructions: [] }
  }
  const fields = quirks.structuredOutput === 'none' ? {} : { response_format: { type: 'json_object' } }
  const sentence = 'Answer with one JSON object and nothing else: no prose around it, no code fence.'
  if (format.type === 'json') {
    // Where the field is known, the word must stand in the prompt all the same, or the request is refused.
    if (quirks.structuredOutput === 'none') losses.report('structured-output', 'JSON is asked for in the system prompt and not enforced', 'response_format')
    return { fields, instructions: [sentence] }
  }
  losses.report('structured-output', 'the schema of the answer is asked for in the system prompt and not enforced', 'response_format')
  return { fields, instructions: [`${sentence} It must be valid against this JSON Schema: ${JSON.stringify(format.schema)}`] }
}

function leaveOut(body: Record<string, unknown>, { leaveOut: fields }: Quirks, losses: Losses): void {
  for (const field of fields) {
    if (!(field in body)) continue
    delete body[field]
    losses.report('left-out-fields', `${field} was left out: the configuration says that this upstream refuses it`, field)
  }
}

function namesOf({ tools, messages, toolChoice }: ChatRequest): readonly string[] {
  return [
    ...tools.filter(tool => tool.hosted === undefined).map(({ name }) => name),
    ...messages.flatMap(({ parts }) => parts.flatMap(part => (part.type === 'tool-call' ? [part.name] : []))),
    ...(toolChoice?.mode === 'tool' ? [toolChoice.name] : []),
  ]
}
