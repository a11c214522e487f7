import type { GatewayError, Remedy } from '../errors/gateway-error.ts'
import type { Account, AccountEvent, AccountFault, AccountState, AccountUsage, ImportedAccount, Lane, QuotaForecast, QuotaReading, Quota } from './account.ts'
import type { Call } from './call.ts'
import type { ExplainQuestion, Explanation } from './explanation.ts'
import type { HttpClient } from './http-client.ts'
import type { Provider } from './provider.ts'

/** Accounts as the engine needs them: one lease per attempt. */
export interface AccountPool {
  /**
   * The account, lane and credential for the next attempt of a call: never one that the trail shows as used up,
   * never one whose state forbids it, with a credential that is valid now (refreshed and durable if it was not).
   * Waits in line where those who could serve are as busy as their pace allows.
   * @throws GatewayError `no_account`, `all_cooling`, `all_exhausted`, `model_not_found`, with the earliest return as `retryAfterMs`
   */
  lease(call: Call): Promise<Lease>
  /**
   * The same lease, mended as its failure asked: a credential newer than the one that was refused (one refresh however
   * many ask), or the provider's facts resolved anew.
   * @throws GatewayError `needs_login` when the account cannot be renewed, or what the refresh met
   */
  renew(lease: Lease, remedy?: Remedy): Promise<Lease>
  /** How many accounts could serve this call if all were well: bounds the attempts. */
  size(call: Call): number
}

export interface Lease {
  readonly provider: Provider
  readonly account: Account
  readonly lane: Lane
  /** The provider's own id of the model. */
  readonly model: string
  /** The account's way out. */
  readonly http: HttpClient
  /** The first visible event came. */
  succeeded(): void
  /** The only way in which a failure reaches an account's state; its scope decides what, if anything, changes. */
  failed(error: GatewayError): void
  /** What an answer told of the account's quota on its way. */
  observed?(quota: Quota): void
  /** The account's slot is free again. Idempotent. */
  release(): void
}

/**
 * What speaks for an account's having a model: its list, its settings or its provider's catalogue `named` it; `untold`,
 * nobody's do, so that it may have it; `behind`, nothing does, while others are known to have it. `absent`: it has it not.
 */
export type ModelStanding = 'named' | 'untold' | 'behind' | 'absent'

/** Decides what an account calls the model that a client named. */
export interface ModelRouter {
  /** The provider's id, or undefined when this account does not serve it. */
  resolve(provider: Provider, account: Account, model: string): string | undefined
  /** Who comes first among accounts that may have the model: those that are `behind` come after all others. */
  standing(provider: Provider, account: Account, model: string): ModelStanding
  /** A provider prefix taken off the name: `kiro/claude-sonnet-4.5` → kiro, claude-sonnet-4.5. */
  split(model: string): { readonly provider?: string; readonly model: string }
}

/** Gives each account its way out. */
export interface Egress {
  clientFor(account: Pick<Account, 'id' | 'provider' | 'settings'>): HttpClient
}

/** Who brings an account along: the tenant that alone may use it, and the client key that lets it in. */
export interface Caller {
  readonly tenant: string
  readonly keyId: string
}

/** Opens the private account of a caller that brought its own upstream token; part of what an AccountPool usually is. */
export interface CallerAccounts {
  /**
   * To be awaited before the caller's first lease.
   * @throws GatewayError `bad_request` when no provider takes such a token
   */
  welcome(caller: Caller, token: string): Promise<void>
}

/** Tells which account a request would get, and why; part of what an AccountPool usually is. */
export interface ChoiceExplainer {
  explain(question: ExplainQuestion): Explanation
}

/** Accounts for people and commands. */
export interface AccountDirectory {
  list(): Promise<readonly AccountSummary[]>
  /** Keeps an account; one that is there already is returned as it is, with `added: false`. */
  add(provider: string, imported: ImportedAccount, origin: AccountOrigin): Promise<AddedAccount>
  /** @throws GatewayError `not_found`, as all that follow */
  show(id: string): Promise<AccountSummary>
  enable(id: string): Promise<AccountSummary>
  disable(id: string, reason?: string): Promise<AccountSummary>
  /** Ends a cooldown, a suspension or any other state that health brought about, and forgets what was read of its quota. */
  restore(id: string): Promise<RestoredAccount>
  remove(id: string): Promise<void>
  /** What happened to it, the newest last; at most so many of the newest. */
  history(id: string, most?: number): Promise<readonly AccountEvent[]>
  /** The credential in clear, for `accounts export`. */
  reveal(id: string): Promise<ImportedAccount>
}

export interface AddedAccount extends AccountSummary {
  readonly added: boolean
}

export interface RestoredAccount extends AccountSummary {
  /** False where there was nothing to end. */
  readonly changed: boolean
}

export interface AccountSummary {
  readonly id: string
  readonly provider: string
  readonly label: string
  readonly origin: AccountOrigin
  readonly state: AccountState
  readonly generation: number
  /** When the access token ends, wall clock, milliseconds. */
  readonly expiresAt?: number
  /** False once the source that it came from no longer names it: kept, but not used. */
  readonly attached: boolean
  readonly facts: Readonly<Record<string, string>>
  /** Why it is in this state and what will end that, in words; absent while it is well. */
  readonly words?: { readonly why: string; readonly ends: string }
  /** When its token is to be renewed ahead of its end, about; absent: never, or not before it is used. */
  readonly refreshesAt?: number
  /** As it was last read; absent: it never was, or the provider does not tell. */
  readonly quota?: KnownQuota
  readonly usage: AccountUsage
  /** Requests under way in every process that uses this store. */
  readonly inFlight: number
  readonly lastFault?: AccountFault
}

export interface KnownQuota extends QuotaReading {
  readonly forecast?: QuotaForecast
}

/** `store`: added by command; `config`, `env` and `file:…`: read at each start; `caller`: brought along by a client. */
export type AccountOrigin = 'store' | 'config' | 'env' | 'caller' | `file:${string}` | `url:${string}`
