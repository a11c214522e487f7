import type { Call } from '../contract/call.ts'
import type { Provider } from '../contract/provider.ts'
import type { AccountTier } from './account-tier.ts'
import type { AccountEntry } from './entry.ts'
import type { SessionSource } from './session-key.ts'
import type { Tries } from './tries.ts'
import { Busy } from './verdict.ts'

/** What is asked for: by a call, or by somebody who wants to know what a call would get. */
export interface Wanted {
  readonly model: string
  readonly caller: SessionSource
  readonly trail: Call['trail']
  /** Accounts that must not be chosen. */
  readonly passed: ReadonlySet<string>
  /** Who is taken to have had the turn before this one: for looking ahead. */
  readonly previous?: AccountEntry
}

/** One search, and what it found out on the way. */
export interface Search {
  readonly asked: string
  readonly trail: Call['trail']
  readonly tries: ReadonlyMap<string, Tries>
  readonly passed: ReadonlySet<string>
  readonly previous: AccountEntry | undefined
  readonly now: number
  /** The account that the conversation is with. */
  readonly bound: string | undefined
  /** The conversation that stays with who is chosen; none after an escape from a bound account that is well. */
  session: string | undefined
  /** Whether accounts whose every lane rests will do. */
  tired: boolean
  /** Whether accounts will do that might have the model while others are known to have it. */
  guessing: boolean
  /** Whether there are such that were passed over. */
  behind: boolean
  /** Who could serve if it were not for its pace. */
  busy: Busy | undefined
  /** Where the account that was found had its turn; none if it was not the strategy that found it. */
  turnOf: AccountTier | undefined
}

export function noteBusy(search: Search, { name }: Provider, until: number): void {
  search.busy = search.busy?.or(until) ?? new Busy(name, until)
}
