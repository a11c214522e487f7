import type { AccountKind, IssueOptions, SimulatedAccount } from './accounts.ts'
import type { World } from './world.ts'

/** A credential in the shape in which the IDE keeps it on disk (`kiro.md` §2.1), its client registration included. */
export interface IssuedCredential {
  readonly accessToken?: string
  readonly refreshToken?: string
  /** ISO 8601. */
  readonly expiresAt?: string
  readonly authMethod: 'social' | 'IdC' | 'external_idp' | 'api_key'
  readonly provider?: string
  readonly profileArn?: string
  readonly clientId?: string
  readonly clientSecret?: string
  readonly clientIdHash?: string
  /** SSO region. */
  readonly region?: string
  readonly startUrl?: string
  readonly tokenEndpoint?: string
  readonly issuerUrl?: string
  readonly scopes?: string
  readonly kiroApiKey?: string
}

const ENTERPRISE_START = 'https://d-0000000000.awsapps.com/start'

/** Creates an account and gives its credential out. */
export function issueCredential(world: World, kind: AccountKind, options: IssueOptions = {}): IssuedCredential {
  const account = world.accounts.create(kind, options)
  switch (kind) {
    case 'social':
      return { ...tokens(world, account, options), profileArn: account.profileArn ?? '', authMethod: 'social', provider: 'Google' }
    case 'builder-id':
      return oidcCredential(world, account, { ...options, provider: 'BuilderId' })
    case 'idc':
      return {
        ...oidcCredential(world, account, { ...options, provider: 'Enterprise', startUrl: ENTERPRISE_START }),
        ...(options.withProfileArn === true && account.profileArn !== undefined ? { profileArn: account.profileArn } : {}),
      }
    case 'external-idp': {
      const { clientId } = world.clients.register()
      const issuerUrl = `${world.origin}/oidc-external`
      return {
        ...tokens(world, account, { ...options, clientId }),
        authMethod: 'external_idp',
        provider: 'ExternalIdp',
        clientId,
        issuerUrl,
        tokenEndpoint: `${issuerUrl}/token`,
        scopes: `api://${clientId}/codewhisperer:conversations api://${clientId}/codewhisperer:completions offline_access`,
        region: account.authRegion,
        profileArn: account.profileArn ?? '',
      }
    }
    case 'api-key':
      return { kiroApiKey: world.tokens.issueApiKey(account), authMethod: 'api_key' }
    default:
      return kind satisfies never
  }
}

type OidcOptions = IssueOptions & { readonly provider: string; readonly startUrl?: string }

function oidcCredential(world: World, account: SimulatedAccount, options: OidcOptions): IssuedCredential {
  const { provider, startUrl } = options
  const client = world.clients.register({ startUrl })
  return {
    ...tokens(world, account, { ...options, clientId: client.clientId }),
    ...client,
    authMethod: 'IdC',
    provider,
    region: account.authRegion,
    ...(startUrl === undefined ? {} : { startUrl }),
  }
}

function tokens(
  world: World,
  account: SimulatedAccount,
  { accessTokenSeconds, clientId }: IssueOptions & { readonly clientId?: string },
): { readonly accessToken: string; readonly refreshToken: string; readonly expiresAt: string } {
  const { accessToken, refreshToken, expiresAt } = world.tokens.issuePair(account, {
    ...(clientId === undefined ? {} : { clientId }),
    ...(accessTokenSeconds === undefined ? {} : { seconds: accessTokenSeconds }),
  })
  return { accessToken, refreshToken, expiresAt: new Date(expiresAt).toISOString() }
}
