import type { ParseContext } from '../../contract/dialect.ts'
import type { ChatRequest } from '../../model/request.ts'
import { checked } from '../../wire/checked.ts'
import { OpenaiChatRequest } from '../../wire/openai-chat.ts'
import { asChatBody, instructionsOf } from './cursor-body.ts'
import { parseConversation } from './messages.ts'
import { refuseUnsupported } from './refused.ts'
import { parseFormat, parseReasoning, parseStop, sessionOf } from './settings.ts'
import { parseTools } from './tools.ts'

const checkRequest = checked(OpenaiChatRequest)

/** A body of `POST /v1/chat/completions` as a hub request. */
export function parseChat(raw: unknown, context: ParseContext): ChatRequest {
  const body = checkRequest(asChatBody(raw), '')
  refuseUnsupported(body)
  const maxTokens = body.max_completion_tokens ?? body.max_tokens
  const reasoning = parseReasoning(body)
  const responseFormat = parseFormat(body.response_format)
  const session = sessionOf(body, context)
  const { system, messages } = parseConversation(body.messages)
  const instructions = instructionsOf(raw)
  return {
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
    extra: { 'openai-chat': raw },
  }
}
