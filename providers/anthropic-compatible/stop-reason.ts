import type { FinishReason } from '../../core/index.ts'

const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-window',
  refusal: 'refusal',
  // A tool at the vendor takes long; the client may send the answer back to go on. Only clients of this wire can.
  pause_turn: 'stop',
}

/**
 * The hub's word for `stop_reason` (`providers.md` §12.1). Where it contradicts the calls that were made the calls decide:
 * an agent waits for ever on a call that is not there, and overlooks one that is not announced.
 */
export function finishReason(word: string | undefined, calls: number): FinishReason {
  const reason = (word === undefined ? undefined : REASONS[word]) ?? 'stop'
  if (reason === 'stop' && calls > 0) return 'tool-calls'
  return reason === 'tool-calls' && calls === 0 ? 'stop' : reason
}
