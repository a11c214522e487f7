import type { ChatRequest, OriginalRequest } from '../../core/index.ts'
import { originalBody, type Saying } from '../../core/wire/original-body.ts'
import { isRecord, type Json } from './content.ts'
import type { Losses } from './losses.ts'
import type { Quirks } from './quirks.ts'
import type { RecallReasoning } from './reasoning.ts'
import { mendReasoning } from './same-wire-reasoning.ts'

/** Which fields of Chat Completions say what members of a hub request say. */
const SAYINGS: readonly Saying[] = [
  { members: ['system', 'messages'], fields: ['messages'] },
  // A choice may name the only tools that are allowed: both are read together.
  { members: ['tools', 'toolChoice', 'parallelToolCalls'], fields: ['tools', 'tool_choice', 'parallel_tool_calls'] },
  { members: ['maxTokens'], fields: ['max_tokens', 'max_completion_tokens'] },
  { members: ['temperature'], fields: ['temperature'] },
  { members: ['topP'], fields: ['top_p'] },
  { members: ['topK'], fields: ['top_k'] },
  { members: ['stop'], fields: ['stop'] },
  { members: ['reasoning'], fields: ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking', 'thinking_budget'] },
  { members: ['responseFormat'], fields: ['response_format'] },
]

interface Target {
  readonly quirks: Quirks
  readonly losses: Losses
  readonly recall: RecallReasoning
}

/** The body of a client of this wire, as it is but for what was changed on the way and for what this upstream would refuse. */
export function sameWireBody(request: ChatRequest & { readonly original: OriginalRequest }, target: Target, render: () => Json): Record<string, unknown> {
  const body = originalBody(request, SAYINGS, render)
  nameTokenLimit(body, target.quirks)
  if (!target.quirks.developerRole) renameDevelopers(body, target.losses)
  mendReasoning(body, { ...target, wanted: request.reasoning !== undefined && request.reasoning.mode !== 'off' })
  return body
}

function nameTokenLimit(body: Record<string, unknown>, { tokenLimit }: Quirks): void {
  if (tokenLimit === 'either') return
  const other = tokenLimit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
  if (!(other in body)) return
  body[tokenLimit] ??= body[other]
  delete body[other]
}

function renameDevelopers(body: Record<string, unknown>, losses: Losses): void {
  const { messages } = body
  if (!Array.isArray(messages) || !messages.some(isDeveloper)) return
  losses.report('developer-role', 'messages of the role "developer" go as "system": this upstream knows no other')
  body['messages'] = messages.map((message: unknown) => (isDeveloper(message) ? { ...message, role: 'system' } : message))
}

function isDeveloper(message: unknown): message is Json {
  return isRecord(message) && message['role'] === 'developer'
}
