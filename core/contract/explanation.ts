import type { Principal } from './call.ts'
import type { AccountStatus } from './account.ts'

/** What somebody asks who wants to know which account a request would get. */
export interface ExplainQuestion {
  readonly model: string
  /** The conversation, as the client tells it. */
  readonly session?: string
  readonly principal: Principal
}

/** Who would serve a request now, who would stand in, and what keeps the others from it. Nothing is changed by asking. */
export interface Explanation {
  readonly model: string
  /** Ids of the accounts that would be asked, one after the other, if each failed and nothing else happened. */
  readonly order: readonly string[]
  /** Those of `order` first, in that order. */
  readonly candidates: readonly ExplainedAccount[]
}

export interface ExplainedAccount {
  readonly account: string
  readonly label: string
  readonly provider: string
  readonly status: AccountStatus
  /** How its provider's accounts are chosen. */
  readonly strategy: string
  readonly verdict: 'chosen' | 'fallback' | 'ruled-out'
  /** For people. */
  readonly reason: string
  /** The endpoint over which it would be asked. */
  readonly lane?: string
  /** When what rules it out ends by itself, wall clock, milliseconds. */
  readonly until?: number
  /** What the strategy makes of it, where it compares accounts: higher comes first among accounts of one priority. */
  readonly score?: number
  /** Counts from 1. */
  readonly position?: number
}
