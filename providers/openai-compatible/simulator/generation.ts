import type { Json } from './shape.ts'
import { type ScriptPiece, STREAM_SCRIPTS, type StreamScriptName } from './stream-scripts.ts'
import { tokensOf } from './validate.ts'

const FRAME = { id: 'chatcmpl-simulated', created: 1_790_000_000 }

/** What the model says when nothing is scripted: it repeats how long the conversation is. */
export function usualAnswer(body: Json): string {
  return `You sent ${(body['messages'] as readonly unknown[]).length} messages.`
}

function usageOf(body: Json, text: string): Json {
  const prompt_tokens = tokensOf(body['messages'])
  const completion_tokens = tokensOf(text)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

export function wholeAnswer(body: Json, text: string): Json {
  const message = { role: 'assistant', content: text, refusal: null, annotations: [] }
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }]
  return { ...FRAME, object: 'chat.completion', model: `${String(body['model'])}-2026-01-01`, choices, usage: usageOf(body, text), service_tier: 'default' }
}

export function streamedAnswer(body: Json, text: string): readonly ScriptPiece[] {
  const frame = (more: object) => ({
    ...FRAME,
    object: 'chat.completion.chunk',
    model: `${String(body['model'])}-2026-01-01`,
    service_tier: 'default',
    ...more,
  })
  const chunk = (delta: object, finish_reason: string | null = null) => frame({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] })
  const options = body['stream_options'] as { readonly include_usage?: boolean } | undefined
  return [
    chunk({ role: 'assistant', content: '', refusal: null }),
    ...text.split(/(?<=\s)/).map(content => chunk({ content })),
    chunk({}, 'stop'),
    ...(options?.include_usage === true ? [frame({ choices: [], usage: usageOf(body, text) })] : []),
    '[DONE]',
  ]
}

/** What a script's stream says, as the one document of an answer that is not streamed. */
export function scriptedDocument(name: StreamScriptName): Json {
  const message: Record<string, unknown> = { role: 'assistant', content: null }
  const calls: Record<string, unknown>[] = []
  let answer: Record<string, unknown> = {}
  let finish: unknown = null
  for (const piece of STREAM_SCRIPTS[name] as readonly ScriptPiece[]) {
    if (typeof piece === 'string') continue
    answer = { ...answer, ...piece }
    const choice = (piece['choices'] as readonly Json[] | null | undefined)?.[0]
    if (choice === undefined || choice['index'] !== 0) continue
    finish = choice['finish_reason'] ?? finish
    for (const [field, value] of Object.entries(choice['delta'] as Json)) {
      if (field === 'tool_calls') gather(calls, value as readonly Json[])
      else if (typeof value === 'string') message[field] = `${typeof message[field] === 'string' ? message[field] : ''}${value}`
      else if (Array.isArray(value)) message[field] = [...((message[field] as unknown[] | null) ?? []), ...value]
    }
  }
  return {
    ...answer,
    object: 'chat.completion',
    choices: [{ index: 0, message: { ...message, ...(calls.length > 0 ? { tool_calls: calls } : {}) }, finish_reason: finish }],
  }
}

function gather(calls: Record<string, unknown>[], pieces: readonly Json[]): void {
  for (const piece of pieces) {
    const { name, arguments: given } = piece['function'] as { readonly name?: string; readonly arguments?: unknown }
    const index = typeof piece['index'] === 'number' ? piece['index'] : calls.length
    const known = calls[index]?.['function'] as { arguments: string } | undefined
    if (known !== undefined && piece['id'] === undefined) known.arguments += typeof given === 'string' ? given : ''
    else calls.push({ id: piece['id'], type: 'function', function: { name, arguments: given } })
  }
}
