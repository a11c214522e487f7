import { type FinishReason, GatewayError } from '../../core/index.ts'

/** All that decides how an answer ended. */
export interface Ending {
  /** The upstream's own word; many accounts never get one. */
  readonly stopReason: string | undefined
  readonly contextUsage: number | undefined
  /** Complete tool calls. */
  readonly calls: number
  readonly text: boolean
  /** Whether anything reached the client, reasoning included. */
  readonly visible: boolean
  readonly manyTools: boolean
}

/** The hub's word for how an answer ended, or the error that it really was (`kiro.md` §6.6). */
export function readEnding(ending: Ending): FinishReason | GatewayError {
  const { calls, visible } = ending
  const called = calls > 0 ? 'tool-calls' : undefined
  if (ending.stopReason === undefined) {
    if (called) return called
    if ((ending.contextUsage ?? 0) >= 100) return windowFull(visible)
    if (!visible) return emptyAnswer()
    // Reasoning and nothing else: the answer itself did not fit any more.
    return ending.text ? 'stop' : 'length'
  }
  switch (ending.stopReason.toUpperCase()) {
    case 'END_TURN':
      // Agents wait for ever on a call that is not announced, so the calls decide, not the word.
      return called ?? (visible ? 'stop' : emptyAnswer())
    case 'STOP_SEQUENCE':
      return called ?? 'stop-sequence'
    case 'TOOL_USE':
      return called ?? malformed()
    case 'MAX_TOKENS':
      return 'length'
    case 'MODEL_CONTEXT_WINDOW_EXCEEDED':
      return windowFull(visible)
    case 'CONTENT_FILTERED':
      return !visible && ending.manyTools ? toolsFiltered() : 'refusal'
    case 'GUARDRAIL_INTERVENED':
      return 'refusal'
    case 'MALFORMED_TOOL_USE':
    case 'MALFORMED_MODEL_OUTPUT':
      return malformed()
    default:
      // A word of the future: whatever it means, it is not a proper end. `raw` carries it.
      return called ?? (visible ? 'length' : emptyAnswer())
  }
}

/** Without any output this is the same as a prompt that was too long, and clients know what to do then. */
function windowFull(visible: boolean): FinishReason | GatewayError {
  if (visible) return 'context-window'
  return new GatewayError('context_too_long', "prompt is too long: it fills the model's whole context window; shorten or compact the conversation", {
    reason: 'MODEL_CONTEXT_WINDOW_EXCEEDED',
  })
}

function emptyAnswer(): GatewayError {
  return new GatewayError('empty_answer', 'the model ended its answer without saying anything; send the request again')
}

/** A huge tool catalogue ends like this as well (`kiro.md` trap 13): that says nothing of the prompt. */
function toolsFiltered(): GatewayError {
  return new GatewayError(
    'empty_answer',
    'the upstream filtered the answer away without a word, as it does when very many tools are declared; declare fewer of them',
    { remedy: 'fewer-tools', reason: 'CONTENT_FILTERED' },
  )
}

function malformed(): GatewayError {
  return new GatewayError('malformed_answer', 'the model announced a tool call and made none that can be used; send the request again')
}
