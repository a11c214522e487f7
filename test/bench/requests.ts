import type { Scenario } from './scenario.ts'

export const MODEL = 'claude-sonnet-4.5'
export const PROFILE_ARN = 'arn:aws:codewhisperer:us-east-1:123456789012:profile/EXAMPLE'
export const CHAT_MODEL = 'bench-model'
const LARGE_BYTES = 220 * 1024
const ROUNDS = 30
const TOOLS = 18
const MESSAGE_CHARACTERS = 300

const WORDS = 'the quick review of a long file shows three small faults, one of them in a branch that no test has taken yet; '

/** An Anthropic request as the scenario wants it. */
export function anthropicBody(scenario: Scenario): string {
  const base = { model: MODEL, max_tokens: 4096, stream: scenario.stream }
  const { request } = scenario
  if (typeof request === 'object') return JSON.stringify({ ...base, messages: conversation(request.messages) })
  switch (request) {
    case 'small':
      return JSON.stringify({ ...base, messages: [{ role: 'user', content: 'Tell me about the sea.' }] })
    case 'large': {
      const bare = JSON.stringify(largeRequest(base, 0)).length
      return JSON.stringify(largeRequest(base, Math.floor((LARGE_BYTES - bare) / ROUNDS)))
    }
    default:
      return request satisfies never
  }
}

/** A small request of Chat Completions, the same in front of the gateway and behind it. */
export function chatBody(): string {
  return JSON.stringify({
    model: CHAT_MODEL,
    messages: [{ role: 'user', content: 'Tell me about the sea.' }],
    stream: true,
    stream_options: { include_usage: true },
  })
}

/** The small request in the upstream's form. */
export function kiroBody(): string {
  const userInputMessage = { content: 'Tell me about the sea.', modelId: MODEL, origin: 'AI_EDITOR' }
  const conversationState = { chatTriggerType: 'MANUAL', conversationId: '00000000-0000-4000-8000-000000000000', currentMessage: { userInputMessage } }
  return JSON.stringify({ conversationState, profileArn: PROFILE_ARN })
}

/** Short messages by turns; the user's is the last, so an even number gains one. */
function conversation(messages: number): readonly object[] {
  return Array.from({ length: messages % 2 === 0 ? messages + 1 : messages }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: `${index}: ${filler(MESSAGE_CHARACTERS)}`,
  }))
}

/** An agent's conversation: 30 tool calls with results of the given size, then the question: 61 messages. */
function largeRequest(base: object, resultCharacters: number): object {
  const messages: object[] = [{ role: 'user', content: 'Review the repository file by file.' }]
  for (let round = 0; round < ROUNDS; round++) {
    const id = `toolu_bench_${String(round).padStart(4, '0')}`
    const call = { type: 'tool_use', id, name: toolName(round % TOOLS), input: { path: `src/part-${round}.ts`, offset: round, recursive: false } }
    const result = { type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: filler(resultCharacters) }] }
    messages.push({ role: 'assistant', content: [{ type: 'text', text: `Now part ${round}.` }, call] })
    messages.push({ role: 'user', content: round === ROUNDS - 1 ? [result, { type: 'text', text: 'What is left to do?' }] : [result] })
  }
  return { ...base, system: [{ type: 'text', text: filler(8000) }], tools: Array.from({ length: TOOLS }, (_, index) => tool(index)), messages }
}

function tool(index: number): object {
  const properties = Object.fromEntries(
    ['path', 'pattern', 'offset', 'limit', 'recursive'].map(name => [name, { type: propertyType(name), description: `${name}: ${filler(120)}` }]),
  )
  return { name: toolName(index), description: filler(900), input_schema: { type: 'object', properties, required: ['path'] } }
}

function propertyType(name: string): string {
  if (name === 'recursive') return 'boolean'
  return name === 'offset' || name === 'limit' ? 'integer' : 'string'
}

function toolName(index: number): string {
  return `tool_number_${index}`
}

function filler(characters: number): string {
  return WORDS.repeat(Math.ceil(characters / WORDS.length)).slice(0, characters)
}
