import type { ParseContext } from '../../contract/dialect.ts'
import { GatewayError } from '../../errors/gateway-error.ts'
import type { ChatRequest, Message, Reasoning, ReasoningEffort, ResponseFormat, TextPart, Tool, ToolChoice } from '../../model/request.ts'
import { AnthropicRequest, type AnthropicTool } from '../../wire/anthropic.ts'
import { checked } from '../../wire/checked.ts'
import { passedHeaders } from '../../wire/passed-headers.ts'
import { cacheOf, parseBlock, parseText } from './blocks.ts'

/** The name of this API's words, whoever speaks them. */
export const WIRE = 'anthropic'

const checkRequest = checked(AnthropicRequest)
const EFFORTS: ReadonlySet<string> = new Set<ReasoningEffort>(['minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

/** A body of `POST /v1/messages` as a hub request. */
export function parseMessages(raw: unknown, context: ParseContext): ChatRequest {
  const body = checkRequest(raw, '')
  const reasoning = parseReasoning(body)
  const session = sessionOf(body, context)
  const choice = body.tool_choice ?? undefined
  const responseFormat = parseFormat(body.output_config?.format)
  const read: Omit<ChatRequest, 'original'> = {
    model: body.model,
    system: parseSystem(body.system),
    messages: body.messages.map(parseMessage),
    tools: (body.tools ?? []).map(parseTool),
    stop: body.stop_sequences ?? [],
    stream: body.stream === true,
    ...(choice === undefined ? {} : { toolChoice: parseChoice(choice) }),
    ...(choice?.disable_parallel_tool_use === true ? { parallelToolCalls: false } : {}),
    ...(body.max_tokens === undefined ? {} : { maxTokens: body.max_tokens }),
    ...(body.temperature == null ? {} : { temperature: body.temperature }),
    ...(body.top_p == null ? {} : { topP: body.top_p }),
    ...(body.top_k == null ? {} : { topK: body.top_k }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(responseFormat === undefined ? {} : { responseFormat }),
    ...(session === undefined ? {} : { session }),
  }
  return { ...read, original: { wire: WIRE, body, headers: passedHeaders(WIRE, context.headers), needs: [], read } }
}

function parseSystem(system: AnthropicRequest['system']): readonly TextPart[] {
  if (system === undefined || system === null || system === '') return []
  if (typeof system === 'string') return [{ type: 'text', text: system }]
  return system.map((block, index) => parseText(block, `system.${index}`))
}

function parseMessage({ role, content }: AnthropicRequest['messages'][number], index: number): Message {
  if (typeof content === 'string') return { role, parts: [{ type: 'text', text: content }] }
  return { role, parts: content.map((block, at) => parseBlock(block, `messages.${index}.content.${at}`)) }
}

function parseTool(tool: AnthropicTool, index: number): Tool {
  const { type, description, input_schema: schema, cache_control } = tool
  const hosted = typeof type === 'string' && type !== 'custom' && schema === undefined ? type : undefined
  // Some that run at the vendor stand for many tools and have no name of their own.
  const name = tool.name || hosted
  if (name === undefined) throw new GatewayError('bad_request', `tools.${index}.name: field required`, { param: `tools.${index}.name` })
  if (schema === undefined && hosted === undefined) throw new GatewayError('bad_request', `tools.${index}.input_schema: field required`, { param: `tools.${index}.input_schema` })
  return { name, description: description ?? '', schema: schema ?? {}, ...(hosted === undefined ? {} : { hosted }), ...cacheOf(cache_control) }
}

function parseChoice(choice: NonNullable<AnthropicRequest['tool_choice']>): ToolChoice {
  switch (choice.type) {
    case 'any':
      return { mode: 'required' }
    case 'tool':
      if (!choice.name) throw new GatewayError('bad_request', 'tool_choice.name: field required', { param: 'tool_choice.name' })
      return { mode: 'tool', name: choice.name }
    case 'none':
    case 'auto':
      return { mode: choice.type }
    default:
      return choice.type satisfies never
  }
}

function parseReasoning({ thinking, output_config }: AnthropicRequest): Reasoning | undefined {
  const word = output_config?.effort
  const effort = typeof word === 'string' && EFFORTS.has(word) ? { effort: word as ReasoningEffort } : {}
  if (thinking === undefined || thinking === null) return 'effort' in effort ? { mode: 'adaptive', ...effort } : undefined
  if (thinking.type === 'disabled') return { mode: 'off' }
  const display: Pick<Reasoning, 'display'> = thinking.display === 'summarized' || thinking.display === 'omitted' ? { display: thinking.display } : {}
  const budget = thinking.budget_tokens == null ? {} : { budgetTokens: thinking.budget_tokens }
  return { mode: thinking.type === 'adaptive' ? 'adaptive' : 'on', ...budget, ...effort, ...display }
}

function parseFormat(format: unknown): ResponseFormat | undefined {
  if (typeof format !== 'object' || format === null || !('schema' in format) || typeof format.schema !== 'object' || format.schema === null) return undefined
  return { type: 'json-schema', schema: { ...format.schema } }
}

const SESSION = /^[\w.:-]{1,128}$/
const USER_ID_SESSION = /_session_([\w-]{8,64})$/

/** Claude Code tells its session in a header and inside `metadata.user_id`, in two forms (`providers.md` §10.1). */
function sessionOf({ metadata }: AnthropicRequest, { headers }: ParseContext): string | undefined {
  const told = headers['x-claude-code-session-id']
  if (told !== undefined && SESSION.test(told)) return told
  const user = metadata?.user_id
  if (typeof user !== 'string') return undefined
  const match = USER_ID_SESSION.exec(user)
  if (match) return match[1]
  if (!user.startsWith('{')) return undefined
  try {
    const parsed: unknown = JSON.parse(user)
    const id = typeof parsed === 'object' && parsed !== null && 'session_id' in parsed ? parsed.session_id : undefined
    return typeof id === 'string' && SESSION.test(id) ? id : undefined
  } catch {
    return undefined
  }
}
