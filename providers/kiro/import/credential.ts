import type { KiroCredential, KiroCredentialKind } from '../credential.ts'
import { isProfileArn, REGION_PATTERN } from '../regions.ts'
import { type Fields, isFields } from '../untrusted.ts'
import type { ClientPair } from './companion.ts'
import { isCut } from './cut-token.ts'
import { definedOnly } from './defined.ts'
import type { Entry } from './entry.ts'
import { expiryMs } from './expiry.ts'
import { detectKind, startUrlOfSecret } from './kind.ts'
import { Rejection } from './rejection.ts'

/** What every kind of credential is read from. */
interface Reading {
  readonly entry: Entry
  readonly kind: KiroCredentialKind | undefined
  readonly method: string | undefined
  readonly apiKey: string | undefined
  readonly client: ClientPair | undefined
  readonly startUrl: string | undefined
  readonly provider: string | undefined
  readonly profileArn: string | undefined
  readonly tokenEndpoint: string | undefined
}

/** Whether an entry is an OIDC account's whose client registration must be looked for elsewhere. */
export function lacksClient(entry: Entry): boolean {
  const { kind, client } = read(entry, undefined)
  return isOidc(kind) && client === undefined
}

/** The credential that an entry holds, completed with a client registration found beside it. */
export function readCredential(entry: Entry, found: ClientPair | undefined): KiroCredential | Rejection {
  const reading = read(entry, found)
  const { kind, method, profileArn, provider } = reading
  if (kind === undefined) return new Rejection(`its sign-in method ${quoted(method)} is none of social, idc, builder-id, external_idp, api_key`)
  if (profileArn !== undefined && !isProfileArn(profileArn)) return new Rejection('its profileArn is not the ARN of a profile')
  const regions = regionsOf(entry)
  if (regions instanceof Rejection) return regions
  const secrets = kind === 'api-key' ? keyMembers(reading) : sessionMembers(reading)
  if (secrets instanceof Rejection) return secrets
  const problem = wrongSecret(secrets)
  if (problem !== undefined) return new Rejection(problem)
  const known = { kind, ...secrets, ...regions, ...definedOnly({ profileArn, identityProvider: provider }) }
  return { ...known, ...definedOnly({ rest: restOf(entry) }) }
}

function read(entry: Entry, found: ClientPair | undefined): Reading {
  const clientId = entry.text('clientId')
  const clientSecret = entry.text('clientSecret')
  const client = clientId !== undefined && clientSecret !== undefined ? { clientId, clientSecret } : found
  const provider = entry.text('identityProvider', 'provider', 'idp')
  const reading = {
    entry,
    client,
    method: entry.text('authMethod', 'auth', 'authMode', 'kind'),
    apiKey: apiKeyOf(entry),
    startUrl: entry.text('startUrl') ?? startUrlOfSecret(client?.clientSecret),
    // Our own exports name the gateway's provider there.
    provider: provider === 'kiro' ? undefined : provider,
    profileArn: entry.text('profileArn', 'arn'),
    tokenEndpoint: entry.text('tokenEndpoint'),
  }
  const hasClient = client !== undefined || entry.peekText('clientIdHash') !== undefined
  return { ...reading, kind: detectKind({ ...reading, hasClient }) }
}

type Secrets = Omit<KiroCredential, 'kind'>

function keyMembers({ apiKey }: Reading): Secrets | Rejection {
  return apiKey === undefined ? new Rejection('it has no API key') : { apiKey }
}

function sessionMembers({ entry, kind, client, startUrl, tokenEndpoint }: Reading): Secrets | Rejection {
  const refreshToken = entry.text('refreshToken')
  if (refreshToken === undefined) return new Rejection('it has no refresh token')
  if (isOidc(kind) && client === undefined) {
    return new Rejection('it has no clientId and clientSecret, and no client registration was found beside it; import it from its own folder or sign in again')
  }
  const clientId = client?.clientId ?? entry.text('clientId')
  if (kind === 'external-idp' && (clientId === undefined || tokenEndpoint === undefined))
    return new Rejection('it has no clientId and tokenEndpoint, which an external identity provider needs')
  const accessToken = entry.text('accessToken')
  const expiresAt = expiryMs(entry.get('expiresAt', 'expire', 'expires', 'expiry'))
  return {
    ...definedOnly({ refreshToken, clientId, clientSecret: client?.clientSecret, startUrl, tokenEndpoint }),
    ...definedOnly({ issuerUrl: entry.text('issuerUrl'), scopes: scopesOf(entry) }),
    // A cut access token is no loss: the refresh token brings another.
    ...(accessToken === undefined || tokenProblem(accessToken) !== undefined ? {} : definedOnly({ accessToken, expiresAt })),
  }
}

function isOidc(kind: KiroCredentialKind | undefined): boolean {
  return kind === 'idc' || kind === 'builder-id'
}

function wrongSecret({ apiKey, refreshToken, clientSecret }: Secrets): string | undefined {
  for (const [name, secret] of [
    ['API key', apiKey],
    ['refresh token', refreshToken],
    ['client secret', clientSecret],
  ] as const) {
    const problem = secret === undefined ? undefined : tokenProblem(secret)
    if (problem !== undefined) return `its ${name} ${problem}`
  }
  return refreshToken !== undefined && isCut(refreshToken)
    ? `its refresh token looks cut: ${refreshToken.length} characters, where Kiro's have hundreds; copy the whole of it`
    : undefined
}

/**
 * Why a secret of whatever kind cannot be a whole one: what people and tools shorten, they mark with dots. Length alone says
 * nothing: a relay or simulator may issue short tokens.
 */
function tokenProblem(token: string): string | undefined {
  if (token.includes('...') || token.includes('…')) return 'is a shortened copy: there are dots in it; copy the whole of it'
  return /^[\x21-\x7e]+$/.test(token) ? undefined : 'has white space or other characters in it that no token has'
}

function apiKeyOf(entry: Entry): string | undefined {
  // Some tools put the key where a token would be.
  return entry.text('kiroApiKey', 'apiKey') ?? [entry.peekText('accessToken'), entry.peekText('refreshToken')].find(token => token?.startsWith('ksk_'))
}

/** `region` is that of the sign-in; tools have several names for it, and enterprise imports keep it in `authRegion` alone. */
function regionsOf(entry: Entry): Pick<KiroCredential, 'authRegion' | 'apiRegion'> | Rejection {
  const region = entry.text('region')
  const authRegion = entry.text('authRegion', 'idcRegion', 'ssoRegion') ?? region
  const apiRegion = entry.text('apiRegion')
  const wrong = [authRegion, apiRegion].find(name => name !== undefined && !REGION_PATTERN.test(name))
  return wrong === undefined ? definedOnly({ authRegion, apiRegion }) : new Rejection(`its region ${quoted(wrong)} is not the name of an AWS region`)
}

function scopesOf(entry: Entry): string | undefined {
  const scopes = entry.get('scopes', 'scope')
  if (!Array.isArray(scopes)) return typeof scopes === 'string' && scopes.trim() !== '' ? scopes.trim() : undefined
  const words = scopes.filter(scope => typeof scope === 'string' && scope !== '')
  return words.length === 0 ? undefined : words.join(' ')
}

/** Members that nobody read, with those that our own export kept apart in the same way. */
function restOf(entry: Entry): Fields | undefined {
  const kept = entry.get('rest')
  const rest = { ...(isFields(kept) ? kept : {}), ...entry.unread() }
  return Object.keys(rest).length === 0 ? undefined : rest
}

function quoted(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 40))
}
