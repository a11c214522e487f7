import type { ParseContext } from '../../contract/dialect.ts'
import { GatewayError } from '../../errors/gateway-error.ts'
import type { Reasoning, ResponseFormat } from '../../model/request.ts'
import type { OpenaiChatRequest } from '../../wire/openai-chat.ts'

const MOST_STOPS = 4

/** @throws GatewayError `bad_request` for more sequences than the API knows */
export function parseStop(stop: OpenaiChatRequest['stop']): readonly string[] {
  if (stop === undefined || stop === null) return []
  const list = typeof stop === 'string' ? [stop] : stop
  if (list.length > MOST_STOPS) throw new GatewayError('bad_request', `stop: must have at most ${MOST_STOPS} sequences`, { param: 'stop' })
  // An empty sequence would be found before the first character.
  return list.filter(sequence => sequence !== '')
}

/** OpenAI's word first, then OpenRouter's object, then Anthropic's: clients of relays send any of them. */
export function parseReasoning({ reasoning_effort: effort, reasoning, thinking }: OpenaiChatRequest): Reasoning | undefined {
  if (effort != null) return effort === 'none' ? { mode: 'off' } : { mode: 'adaptive', effort }
  if (reasoning != null) {
    if (reasoning.enabled === false || reasoning.effort === 'none') return { mode: 'off' }
    const display = reasoning.exclude === true ? ({ display: 'omitted' } as const) : {}
    if (reasoning.max_tokens != null) return { mode: 'on', budgetTokens: reasoning.max_tokens, ...display }
    if (reasoning.effort != null) return { mode: 'adaptive', effort: reasoning.effort, ...display }
    return reasoning.enabled === true ? { mode: 'adaptive', ...display } : undefined
  }
  if (thinking == null) return undefined
  if (thinking.type === 'disabled') return { mode: 'off' }
  return { mode: thinking.type === 'adaptive' ? 'adaptive' : 'on', ...(thinking.budget_tokens == null ? {} : { budgetTokens: thinking.budget_tokens }) }
}

export function parseFormat(format: OpenaiChatRequest['response_format']): ResponseFormat | undefined {
  if (format == null || format.type === 'text') return undefined
  const { name, schema } = (format.type === 'json_schema' ? format.json_schema : undefined) ?? {}
  if (schema == null) {
    if (format.type === 'json_object') return { type: 'json' }
    throw new GatewayError('bad_request', 'response_format.json_schema.schema: field required', { param: 'response_format.json_schema.schema' })
  }
  return { type: 'json-schema', schema, ...(name == null ? {} : { name }) }
}

const SESSION = /^[\w.:-]{1,128}$/
/** In this order: a client that sends several means the more specific one (`providers.md` §10.2, 64). */
const SESSION_HEADERS = ['session_id', 'session-id', 'x-session-id', 'x-session-affinity', 'x-opencode-session']

/** The client's conversation, where it tells it. */
export function sessionOf({ session_id, prompt_cache_key, conversation_id }: OpenaiChatRequest, { headers }: ParseContext): string | undefined {
  const told = [...SESSION_HEADERS.map(name => headers[name]), session_id, prompt_cache_key, conversation_id]
  return told.find((id): id is string => typeof id === 'string' && SESSION.test(id))
}
