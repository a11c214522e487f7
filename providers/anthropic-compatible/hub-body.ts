import type { ChatRequest, ModelCard } from '../../core/index.ts'
import { defaultOutput } from './known-models.ts'
import { traitsOf } from './model-traits.ts'
import { limitCacheMarks } from './preflight/cache-marks.ts'
import { composeConversation } from './preflight/conversation.ts'
import { type Recall, withRecalledReasoning } from './preflight/recalled-reasoning.ts'
import type { Findings } from './preflight/rules.ts'
import { samplingFields, stopSequences } from './preflight/sampling.ts'
import { openLoopWithoutReasoning, thinkingFields } from './preflight/thinking.ts'
import { mapToolNames, type ToolNames } from './preflight/tool-identifiers.ts'
import { chooseTool, declareTools, ownTools } from './preflight/tools.ts'
import type { TextBlock } from './preflight/turn.ts'

/** What a request's body needs that the client's request does not say. */
export interface RequestContext {
  /** The upstream's id of the model. */
  readonly model: string
  readonly card?: ModelCard
  /** What an earlier attempt's failure asked for: `drop-signatures`. */
  readonly remedies: ReadonlySet<string>
  /** Whether the upstream is the vendor's own, which checks every signature. */
  readonly official: boolean
  /** Reasoning of earlier answers, for clients that have no place for it. */
  readonly recall?: Recall
}

export interface ComposedBody {
  readonly body: Readonly<Record<string, unknown>>
  readonly names: ToolNames
}

/**
 * A request in the hub's words as a body of `POST /v1/messages`, repaired by the rules of `preflight/rules.ts`.
 * @throws GatewayError `bad_request` naming the rule and the message when no repair helps
 */
export function composeBody(request: ChatRequest, context: RequestContext, findings: Findings): ComposedBody {
  const { model, remedies, recall = () => undefined } = context
  const traits = traitsOf(model)
  const tools = ownTools(request.tools, findings)
  const calls = request.messages.flatMap(({ parts }) => parts.flatMap(part => (part.type === 'tool-call' ? [part.name] : [])))
  const names = mapToolNames([...tools.map(tool => tool.name), ...calls])
  const declared = declareTools(tools, names, findings)
  const toolChoice = chooseTool(request, declared, { names, findings })
  const maxTokens = answerLength(request, context, findings)
  const wantsReasoning = request.reasoning !== undefined && request.reasoning.mode !== 'off'
  // An answer that was begun cannot be continued by one that reasons first.
  const prefill = traits.prefill && !wantsReasoning
  const { messages, recalled } = withRecalledReasoning(request.messages, recall)
  const { system, turns } = composeConversation({ ...request, messages }, { dropReasoning: remedies.has('drop-signatures'), recalled, prefill }, findings)
  const openLoop = openLoopWithoutReasoning(turns)
  const { thinking, effort } = thinkingFields(request.reasoning, {
    traits,
    maxTokens,
    forced: toolChoice?.type === 'any' || toolChoice?.type === 'tool',
    openLoop,
    findings,
  })
  if (openLoop && wantsReasoning && thinking !== undefined && !callsKnown(request, recall))
    findings.warn('reasoning-replay', 'reasoning before the open tool call, if there was any, is neither here nor with the client', 'messages')
  const format = answerFormat(request, traits.structured, findings)
  const marked = limitCacheMarks({ tools: declared, system: [...system, ...format.instructions], turns }, findings)
  const outputConfig = { ...(effort === undefined ? {} : { effort }), ...format.config }
  const stop = stopSequences(request.stop, findings)
  const body = {
    model,
    max_tokens: maxTokens,
    ...(marked.system.length === 0 ? {} : { system: marked.system }),
    messages: marked.turns.map(({ role, blocks }) => ({
      role,
      content: blocks.map(block => (block.type === 'tool_use' ? { ...block, name: names.upstream(block.name) } : block)),
    })),
    ...(marked.tools.length === 0 ? {} : { tools: marked.tools }),
    ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
    ...(thinking === undefined ? {} : { thinking }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    ...samplingFields(request, { traits, thinking, findings }),
    ...(stop.length === 0 ? {} : { stop_sequences: stop }),
    // Whatever the client wants: a stream shows at once that the upstream is at work.
    stream: true,
  }
  return { body, names }
}

/** Whether it is known what led to the last calls, though it be nothing. */
function callsKnown({ messages }: ChatRequest, recall: Recall): boolean {
  const calls = messages.findLast(({ role }) => role === 'assistant')?.parts.filter(part => part.type === 'tool-call') ?? []
  return calls.every(({ id }) => recall(id) !== undefined)
}

/** The upstream insists on a limit; the client's holds as far as the model goes. */
function answerLength({ maxTokens }: ChatRequest, { model, card }: RequestContext, findings: Findings): number {
  const limit = card?.limits?.outputTokens
  if (maxTokens === undefined) return defaultOutput(model, card)
  if (limit !== undefined && maxTokens > limit) {
    findings.warn('max-tokens', `max_tokens was lowered to ${limit}, the most that this model can say`, 'max_tokens')
    return limit
  }
  return Math.max(1, maxTokens)
}

interface AnswerFormat {
  readonly instructions: readonly TextBlock[]
  readonly config: { readonly format?: { readonly type: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> } }
}

const BARE_JSON = 'Answer with one JSON object and nothing else: no prose around it, no code fence.'

function answerFormat({ responseFormat }: ChatRequest, structured: boolean, findings: Findings): AnswerFormat {
  if (responseFormat === undefined) return { instructions: [], config: {} }
  if (responseFormat.type === 'json-schema' && structured)
    return { instructions: [], config: { format: { type: 'json_schema', schema: responseFormat.schema } } }
  findings.warn('response-format', 'structured output is not enforced for this model; it is asked for in the system prompt', 'response_format')
  const sentence =
    responseFormat.type === 'json' ? BARE_JSON : `${BARE_JSON} It must be valid against this JSON Schema: ${JSON.stringify(responseFormat.schema)}`
  return { instructions: [{ type: 'text', text: sentence }], config: {} }
}
