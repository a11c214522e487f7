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
  /** A word of the error table or of the operator: `account_rate_limited`, `needs_login`, `by-operator`. */
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

/** A quota as it was read at one moment. */
export interface QuotaReading {
  readonly quota: Quota
  /** Wall clock, milliseconds. */
  readonly readAt: number
  /** Share that is left, 0 to 1: pots of one unit stand in for each other, of several units the fullest counts. Absent: no pot has a limit. */
  readonly remaining?: number
}

/** How often an account was asked since it was added. */
export interface AccountUsage {
  readonly requests: number
  readonly successes: number
  readonly failures: number
  /** Wall clock, milliseconds. */
  readonly lastUsedAt?: number
}

/** The last failure that was the account's or its upstream's, never one of a client's request. */
export interface AccountFault {
  /** A word of the error table. */
  readonly code: string
  readonly message: string
  /** Wall clock, milliseconds. */
  readonly at: number
}

/** When what is left will be used up, going on as of late. */
export interface QuotaForecast {
  /** Per hour, in the unit of the pots. */
  readonly rate: number
  readonly unit: string
  /** Wall clock, milliseconds; absent: not before it is filled up again, or nothing is being used. */
  readonly emptyAt?: number
  /** The earliest time at which something is filled up again. */
  readonly resetsAt?: number
}

/** One line of an account's history. */
export interface AccountEvent {
  /** Wall clock, milliseconds. */
  readonly at: number
  readonly kind: AccountEventKind
  readonly from?: AccountStatus
  readonly to?: AccountStatus
  /** When the new state ends by itself. */
  readonly until?: number
  /** A word of the error table, or of the operator. */
  readonly cause?: string
  /** A short sentence without secrets. */
  readonly detail?: string
  /** The client request in which it happened, and the attempt within it. */
  readonly call?: string
  readonly attempt?: number
}

/** `state` is brought about by what the account met, `enabled` and its neighbours by an operator or a source of credentials. */
export type AccountEventKind =
  | 'state'
  | 'refreshed'
  | 'refresh-failed'
  | 'quota'
  | 'added'
  | 'imported-again'
  | 'credential-replaced'
  | 'enabled'
  | 'disabled'
  | 'restored'
  | 'removed'

/** What a credential source yields before it is an account. */
export interface ImportedAccount<C = unknown> {
  readonly label: string
  /** The source has no name for it: the label only tells its kind, and gets a number where another account has it already. */
  readonly unnamed?: boolean
  readonly credential: C
  readonly facts?: Facts
  readonly settings?: AccountSettings
  readonly disabled?: boolean
}
