import { readAnthropicStream } from './anthropic-stream.ts'
import { readOpenaiChatStream } from './openai-chat-stream.ts'

/** What a client got, in words that hold for every dialect. */
export type Outcome =
  | { readonly kind: 'answer'; readonly text: string; readonly calls: readonly { readonly name: string; readonly input: unknown }[]; readonly stop: string }
  | { readonly kind: 'refused'; readonly status: number; readonly told: string }
  | { readonly kind: 'broken'; readonly text: string; readonly told: string }

export interface FaultClient {
  readonly dialect: 'anthropic' | 'openai-chat'
  readonly path: string
  readonly tools: readonly object[]
  whole(body: any): Outcome & { readonly kind: 'answer' }
  stream(text: string): Outcome & { readonly kind: 'answer' | 'broken' }
  /** The words of an error, as documented. */
  told(body: any): string
}

const TOOLS = ['read_file', 'write_file']
const STOPS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
}

type Block = { readonly type: string; readonly text?: string; readonly name?: string; readonly input?: unknown }

function anthropicAnswer({ content, stop_reason: reason }: { readonly content: readonly Block[]; readonly stop_reason: string | null }) {
  const text = content.map(block => block.text ?? '').join('')
  const calls = content.filter(block => block.type === 'tool_use').map(({ name = '', input }) => ({ name, input }))
  return { kind: 'answer', text, calls, stop: STOPS[reason ?? ''] ?? 'none' } as const
}

const anthropic: FaultClient = {
  dialect: 'anthropic',
  path: '/v1/messages',
  tools: TOOLS.map(name => ({ name, input_schema: { type: 'object' } })),
  whole: anthropicAnswer,
  stream(text) {
    const { message, error } = readAnthropicStream(text)
    const answer = anthropicAnswer(message)
    return error === undefined ? answer : { kind: 'broken', text: answer.text, told: error.type }
  },
  told: body => body.error.type,
}

const openai: FaultClient = {
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  tools: TOOLS.map(name => ({ type: 'function', function: { name, parameters: { type: 'object' } } })),
  whole({ choices: [{ message, finish_reason: stop }] }) {
    const calls = (message.tool_calls ?? []).map(({ function: { name, arguments: json } }: any) => ({ name, input: JSON.parse(json) }))
    return { kind: 'answer', text: message.content ?? '', calls, stop }
  },
  stream(text) {
    const { message, finish_reason: stop, error } = readOpenaiChatStream(text)
    if (error !== undefined) return { kind: 'broken', text: message.content, told: openai.told({ error }) }
    return { kind: 'answer', text: message.content, calls: message.tool_calls.map(({ name, input }) => ({ name, input })), stop: stop ?? 'none' }
  },
  told: ({ error }) => [error.type, error.code].filter(word => word !== null).join(' '),
}

/** One client of each dialect. */
export const FAULT_CLIENTS: readonly FaultClient[] = [anthropic, openai]

/** Asks once, as this client, and reads whatever comes back as strictly as its dialect is documented. */
export async function askAs(
  client: FaultClient,
  { url, key, stream }: { readonly url: string; readonly key: string; readonly stream: boolean },
): Promise<Outcome> {
  const response = await fetch(`${url}${client.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 1_000_000, messages: [{ role: 'user', content: 'hi' }], tools: client.tools, stream }),
  })
  const text = await response.text()
  if (/arn:aws|d-0000000000|tooluse_|aoa|aor/.test(response.status === 200 ? '' : text)) throw new Error(`the error tells what it must not: ${text}`)
  if (response.status !== 200) return { kind: 'refused', status: response.status, told: client.told(JSON.parse(text)) }
  return stream ? client.stream(text) : client.whole(JSON.parse(text))
}

/** Runs tasks, so many at a time, in their order. */
export function inTurn(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async task => {
    if (running >= limit) await new Promise<void>(resolve => waiting.push(resolve))
    running++
    try {
      return await task()
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}
