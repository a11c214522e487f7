import { contentOf, type Turn } from '../generation.ts'
import { findInJson, isObject } from '../json.ts'
import { firstComplaint, type Inquiry, type Rule, UNFORGIVING } from './rule.ts'

const KNOWN_MEMBERS = new Set(['conversationState', 'profileArn', 'additionalModelRequestFields', 'agentMode', 'inferenceConfig'])

/** Rules about the request as a whole. */
export const shapeRules: readonly Rule[] = [
  {
    name: 'body-limit',
    error: 'improperly-formed',
    violation: ({ generation, bodyLimit }) => (generation.raw.length > bodyLimit ? `more than ${bodyLimit} bytes` : undefined),
  },
  {
    name: 'body-is-json',
    error: 'improperly-formed',
    violation: ({ generation }) => (generation.body === undefined ? 'not a JSON object' : undefined),
  },
  {
    name: 'content-type',
    error: 'improperly-formed',
    profiles: UNFORGIVING,
    violation: ({ headers, form }) => {
      const [type = ''] = (headers['content-type'] ?? '').split(';')
      const accepted = form === 'rpc' ? ['application/x-amz-json-1.0'] : ['application/json', 'application/x-amz-json-1.0']
      return accepted.includes(type.trim().toLowerCase()) ? undefined : `content type ${type === '' ? 'missing' : type}`
    },
  },
  {
    name: 'no-system-prompt-member',
    error: 'request-body-invalid',
    profiles: UNFORGIVING,
    violation: ({ generation }) => (generation.body?.systemPrompt === undefined ? undefined : 'systemPrompt at the top'),
  },
  {
    name: 'known-members',
    error: 'request-body-invalid',
    profiles: ['kirodev'],
    violation: ({ generation }) => Object.keys(generation.body ?? {}).find(member => !KNOWN_MEMBERS.has(member)),
  },
  {
    name: 'conversation-id-present',
    error: 'improperly-formed',
    violation: ({ generation }) => (generation.conversationId === undefined ? 'conversationId missing' : undefined),
  },
  {
    name: 'conversation-id-length',
    error: 'invalid-conversation-id',
    violation: ({ generation: { conversationId = '' } }) =>
      conversationId.length >= 1 && conversationId.length <= 128 ? undefined : `conversationId of ${conversationId.length} characters`,
  },
  {
    name: 'chat-trigger-type',
    error: 'improperly-formed',
    violation: ({ generation }) => (generation.state.chatTriggerType === 'MANUAL' ? undefined : 'chatTriggerType is not MANUAL'),
  },
  {
    name: 'current-message',
    error: 'improperly-formed',
    violation: ({ generation }) => (generation.current?.role === 'user' ? undefined : 'currentMessage.userInputMessage missing'),
  },
  {
    name: 'history-is-array',
    error: 'improperly-formed',
    violation: ({ generation: { state } }) => (state.history === undefined || Array.isArray(state.history) ? undefined : 'history is no array'),
  },
  {
    name: 'turn-kind',
    error: 'improperly-formed',
    violation: inquiry => eachTurn(inquiry, turn => (turn.role === 'neither' ? `${turn.path} is neither message` : undefined)),
  },
  {
    name: 'content-is-text',
    error: 'improperly-formed',
    violation: inquiry => eachTurn(inquiry, turn => (typeof turn.message.content === 'string' ? undefined : `${turn.path}.content is no string`)),
  },
  {
    name: 'history-starts-with-user',
    error: 'improperly-formed',
    violation: ({ generation: { turns } }) => (turns[0]?.role === 'user' ? undefined : 'the first turn is not the user’s'),
  },
  {
    name: 'history-alternates',
    error: 'improperly-formed',
    violation: ({ generation: { history } }) =>
      firstComplaint(history, (turn, index) => (turn.role === history[index - 1]?.role ? `${turn.path} repeats its role` : undefined)),
  },
  {
    name: 'history-ends-with-assistant',
    error: 'improperly-formed',
    violation: ({ generation: { history } }) =>
      history.length > 0 && history.at(-1)?.role !== 'assistant' ? 'the last turn of the history is not the assistant’s' : undefined,
  },
  {
    name: 'no-empty-user-turn',
    error: 'request-body-invalid',
    violation: inquiry =>
      eachTurn(inquiry, turn => {
        if (turn.role !== 'user' || contentOf(turn) !== '') return undefined
        return turn.images.length + turn.results.length === 0 ? `${turn.path} is empty` : undefined
      }),
  },
  {
    name: 'no-empty-assistant-turn',
    error: 'request-body-invalid',
    violation: inquiry =>
      eachTurn(inquiry, turn => {
        if (turn.role !== 'assistant' || contentOf(turn) !== '') return undefined
        return turn.toolUses.length === 0 && !isObject(turn.message.reasoningContent) ? `${turn.path} is empty` : undefined
      }),
  },
  {
    name: 'well-formed-text',
    error: 'improperly-formed',
    profiles: UNFORGIVING,
    violation: ({ generation: { raw, body } }) => {
      // A lone surrogate survives JSON only as an escape, so most bodies need no walk.
      if (!raw.includes('\\ud') && !raw.includes('\\uD')) return undefined
      return findInJson(body, (value, path) => (typeof value === 'string' && !value.isWellFormed() ? `lone surrogate at ${path}` : undefined))
    },
  },
]

function eachTurn(inquiry: Inquiry, complaint: (turn: Turn) => string | undefined): string | undefined {
  return firstComplaint(inquiry.generation.turns, complaint)
}
