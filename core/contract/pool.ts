import type { GatewayError } from '../errors/gateway-error.ts'
import type { Account, AccountState, ImportedAccount, Lane } from './account.ts'
import type { Call } from './call.ts'
import type { HttpClient } from './http-client.ts'
import type { Provider } from './provider.ts'

/** Accounts as the engine needs them: one lease per attempt. */
export interface AccountPool {
  /**
   * The account, lane and credential for the next attempt of a call: never one that the trail shows as used up,
   * never one whose state forbids it, with a credential that is valid now (refreshed and durable if it was not).
   * @throws GatewayError `no_account`, `all_cooling`, `all_exhausted`, `model_not_found`, with the earliest return as `retryAfterMs`
   */
  lease(call: Call): Promise<Lease>
  /**
   * The same lease with a credential newer than the one that was refused: one refresh however many ask.
   * @throws GatewayError `needs_login` when the account cannot be renewed, or what the refresh met
   */
  renew(lease: Lease): Promise<Lease>
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
  /** The account's slot is free again. Idempotent. */
  release(): void
}

/** Decides what an account calls the model that a client named. */
export interface ModelRouter {
  /** The provider's id, or undefined when this account does not serve it. */
  resolve(provider: Provider, account: Account, model: string): string | undefined
  /** A provider prefix taken off the name: `kiro/claude-sonnet-4.5` → kiro, claude-sonnet-4.5. */
  split(model: string): { readonly provider?: string; readonly model: string }
}

/** Gives each account its way out. */
export interface Egress {
  clientFor(account: Pick<Account, 'id' | 'provider' | 'settings'>): HttpClient
}

/** Accounts for people and commands. */
export interface AccountDirectory {
  list(): Promise<readonly AccountSummary[]>
  add(provider: string, imported: ImportedAccount, origin: AccountOrigin): Promise<AccountSummary>
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
  readonly facts: Readonly<Record<string, string>>
}

/** `store`: added by command; `env` and `file:…`: read at each start; `caller`: brought along by a client. */
export type AccountOrigin = 'store' | 'env' | 'caller' | `file:${string}` | `url:${string}`
