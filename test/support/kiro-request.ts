import { type ChatRequest, GatewayError, type Message, type Part, type ToolResultPart, type Warning } from '../../core/index.ts'
import { buildKiroRequest, type BuiltKiroRequest, type KiroRequestContext } from '../../providers/kiro/request.ts'

export const CONVERSATION_ID = '11111111-2222-4333-8444-555555555555'

/** A real image of one pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export const user = (...parts: readonly (string | Part)[]): Message => ({ role: 'user', parts: parts.map(asPart) })
export const assistant = (...parts: readonly (string | Part)[]): Message => ({ role: 'assistant', parts: parts.map(asPart) })
export const system = (text: string): Message => ({ role: 'system', parts: [asPart(text)] })
export const call = (id: string, name = 'read_file', input: Readonly<Record<string, unknown>> = { path: 'a' }): Part => ({ type: 'tool-call', id, name, input })
export const result = (id: string, text = 'done', more: Partial<ToolResultPart> = {}): Part => ({
  type: 'tool-result',
  id,
  content: [{ type: 'text', text }],
  isError: false,
  ...more,
})
export const image = (data = PNG, mediaType = 'image/png'): Part & { type: 'image' } => ({ type: 'image', source: { kind: 'base64', mediaType, data } })
export const tool = (name: string, more: object = {}) => ({ name, description: `Does ${name}.`, schema: { type: 'object', properties: {} }, ...more })

export function chat(messages: readonly Message[], more: Partial<ChatRequest> = {}): ChatRequest {
  return { model: 'claude-sonnet-4.5', system: [], messages, tools: [], stop: [], stream: true, ...more }
}

interface SentUser {
  readonly content: string
  readonly modelId: string
  readonly origin: string
  readonly images?: readonly { readonly format: string; readonly source: { readonly bytes: string } }[]
  readonly userInputMessageContext?: {
    readonly tools?: readonly SentTool[]
    readonly toolResults?: readonly { readonly toolUseId: string; readonly status: string; readonly content: readonly { readonly text: string }[] }[]
  }
}

interface SentTool {
  readonly toolSpecification: { readonly name: string; readonly description: string; readonly inputSchema: { readonly json: Record<string, unknown> } }
}

interface SentAssistant {
  readonly content: string
  readonly toolUses?: readonly { readonly toolUseId: string; readonly name: string; readonly input: unknown }[]
  readonly reasoningContent?: unknown
}

/** A built request with its body read back. Turns are the history and the current message in one row. */
export interface Sent {
  readonly built: BuiltKiroRequest
  readonly body: Record<string, unknown>
  readonly state: Record<string, unknown>
  readonly turns: readonly (SentUser | SentAssistant)[]
  readonly users: readonly SentUser[]
  readonly assistants: readonly SentAssistant[]
  readonly current: SentUser
  readonly tools: readonly SentTool['toolSpecification'][]
  readonly warnings: readonly Warning[]
}

export function send(request: ChatRequest, context: Partial<KiroRequestContext> = {}): Sent {
  const built = buildKiroRequest(request, {
    model: 'claude-sonnet-4.5',
    origin: 'AI_EDITOR',
    conversationId: CONVERSATION_ID,
    agentContinuationId: '66666666-7777-4888-8999-aaaaaaaaaaaa',
    remedies: new Set(),
    ...context,
  })
  const body = JSON.parse(built.body)
  const state = body.conversationState
  const entries: readonly { userInputMessage?: SentUser; assistantResponseMessage?: SentAssistant }[] = [...(state.history ?? []), state.currentMessage]
  const current: SentUser = state.currentMessage.userInputMessage
  return {
    built,
    body,
    state,
    turns: entries.flatMap(entry => entry.userInputMessage ?? entry.assistantResponseMessage ?? []),
    users: entries.flatMap(entry => entry.userInputMessage ?? []),
    assistants: entries.flatMap(entry => entry.assistantResponseMessage ?? []),
    current,
    tools: (current.userInputMessageContext?.tools ?? []).map(declared => declared.toolSpecification),
    warnings: built.warnings,
  }
}

/** The refusal of a request, which must come. */
export function refusal(request: ChatRequest, context: Partial<KiroRequestContext> = {}): GatewayError {
  try {
    send(request, context)
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
  throw new Error('the request was not refused')
}

export const rulesOf = (sent: Sent): readonly string[] => sent.warnings.map(warning => warning.rule)

function asPart(part: string | Part): Part {
  return typeof part === 'string' ? { type: 'text', text: part } : part
}
