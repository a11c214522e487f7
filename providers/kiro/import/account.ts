import type { AccountSettings, Clock, ImportContext, ImportedAccount } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { normaliseMachineId } from '../machine-id.ts'
import { isProfileArn, REGION_PATTERN } from '../regions.ts'
import { isFields } from '../untrusted.ts'
import { findClient } from './companion.ts'
import { Entry } from './entry.ts'
import { expiryMs } from './expiry.ts'
import { detectKind, startUrlOfSecret } from './kind.ts'
import { proxySetting } from './proxy-setting.ts'

/** Why an entry is passed over, in words for whoever made the file. */
export class Rejection {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** Where an entry comes from and what helps to complete it. */
export interface EntryContext {
  readonly context: ImportContext
  readonly clock: Clock
  /** Name for an account that has none of its own. */
  readonly fallbackLabel: string
}

/** Files of other vendors' accounts that the same tools write into the same folder. */
const FOREIGN = new Set(['gemini', 'gemini-cli', 'codex', 'claude', 'qwen', 'iflow', 'antigravity', 'vertex', 'openai', 'anthropic', 'aistudio'])

/** The account that an entry describes, or why it cannot be one. */
export async function importEntry(value: unknown, { context, clock, fallbackLabel }: EntryContext): Promise<ImportedAccount<KiroCredential> | Rejection> {
  const fields = typeof value === 'string' ? fromBareToken(value) : value
  if (!isFields(fields)) return new Rejection('it is not a JSON object')
  const entry = new Entry(fields)
  const type = entry.text('type')
  if (type !== undefined && FOREIGN.has(type.toLowerCase())) return new Rejection(`it is a credential of ${type.toLowerCase()}, not of Kiro`)

  const settings = settingsOf(entry)
  if (settings instanceof Rejection) return settings
  const label = labelOf(entry) ?? fallbackLabel
  const machineId = normaliseMachineId(entry.text('machineId'))
  const disabled = entry.get('disabled') === true
  const credential = await credentialOf(entry, context, clock)
  if (credential instanceof Rejection) return credential
  return {
    label,
    credential,
    ...(machineId === undefined ? {} : { facts: { machineId } }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(disabled ? { disabled } : {}),
  }
}

async function credentialOf(entry: Entry, context: ImportContext, clock: Clock): Promise<KiroCredential | Rejection> {
  const refreshToken = entry.text('refreshToken')
  const apiKey = apiKeyOf(entry)
  const hash = entry.text('clientIdHash')
  const own = { clientId: entry.text('clientId'), clientSecret: entry.text('clientSecret') }
  const tokenEndpoint = entry.text('tokenEndpoint')
  const profileArn = entry.text('profileArn', 'arn')
  const method = entry.text('authMethod', 'auth', 'authMode', 'authType')
  const provider = entry.text('provider', 'idp', 'identityProvider')
  const writtenStartUrl = entry.text('startUrl')
  const hasClient = hash !== undefined || (own.clientId !== undefined && own.clientSecret !== undefined)
  const hints = { method, provider, apiKey, tokenEndpoint, profileArn, hasClient, startUrl: writtenStartUrl ?? startUrlOfSecret(own.clientSecret) }
  const guess = detectKind(hints)
  if (guess === undefined) return new Rejection(`its sign-in method ${JSON.stringify(method?.slice(0, 40))} is none of social, idc, builder-id, external_idp, api_key`)

  const regions = regionsOf(entry)
  if (regions instanceof Rejection) return regions
  if (profileArn !== undefined && !isProfileArn(profileArn)) return new Rejection('its profileArn is not the ARN of a profile')
  const shared = definedOnly({ ...regions, profileArn, identityProvider: provider })
  if (guess === 'api-key') {
    const problem = apiKey === undefined ? 'it has no API key' : tokenProblem('API key', apiKey)
    return problem === undefined ? withRest({ kind: guess, ...shared, ...definedOnly({ apiKey }) }, entry) : new Rejection(problem)
  }
  const problem = refreshToken === undefined ? 'it has no refresh token' : (tokenProblem('refresh token', refreshToken) ?? tokenProblem('client secret', own.clientSecret))
  if (problem !== undefined) return new Rejection(problem)

  const isOidc = guess === 'idc' || guess === 'builder-id'
  const client = isOidc && (own.clientId === undefined || own.clientSecret === undefined) ? await findClient(hash, context, clock) : own
  if (isOidc && client?.clientSecret === undefined) {
    return new Rejection('it has no clientId and clientSecret, and no client registration was found beside it; import it from its own folder or sign in again')
  }
  const startUrl = hints.startUrl ?? startUrlOfSecret(client?.clientSecret)
  const accessToken = entry.text('accessToken')
  const expiresAt = expiryMs(entry.get('expiresAt', 'expire', 'expires', 'expiry'))
  // A cut access token is no loss: the refresh token brings another.
  const usable = accessToken !== undefined && tokenProblem('access token', accessToken) === undefined
  return withRest(
    {
      kind: detectKind({ ...hints, startUrl }) ?? guess,
      ...shared,
      ...definedOnly({ refreshToken, ...client, startUrl, tokenEndpoint, issuerUrl: entry.text('issuerUrl'), scopes: scopesOf(entry) }),
      ...(usable ? definedOnly({ accessToken, expiresAt }) : {}),
    },
    entry,
  )
}

function withRest(credential: KiroCredential, entry: Entry): KiroCredential {
  const rest = entry.rest()
  return rest === undefined ? credential : { ...credential, rest }
}

/**
 * Why a secret cannot be a whole one. Length alone says nothing: a relay or simulator may issue short tokens. What tools
 * and people cut, they mark with dots.
 */
function tokenProblem(name: string, token: string | undefined): string | undefined {
  if (token === undefined) return undefined
  if (token.includes('...') || token.includes('…')) return `its ${name} is a shortened copy (it has dots in it); copy the whole of it`
  if (!/^[\x21-\x7e]+$/.test(token)) return `its ${name} has white space or other characters in it that no token has`
  return undefined
}

function apiKeyOf(entry: Entry): string | undefined {
  const key = entry.text('kiroApiKey', 'apiKey')
  if (key !== undefined) return key
  // Some tools put the key where a token would be.
  return [entry.text('accessToken'), entry.text('refreshToken')].find(token => token?.startsWith('ksk_'))
}

/** `region` is that of the sign-in; tools call it by several names, and enterprise imports keep it in `authRegion` alone. */
function regionsOf(entry: Entry): { readonly authRegion?: string; readonly apiRegion?: string } | Rejection {
  const region = entry.text('region')
  const authRegion = entry.text('authRegion', 'idcRegion', 'ssoRegion') ?? region
  const apiRegion = entry.text('apiRegion')
  const wrong = [authRegion, apiRegion].find(name => name !== undefined && !REGION_PATTERN.test(name))
  if (wrong !== undefined) return new Rejection(`its region ${JSON.stringify(wrong.slice(0, 40))} is not the name of an AWS region`)
  return definedOnly({ authRegion, apiRegion })
}

function scopesOf(entry: Entry): string | undefined {
  const scopes = entry.get('scopes', 'scope')
  if (typeof scopes === 'string') return scopes.trim() === '' ? undefined : scopes.trim()
  return Array.isArray(scopes) && scopes.length > 0 && scopes.every(scope => typeof scope === 'string') ? scopes.join(' ') : undefined
}

function settingsOf(entry: Entry): AccountSettings | Rejection {
  const proxy = proxySetting({ url: entry.text('proxyUrl', 'proxy'), username: entry.text('proxyUsername'), password: entry.text('proxyPassword') })
  // Going out without the proxy that the file asks for would show the account from the wrong address.
  if (proxy === 'invalid') return new Rejection('its proxyUrl is not the address of a proxy')
  const priority = entry.get('priority')
  const weight = entry.get('weight')
  return definedOnly({ proxy, priority: finite(priority), weight: finite(weight) })
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function labelOf(entry: Entry): string | undefined {
  const email = entry.text('email')
  const provider = entry.text('provider')
  const name = email?.split('@', 1)[0] ?? entry.text('nickname', 'name', 'label') ?? provider
  return name === undefined || name === '' ? undefined : name.slice(0, 100)
}

function fromBareToken(token: string): unknown {
  const text = token.trim()
  if (text.startsWith('ksk_')) return { kiroApiKey: text }
  return text.startsWith('aor') ? { refreshToken: text } : undefined
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function definedOnly<T extends object>(values: T): Defined<T> {
  // Object.entries loses the type of what it keeps; nothing but undefined members is left out.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>
}
