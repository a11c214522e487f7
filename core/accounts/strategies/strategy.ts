import type { TierView } from '../account-tier.ts'
import type { AccountEntry } from '../entry.ts'

/** How the accounts of one tier are gone through until one can serve. */
export interface Walk {
  /** Index of the account that is looked at first. */
  readonly start: number
  /** From one to the next, around the end. */
  readonly step: number
  /** With it the best is taken instead of the first: higher is better, and of equals the one that was looked at first. */
  readonly score?: (entry: AccountEntry) => number
}

interface Circumstances {
  readonly now: number
  /** 0 to 1, drawn before it is needed: `explain` sees the same one as the next request. */
  readonly chance: number
}

/** Pure, and cheap: it runs once per request. What it reads of accounts, others count. */
export type Strategy = (tier: TierView, circumstances: Circumstances) => Walk
