import type { AnswerForm } from './answer-check.ts'
import { anthropicBody, chatBody, kiroBody } from './requests.ts'
import type { Scenario } from './scenario.ts'

/** A key of the benchmark's own. */
export const CLIENT_KEY = 'sk-bench-0123456789abcdef0123456789abcdef'

/** Where requests go, what they are, and in which form they are answered. */
export interface Destination {
  readonly origin: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly form: AnswerForm
}

/** The scenario's request to the gateway, or to the floor in its place. */
export function throughGateway(origin: string, scenario: Scenario): Destination {
  if (scenario.wire === 'openai-chat') return chat(origin, { authorization: `Bearer ${CLIENT_KEY}` })
  return {
    origin,
    path: '/v1/messages',
    headers: { 'content-type': 'application/json', 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01' },
    body: anthropicBody(scenario),
    form: scenario.stream ? 'anthropic-stream' : 'anthropic-document',
  }
}

/** A small request to the upstream itself. */
export function toUpstream(origin: string, scenario: Scenario): Destination {
  if (scenario.wire === 'openai-chat') return chat(origin, {})
  return { origin, path: '/generateAssistantResponse', headers: { 'content-type': 'application/json' }, body: kiroBody(), form: 'kiro-frames' }
}

function chat(origin: string, headers: Readonly<Record<string, string>>): Destination {
  return { origin, path: '/v1/chat/completions', headers: { 'content-type': 'application/json', ...headers }, body: chatBody(), form: 'openai-stream' }
}
