import type { ParseContext } from '../../contract/dialect.ts'
import type { ChatRequest } from '../../model/request.ts'
import { checked } from '../../wire/checked.ts'
import { OpenaiChatRequest } from '../../wire/openai-chat.ts'
import { passedHeaders } from '../../wire/passed-headers.ts'
import { asChatBody, instructionsOf } from './cursor-body.ts'
import { parseConversation } from './messages.ts'
import { needsOf } from './needs.ts'
import { parseFormat, parseReasoning, parseStop, sessionOf } from './settings.ts'
import { parseTools } from './tools.ts'

/** The name of this API's words, whoever speaks them. */
export const WIRE = 'openai-chat'

const checkRequest = checked(OpenaiChatRequest)

/** A body of `POST /v1/chat/completions` as a hub request. */
export function parseChat(raw: unknown, context: ParseContext): ChatRequest {
  const body = checkRequest(asChatBody(raw), '')
  const maxTokens = body.max_completion_tokens ?? body.max_tokens
  const reasoning = parseReasoning(body)
  const responseFormat = parseFormat(body.response_format)
  const session = sessionOf(body, context)
  const { system, messages } = parseConversation(body.messages)
  const instructions = instructionsOf(raw)
  const read: Omit<ChatRequest, 'original'> = {
    model: body.model,
    system: instructions === '' ? system : [{ type: 'text', text: instructions }, ...system],
    messages,
    ...parseTools(body),
    stop: parseStop(body.stop),
    stream: body.stream === true,
    ...(body.parallel_tool_calls == null ? {} : { parallelToolCalls: body.parallel_tool_calls }),
    ...(maxTokens == null ? {} : { maxTokens }),
    ...(body.temperature == null ? {} : { temperature: body.temperature }),
    ...(body.top_p == null ? {} : { topP: body.top_p }),
    // Relays say "no limit" with 0 or -1.
    ...(body.top_k == null || body.top_k < 1 ? {} : { topK: body.top_k }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(responseFormat === undefined ? {} : { responseFormat }),
    ...(session === undefined ? {} : { session }),
  }
  // What Cursor sends in another API's words is no body for an upstream of this one.
  const wire = body === raw ? WIRE : 'openai-responses'
  return { ...read, original: { wire, body, headers: passedHeaders(wire, context.headers), needs: needsOf(body), read } }
}
