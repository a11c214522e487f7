import type { ErrorCode } from '../errors/codes.ts'
import type { Batch, Usage } from '../model/event.ts'
import type { ChatRequest } from '../model/request.ts'
import type { Account, Lane, Quota } from './account.ts'
import type { Clock } from './clock.ts'
import type { HttpClient } from './http-client.ts'
import type { Logger } from './log.ts'

/** One client request. Read-only: hand a changed copy to `next`. */
export interface Call {
  readonly id: string
  readonly dialect: string
  readonly principal: Principal
  readonly request: ChatRequest
  /** The model as the client named it: answers repeat it whatever was served. */
  readonly requestedModel: string
  /** Every attempt so far, kept by the engine; all copies of a call see the same trail. */
  readonly trail: readonly AttemptRecord[]
  readonly signal: AbortSignal
  readonly log: Logger
}

/** Who asks. */
export interface Principal {
  /** The client key's id, or `anonymous`; never the key. */
  readonly keyId: string
  readonly label?: string
  /** The upstream credential that this caller brought along, as a keyed hash: its calls use that account alone. */
  readonly tenant?: string
  /** Models that this key may ask for; absent: all. */
  readonly models?: readonly string[]
}

/** One try with one account over one lane. Begins when the innermost request hook calls `next`. */
export interface Attempt<C = unknown> {
  readonly call: Call
  /** Counts from 1 within the call. */
  readonly number: number
  readonly account: Account<C>
  readonly lane: Lane
  /** The provider's own id of the model. */
  readonly model: string
  readonly http: HttpClient
  readonly clock: Clock
  /** Changes that an earlier failure of this call asked for. */
  readonly remedies: ReadonlySet<string>
  /** Aborts when the client leaves, a time-out strikes or the gateway ends. */
  readonly signal: AbortSignal
  /** Takes what an answer told of the account's quota. */
  readonly observed?: (quota: Quota) => void
}

export interface AttemptRecord {
  readonly number: number
  readonly provider: string
  readonly account: string
  readonly lane: string
  readonly model: string
  readonly startedAt: number
  readonly durationMs: number
  /** `ok` once the first visible event came. */
  readonly outcome: ErrorCode | 'ok'
  readonly reason?: string
}

/** Resolves at the first visible event: until then the attempt may be repeated. */
export interface Reply {
  readonly attempt: Attempt
  readonly events: AsyncIterable<Batch>
}

/** How a call ended, once, after its last byte. */
export interface Outcome {
  readonly status: 'ok' | 'failed' | 'cancelled'
  readonly code?: ErrorCode
  readonly message?: string
  readonly usage?: Usage
  readonly attempts: readonly AttemptRecord[]
  readonly durationMs: number
  /** Until the first visible event; absent when there was none. */
  readonly firstEventMs?: number
  readonly streamed: boolean
}
