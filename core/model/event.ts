import type { GatewayError } from '../errors/gateway-error.ts'

/**
 * What a provider says, in this order and no other:
 *
 *     stream = start , { block } , ( finish | failure )
 *     block  = ( text-start | reasoning-start | tool-start ) , { …-delta } , block-end
 *
 * Blocks do not overlap and are numbered 0, 1, 2 …; deltas are new characters only, never a repetition.
 */
export type StreamEvent =
  | StartEvent
  | { readonly type: 'text-start'; readonly block: number }
  | { readonly type: 'text-delta'; readonly block: number; readonly text: string }
  | { readonly type: 'reasoning-start'; readonly block: number; readonly redacted?: string }
  | { readonly type: 'reasoning-delta'; readonly block: number; readonly text: string }
  | { readonly type: 'reasoning-signature'; readonly block: number; readonly signature: string }
  /** `signature`: what the vendor bound to this call and wants back with it (`ToolCallPart`). */
  | { readonly type: 'tool-start'; readonly block: number; readonly id: string; readonly name: string; readonly signature?: string }
  /** A piece of the arguments' JSON text. The pieces of one block join to one JSON object, or to nothing for `{}`. */
  | { readonly type: 'tool-delta'; readonly block: number; readonly json: string }
  | { readonly type: 'block-end'; readonly block: number }
  | RawEvent
  | FinishEvent
  | FailureEvent

export interface StartEvent {
  readonly type: 'start'
  /** The upstream's own id of this answer where it has one. */
  readonly id: string
  readonly model: string
  /** The best guess of the input's size before the upstream tells. */
  readonly usage?: Usage
  /** What the provider changed, approximated or left out to serve this request. */
  readonly warnings?: readonly Warning[]
}

export interface FinishEvent {
  readonly type: 'finish'
  readonly reason: FinishReason
  /** The upstream's own word for it. */
  readonly raw?: string
  /** Which of the request's stop sequences ended it. */
  readonly stopSequence?: string
  readonly usage: Usage
}

/**
 * What the upstream said in its own words, for a client that speaks the same wire. It says what the `covers` events after
 * it in the same batch say: a dialect of this wire writes the text and not those events, everybody else passes it over.
 */
export interface RawEvent {
  readonly type: 'raw'
  readonly wire: string
  /** Whole server-sent events. */
  readonly text: string
  /** Never counts a failure: that is said in the dialect's words. */
  readonly covers: number
  /** The text is no part of a stream but the whole answer as one JSON document. */
  readonly document?: true
}

/** The stream ended badly. Before the commit point the engine throws its error; after it the dialect reports it in band. */
export interface FailureEvent {
  readonly type: 'failure'
  readonly error: GatewayError
}

export type FinishReason = 'stop' | 'stop-sequence' | 'tool-calls' | 'length' | 'context-window' | 'refusal'

/** Tokens. Unknown is absent, never 0. `input` counts everything the model read, cached or not. */
export interface Usage {
  readonly input?: number
  readonly output?: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  readonly reasoning?: number
  /** `input` is the provider's own guess: the upstream told nothing from which it follows. */
  readonly guessed?: true
  /** What the upstream charged, in its own unit. */
  readonly cost?: { readonly amount: number; readonly unit: string }
}

/** A loss or repair: `rule` is its documented name, `where` a place in the request such as `messages.3`. */
export interface Warning {
  readonly rule: string
  readonly message: string
  readonly where?: string
}

/** All events of one upstream read. Every hop, wake-up and write is paid per batch. */
export type Batch = readonly StreamEvent[]

/** Whether a client could see it: from here on the stream is committed and may not be repeated. */
export function isVisible(event: StreamEvent): boolean {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'reasoning-signature':
    case 'tool-start':
    case 'tool-delta':
    case 'finish':
      return true
    case 'reasoning-start':
      return event.redacted !== undefined
    case 'start':
    case 'text-start':
    case 'block-end':
    case 'raw':
    case 'failure':
      return false
    default:
      return event satisfies never
  }
}
