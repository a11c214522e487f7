import type { KiroCredentialKind } from '../credential.ts'
import { BUILDER_ID_ARN } from '../profile-arn.ts'
import { parseObject, textOf } from '../untrusted.ts'

/** What tells the kinds apart. */
export interface KindHints {
  readonly method: string | undefined
  /** `Google`, `BuilderId`, `Enterprise`… */
  readonly provider: string | undefined
  readonly apiKey: string | undefined
  readonly tokenEndpoint: string | undefined
  /** A client pair, or the name of the file that holds it. */
  readonly hasClient: boolean
  readonly startUrl: string | undefined
  readonly profileArn: string | undefined
}

/** Words for sign-in methods, without punctuation. `oidc` families are told apart by more than the word. */
const METHODS: ReadonlyMap<string, KiroCredentialKind | 'oidc'> = new Map([
  ['social', 'social'],
  ['google', 'social'],
  ['github', 'social'],
  ['idc', 'oidc'],
  ['iam', 'oidc'],
  ['iamidc', 'oidc'],
  ['iamidentitycenter', 'oidc'],
  ['identitycenter', 'oidc'],
  ['directidc', 'oidc'],
  ['sso', 'oidc'],
  ['awssso', 'oidc'],
  ['awsssooidc', 'oidc'],
  ['oidc', 'oidc'],
  ['enterprise', 'idc'],
  ['builderid', 'builder-id'],
  ['awsbuilderid', 'builder-id'],
  ['externalidp', 'external-idp'],
  ['azuread', 'external-idp'],
  ['entra', 'external-idp'],
  ['apikey', 'api-key'],
] as const)

const BUILDER_ID_START_URL = /^https:\/\/view\.awsapps\.com\/start/i

/** The kind of a credential: by its own word, else by what it has (`kiro.md` §2.5). Undefined: the word is none of ours. */
export function detectKind(hints: KindHints): KiroCredentialKind | undefined {
  if (hints.method === undefined) return inferKind(hints)
  const kind = METHODS.get(word(hints.method))
  return kind === 'oidc' ? oidcKind(hints) : kind
}

function inferKind(hints: KindHints): KiroCredentialKind {
  if (hints.apiKey !== undefined) return 'api-key'
  if (hints.tokenEndpoint !== undefined) return 'external-idp'
  return hints.hasClient ? oidcKind(hints) : 'social'
}

/** In doubt it is an enterprise account: asking for its profiles then tells. */
function oidcKind({ provider, startUrl, profileArn }: KindHints): 'builder-id' | 'idc' {
  const name = provider === undefined ? '' : word(provider)
  if (name === 'builderid' || name === 'awsbuilderid') return 'builder-id'
  if (name === 'enterprise' || name === 'internal') return 'idc'
  if (startUrl !== undefined) return BUILDER_ID_START_URL.test(startUrl) ? 'builder-id' : 'idc'
  return profileArn === BUILDER_ID_ARN ? 'builder-id' : 'idc'
}

/** The start URL that a client registration was made for: its secret is a signed text that names it. */
export function startUrlOfSecret(clientSecret: string | undefined): string | undefined {
  const part = clientSecret?.split('.')[1]
  if (part === undefined) return undefined
  const payload = parseObject(Buffer.from(part, 'base64url').toString('utf8'))
  const serialized = textOf(payload?.serialized)
  return textOf(payload?.initiateLoginUri) ?? (serialized === undefined ? undefined : textOf(parseObject(serialized)?.initiateLoginUri))
}

function word(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}
