import type { ErrorName } from './error-catalogue.ts'
import type { FrameHeaders } from './frame.ts'
import type { StreamScriptName } from './stream-script-names.ts'

/** How an answer's frames are spread over writes; every write is a turn of the event loop of its own. */
export type Chunking = 'one-write' | 'per-frame' | { readonly bytes: number } | { readonly frames: number }

/**
 * How a stream ends: properly; with the connection closed in mid-answer (`cut`); with a TCP reset; or not at all (`stall`).
 */
export type Ending = 'clean' | 'cut' | 'reset' | 'stall'

/** How the bytes of a streamed answer travel. */
export interface Delivery {
  readonly chunking?: Chunking
  /** Before the status line. */
  readonly headersAfterMs?: number
  /** Between the headers and the first byte of the body. */
  readonly firstByteAfterMs?: number
  /** Between two writes. */
  readonly gapMs?: number
  readonly ending?: Ending
  /** Leaves so many bytes out at the end: with fewer than a frame has, the cut is in mid-frame. */
  readonly dropLastBytes?: number
}

/** An answer without a script. Whatever is left out is made up from the request. */
export interface AnswerOptions extends Delivery {
  /** Fixed text: the answer is encoded once, and neither the request's text nor its directives are read. */
  readonly text?: string
  /** Over so many text events; given without `text`, a fixed text of 24 characters per event is used. */
  readonly events?: number
  readonly reasoning?: string
  readonly toolCalls?: readonly PlannedToolCall[]
  readonly stopReason?: string
  /** False: no `metadataEvent`, as for enterprise accounts. */
  readonly metadata?: boolean
  /** Percentage in the `contextUsageEvent`. */
  readonly contextUsage?: number
  readonly tokenUsage?: Readonly<Record<string, number>>
}

export interface PlannedToolCall {
  readonly name: string
  readonly input: unknown
}

/** Which requests a step waits for, and for how many of them it holds. */
interface Aim {
  /** An account's id, or a token or key of it. */
  readonly account?: string
  /** The `Host` header as sent: tells apart two names of the one listener, as two lanes. */
  readonly host?: string
  /** Default 1. */
  readonly times?: number
}

interface GenerateAim extends Aim {
  readonly model?: string
}

export interface ScriptedEvent {
  readonly type: string
  /** Objects become JSON; a string is sent as it is. */
  readonly payload: Readonly<Record<string, unknown>> | string
}

/** What happens to one call of generateAssistantResponse. Used up only by calls that the rules let through. */
export type GenerateStep = GenerateAim &
  (
    | ({ readonly do: 'answer' } & AnswerOptions)
    | ({ readonly do: 'stream'; readonly script: StreamScriptName; readonly tool?: PlannedToolCall } & Delivery)
    | ({ readonly do: 'events'; readonly events: readonly ScriptedEvent[] } & Delivery)
    | ({ readonly do: 'frames'; readonly frames: readonly { readonly headers: FrameHeaders; readonly payload?: string }[] } & Delivery)
    | ({ readonly do: 'bytes'; readonly hex: string } & Delivery)
    | ({
        readonly do: 'exception'
        readonly error: ErrorName
        /** Default `before-text`. */
        readonly at?: 'before-text' | 'after-text' | 'in-tool-call'
        /** Default `exception`. */
        readonly as?: 'exception' | 'error' | 'event'
      } & Delivery)
    | ErrorStep
    | { readonly do: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
    | { readonly do: 'html'; readonly status?: number; readonly title?: string }
    | { readonly do: 'redirect'; readonly location?: string; readonly status?: number }
    | { readonly do: 'hang' }
    | { readonly do: 'drop' }
  )

export interface ErrorStep {
  readonly do: 'error'
  readonly error: ErrorName
  /** Seconds, or an HTTP date. */
  readonly retryAfter?: number | string
  /** Other words or another status than the catalogue's. */
  readonly status?: number
  readonly message?: string
  readonly reason?: string | null
  readonly afterMs?: number
}

export const REFRESH_FAULTS = [
  'ok-without-rotation',
  'bad-credentials',
  'invalid-refresh-token',
  'invalid-client',
  'too-many-requests',
  'internal-error',
  'slow',
  'answer-lost-after-rotation',
  'answer-lost-before-rotation',
  'html',
  'nonsense',
] as const
export type RefreshFault = (typeof REFRESH_FAULTS)[number]

/** What happens to one trade of a refresh token. */
export type RefreshStep = Aim & {
  readonly do: 'refresh'
  readonly fault: RefreshFault
  /** For `slow` (default 2000) and, if given, before any other fault. */
  readonly delayMs?: number
  readonly retryAfter?: number | string
}

export const DEVICE_ANSWERS = ['authorization_pending', 'slow_down', 'expired_token', 'access_denied'] as const

/** What one poll of a device flow is told, whatever was decided at its page. */
export type DeviceStep = Aim & { readonly do: 'device'; readonly answer: (typeof DEVICE_ANSWERS)[number] }

/** How one sign-in page ends, whoever is at it; without steps as they decide, with a social account. */
export type SignInStep = Aim & { readonly do: 'sign-in'; readonly as: 'social' | 'external-idp' | 'denied' }

export const CONTROL_OPERATIONS = ['models', 'usage', 'profiles', 'mcp'] as const
export type ControlOperation = (typeof CONTROL_OPERATIONS)[number]

/** What happens to one call of the control plane or of `/mcp`. */
export type ControlStep = Aim & { readonly do: 'operation'; readonly operation: ControlOperation } & Omit<ErrorStep, 'do'>

export type Step = GenerateStep | RefreshStep | DeviceStep | SignInStep | ControlStep
