import type { Account, Clock, HttpClient } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import type { EndpointOptions } from '../endpoints.ts'
import type { IdentityOptions } from '../identity.ts'
import type { KiroOptions } from '../options.ts'

type AuthOptions = EndpointOptions & IdentityOptions & Pick<KiroOptions, 'externalIdpHosts'>

/** What a refresh works with. */
export interface RefreshContext {
  readonly account: Account<KiroCredential>
  readonly http: HttpClient
  readonly clock: Clock
  readonly options: AuthOptions
}

/** How one kind of credential lives. */
export interface AuthStrategy {
  /**
   * Trades the refresh token in. Absent: the credential never ends.
   * @throws GatewayError `needs_login` when the token is dead for good; anything else means "later"
   */
  readonly refresh?: (context: RefreshContext) => Promise<KiroCredential>
  /** Whether a refresh token whose answer got lost may be shown once more. */
  readonly replayable: boolean
}
