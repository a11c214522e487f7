import type { FinishReason } from '../../core/index.ts'

/** Words for an end (`providers.md` §6.3, §12.1); every other one means that the model had said what it wanted. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'refusal',
  model_context_window_exceeded: 'context-window',
}

/** Words that end an answer which is none. */
export const FAILED_WORDS: ReadonlySet<string> = new Set(['error', 'abort', 'insufficient_system_resource'])

/** The hub's word for how an answer ended, by what was seen: agents that are told of calls and find none ask for ever. */
export function finishReason(word: string | undefined, { calls, refused }: { readonly calls: number; readonly refused: boolean }): FinishReason {
  const reason = REASONS[word ?? ''] ?? 'stop'
  if (reason === 'tool-calls' && calls === 0) return 'stop'
  if (reason !== 'stop') return reason
  if (calls > 0) return 'tool-calls'
  return refused ? 'refusal' : 'stop'
}
