import { type FinishReason, GatewayError } from '../../core/index.ts'

/** All that decides how an answer ended. */
export interface Ending {
  /** The upstream's own word. */
  readonly finishReason: string | undefined
  /** The prompt was refused before there was an answer. */
  readonly blockReason: string | undefined
  /** Complete tool calls. */
  readonly calls: number
  /** Whether anything reached the client, reasoning included. */
  readonly visible: boolean
}

/** `broken`: the model wanted to call a tool and failed; `open`: says nothing about success. */
type Meaning = 'stop' | 'length' | 'refusal' | 'broken' | 'open'

/** `providers.md` §12.1. A turn of tool calls ends with STOP as well: the calls decide, not the word. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'refusal',
  RECITATION: 'refusal',
  BLOCKLIST: 'refusal',
  PROHIBITED_CONTENT: 'refusal',
  SPII: 'refusal',
  IMAGE_SAFETY: 'refusal',
  IMAGE_PROHIBITED_CONTENT: 'refusal',
  IMAGE_RECITATION: 'refusal',
  IMAGE_OTHER: 'refusal',
  MALFORMED_FUNCTION_CALL: 'broken',
  UNEXPECTED_TOOL_CALL: 'broken',
  TOO_MANY_TOOL_CALLS: 'broken',
  LANGUAGE: 'open',
  OTHER: 'open',
  NO_IMAGE: 'open',
}

/** The hub's word for how an answer ended, or the error that it really was. */
export function readEnding({ finishReason, blockReason, calls, visible }: Ending): FinishReason | GatewayError {
  if (calls > 0 && finishReason !== undefined) return 'tool-calls'
  if (blockReason !== undefined && finishReason === undefined) return 'refusal'
  if (finishReason === undefined) {
    return new GatewayError('upstream_cut', 'the upstream ended its answer without saying that it is complete; send the request again')
  }
  const meaning = MEANINGS[finishReason]
  switch (meaning) {
    case 'stop':
    case 'open':
      return visible ? 'stop' : empty(finishReason)
    case 'length':
    case 'refusal':
      return meaning
    case 'broken':
      return new GatewayError('malformed_answer', 'the model announced a tool call and made none that can be used; send the request again', {
        reason: finishReason,
      })
    case undefined:
      // A word of the future: whatever it means, it is not a proper end. `raw` carries it.
      return visible ? 'length' : empty(finishReason)
    default:
      return meaning satisfies never
  }
}

function empty(reason: string): GatewayError {
  return new GatewayError('empty_answer', 'the model ended its answer without saying anything; send the request again', {
    ...(/^[A-Z_]{1,64}$/.test(reason) ? { reason } : {}),
  })
}
