import { GatewayError } from '../../errors/gateway-error.ts'
import type { Message, Part, ReasoningPart, TextPart, ToolResultPart } from '../../model/request.ts'
import type { OpenaiMessage } from '../../wire/openai-chat.ts'
import { readDetails } from '../../wire/reasoning-details.ts'
import { parseContent, parseResultContent, parseSystemContent, refusalPart } from './content.ts'
import { parseToolCalls } from './tool-calls.ts'

export interface Conversation {
  readonly system: readonly TextPart[]
  readonly messages: readonly Message[]
}

/**
 * The hub's conversation: what the system says before it becomes the system prompt, and the results of one assistant turn,
 * a message each in this API, become one user turn in their order.
 */
export function parseConversation(list: readonly OpenaiMessage[]): Conversation {
  const system: TextPart[] = []
  const messages: Message[] = []
  const add = (message: Message, index: number) => messages.push(index === messages.length ? message : { ...message, index })
  let results: Part[] | undefined
  list.forEach((message, index) => {
    const path = `messages.${index}`
    if (message.role !== 'tool') results = undefined
    switch (message.role) {
      case 'system':
      case 'developer': {
        const parts = parseSystemContent(required(message, path), `${path}.content`)
        if (messages.length === 0) system.push(...parts)
        else add({ role: 'system', parts }, index)
        break
      }
      case 'user':
        add({ role: 'user', parts: parseContent(required(message, path), `${path}.content`) }, index)
        break
      case 'assistant':
        add({ role: 'assistant', parts: assistantParts(message, path) }, index)
        break
      case 'tool':
        if (results === undefined) {
          results = []
          add({ role: 'user', parts: results }, index)
        }
        results.push(...toolResults(message, path))
        break
      case 'function':
        add({ role: 'user', parts: [{ type: 'foreign', wire: 'openai-chat', kind: 'function', value: message }] }, index)
        break
      default:
        message.role satisfies never
    }
  })
  return { system, messages }
}

function assistantParts(message: OpenaiMessage, path: string): readonly Part[] {
  const { content, refusal, tool_calls: calls, function_call: oldCall } = message
  return [
    ...reasoningOf(message),
    ...parseContent(content === '' ? null : content, `${path}.content`),
    ...(refusal ? [refusalPart(refusal)] : []),
    ...parseToolCalls(calls ?? [], `${path}.tool_calls`),
    ...(oldCall == null ? [] : [{ type: 'foreign', wire: 'openai-chat', kind: 'function_call', value: oldCall } as const]),
  ]
}

/** Three members of three vendors for one thing (`providers.md` §6.5), of which one has a place for signatures. */
function reasoningOf({ reasoning_content: content, reasoning, reasoning_details: details }: OpenaiMessage): readonly ReasoningPart[] {
  const detailed = readDetails(details)
  const text = [content, reasoning].find(member => typeof member === 'string' && member !== '')
  const plain: readonly ReasoningPart[] = typeof text === 'string' ? [{ type: 'reasoning', text }] : []
  const signed = detailed.some(({ signature, redacted }) => signature !== undefined || redacted !== undefined)
  if (!signed) return plain.length > 0 ? plain : detailed
  return detailed.some(part => part.text !== '') ? detailed : [...plain, ...detailed]
}

function toolResults({ tool_call_id: id, content }: OpenaiMessage, path: string): readonly Part[] {
  if (id != null) return [{ type: 'tool-result', id, content: parseResultContent(content, `${path}.content`), isError: false } satisfies ToolResultPart]
  // Anthropic's blocks name their calls themselves.
  const parts = parseContent(content, `${path}.content`)
  if (parts.length > 0 && parts.every(part => part.type === 'tool-result')) return parts
  throw new GatewayError('bad_request', `${path}.tool_call_id: field required`, { param: `${path}.tool_call_id` })
}

function required({ content }: OpenaiMessage, path: string): OpenaiMessage['content'] {
  if (content === undefined || content === null) throw new GatewayError('bad_request', `${path}.content: field required`, { param: `${path}.content` })
  return content
}
