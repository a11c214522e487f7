import type { Need } from '../../model/request.ts'
import type { OpenaiChatRequest, OpenaiMessage } from '../../wire/openai-chat.ts'

interface Demand extends Need {
  /** Whether this value asks for something; null never does. */
  readonly asks: (value: unknown) => boolean
}

const always = () => true
const notEmpty = (value: unknown) => !(Array.isArray(value) && value.length === 0)

/**
 * Settings that change the form of the answer and that the hub has no word for: an upstream of this API gets them as they
 * are, for every other the request is refused. Settings that only colour an answer are ignored there (`docs/clients.md`).
 */
export const DEMANDS: readonly Demand[] = [
  { field: 'n', asks: value => value !== 1, why: 'one answer per request is given; leave it out and send the request several times' },
  { field: 'logprobs', asks: value => value !== false, why: 'token probabilities are not known here; leave it out' },
  { field: 'top_logprobs', asks: value => value !== 0, why: 'token probabilities are not known here; leave it out' },
  {
    field: 'modalities',
    asks: value => !Array.isArray(value) || value.some(kind => kind !== 'text'),
    why: 'answers are text only; send ["text"] or leave it out',
  },
  { field: 'audio', asks: always, why: 'answers are text only; leave it out' },
  { field: 'prediction', asks: always, why: 'predicted outputs are not supported; leave it out' },
  { field: 'web_search_options', asks: always, why: 'there is no built-in web search; leave it out and offer a search tool of your own in "tools"' },
  { field: 'functions', asks: notEmpty, why: 'the old function calls are not supported; send "tools"' },
  { field: 'function_call', asks: value => typeof value !== 'string', why: 'the old function calls are not supported; send "tools" and "tool_choice"' },
]

const OLD_CALLS = 'the old function calls are not supported; send "tool_calls" and messages of role "tool"'
const AUDIO = 'audio cannot be sent to these models; send its transcript as text'
const AUDIO_PARTS: ReadonlySet<string> = new Set(['input_audio', 'audio'])

/** What a body asks for that only an upstream of this API can give. */
export function needsOf(body: OpenaiChatRequest): readonly Need[] {
  const fields: Readonly<Record<string, unknown>> = body
  const needs: Need[] = []
  for (const { field, asks, why } of DEMANDS) {
    const value = fields[field]
    if (value !== undefined && value !== null && asks(value)) needs.push({ field, why })
  }
  body.messages.forEach((message, index) => needs.push(...messageNeeds(message, `messages.${index}`)))
  return needs
}

function messageNeeds({ role, function_call: call, content }: OpenaiMessage, path: string): readonly Need[] {
  if (role === 'function') return [{ field: `${path}.role`, why: OLD_CALLS }]
  if (role === 'assistant' && call != null) return [{ field: `${path}.function_call`, why: OLD_CALLS }]
  if (!Array.isArray(content)) return []
  return content.flatMap(({ type }, index) => (AUDIO_PARTS.has(type) ? [{ field: `${path}.content.${index}`, why: AUDIO }] : []))
}
