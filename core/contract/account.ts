/** Who pays for a call at a provider: one subscription, one API key. */
export interface Account<C = unknown> {
  /** Stable, opaque, safe in logs and URLs. */
  readonly id: string
  readonly provider: string
  /** For people: an e-mail's local part, a file's name. */
  readonly label: string
  readonly credential: C
  /** Counts rotations of the credential; a token that was refused at generation 3 says nothing of generation 4. */
  readonly generation: number
  /** What the provider learned and wants kept: no secrets, strings only (`profileArn`, `machineId`). */
  readonly facts: Facts
  readonly settings: AccountSettings
  /** Set for an account that one caller brought along: nobody else is served by it. */
  readonly owner?: string
}

export type Facts = Readonly<Record<string, string>>

export interface AccountSettings {
  /** Way out for every call of this account: a proxy URL, or `direct`. */
  readonly proxy?: string
  /** Accounts of a higher one are asked first; default 0. */
  readonly priority?: number
  /** Share of the turns compared with its peers; default 1. 0: only where nobody else can serve. */
  readonly weight?: number
  /** The only models that it may be asked for, `*` for any characters; absent: all that it has. */
  readonly models?: readonly string[]
}

export type AccountStatus = 'active' | 'cooldown' | 'exhausted' | 'unhealthy' | 'suspended' | 'invalid' | 'disabled'

/** An account's state with the answer to "why" and "until when". Times are wall clock, milliseconds. */
export interface AccountState {
  readonly status: AccountStatus
  /** A word of the error table or of the operator: `account_rate_limited`, `needs-login`, `by-operator`. */
  readonly reason?: string
  readonly since: number
  /** When it ends by itself; absent: an operator must act. */
  readonly until?: number
  readonly failures: number
}

/** One endpoint through which an account can be served; rate limits and outages are counted per lane. */
export interface Lane {
  readonly id: string
  readonly origin: string
  /** Lanes of one bucket share the upstream's rate limit; absent: a limit of its own. */
  readonly bucket?: string
}

/** What is left, as a list of buckets: an account is exhausted when all of them are. */
export interface Quota {
  readonly plan?: string
  readonly buckets: readonly QuotaBucket[]
}

export interface QuotaBucket {
  readonly name: string
  readonly used: number
  readonly limit: number
  readonly unit: string
  /** Wall clock, milliseconds. */
  readonly resetsAt?: number
}

/** What a credential source yields before it is an account. */
export interface ImportedAccount<C = unknown> {
  readonly label: string
  readonly credential: C
  readonly facts?: Facts
  readonly settings?: AccountSettings
  readonly disabled?: boolean
}
