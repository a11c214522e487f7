import type { ErrorCode } from '../errors/codes.ts'
import type { AccountState, Lane, QuotaReading } from './account.ts'
import type { AttemptRecord, Call, Outcome } from './call.ts'

/** What happens, for whoever watches: statistics, metrics, audit, the panel. Nothing that decides listens here: at most it looks again sooner. */
export interface GatewayEvents {
  'account.state': (change: {
    readonly account: string
    readonly provider: string
    readonly from: AccountState
    readonly to: AccountState
    readonly cause?: StateCause
  }) => void
  'account.refreshed': (event: { readonly account: string; readonly generation: number }) => void
  /** Another process has renewed the account, or its source has; this one has just learnt of it. */
  'account.adopted': (event: { readonly account: string; readonly generation: number }) => void
  'account.refresh-failed': (event: { readonly account: string; readonly code: ErrorCode; readonly message: string }) => void
  'account.quota': (event: QuotaEvent) => void
  'attempt.started': (event: { readonly call: string; readonly account: string; readonly lane: Lane; readonly number: number }) => void
  'attempt.ended': (event: { readonly call: string; readonly record: AttemptRecord }) => void
  'request.settled': (event: { readonly call: Call; readonly outcome: Outcome }) => void
}

/** A reading that this process has from its provider or, `elsewhere`, from the store: whoever made that one has written it down. */
interface QuotaEvent {
  readonly account: string
  readonly reading: QuotaReading
  readonly before?: QuotaReading
  readonly elsewhere?: true
}

/** Cause of what this process learnt from the store: another one found it out or an operator said so, and has written it down. */
export const ELSEWHERE = 'elsewhere'

/** Cause of an account's return at the time that was set: every process sees it, at the same moment. */
export const REST_OVER = 'rest-over'

/** What changed an account's state. */
export interface StateCause {
  /** A word of the error table, or of the outcome that was none: `success`, `quota-left`, `rest-over`, `elsewhere`. */
  readonly code: string
  readonly detail?: string
  readonly call?: string
  readonly attempt?: number
}

/** The part of eventemitter3 that plugins get. */
export interface EventBus {
  on<E extends keyof GatewayEvents>(event: E, listener: GatewayEvents[E]): unknown
  off<E extends keyof GatewayEvents>(event: E, listener: GatewayEvents[E]): unknown
  emit<E extends keyof GatewayEvents>(event: E, ...args: Parameters<GatewayEvents[E]>): boolean
}
