import { Value } from 'typebox/value'
import type { Account } from '../../core/index.ts'
import type { KiroCredential, KiroCredentialKind } from '../../providers/kiro/credential.ts'
import { KiroOptions } from '../../providers/kiro/options.ts'

export const US_ARN = 'arn:aws:codewhisperer:us-east-1:111122223333:profile/ABCDEFGHIJKL'
export const EU_ARN = 'arn:aws:codewhisperer:eu-central-1:111122223333:profile/MNOPQRSTUVWX'
/** Of the length that real ones have. */
export const REFRESH_TOKEN = `aor${'Ab3'.repeat(60)}`
export const ACCESS_TOKEN = `aoa${'Xy7'.repeat(60)}`

const MEMBERS: Readonly<Record<KiroCredentialKind, Partial<KiroCredential>>> = {
  social: { refreshToken: REFRESH_TOKEN, accessToken: ACCESS_TOKEN },
  'builder-id': { refreshToken: REFRESH_TOKEN, accessToken: ACCESS_TOKEN, clientId: 'client-1', clientSecret: 'secret-1' },
  idc: { refreshToken: REFRESH_TOKEN, accessToken: ACCESS_TOKEN, clientId: 'client-1', clientSecret: 'secret-1' },
  'external-idp': {
    refreshToken: REFRESH_TOKEN,
    accessToken: ACCESS_TOKEN,
    clientId: 'client-1',
    tokenEndpoint: 'https://login.microsoftonline.com/tenant/oauth2/v2.0/token',
  },
  'api-key': { apiKey: 'ksk_placeholder' },
}

/** A made-up credential of a kind. */
export function kiroCredential(kind: KiroCredentialKind, members: Partial<KiroCredential> = {}): KiroCredential {
  return { kind, ...MEMBERS[kind], ...members }
}

export function kiroAccount(kind: KiroCredentialKind, members: Partial<KiroCredential> = {}, facts: Account['facts'] = {}): Account<KiroCredential> {
  return { id: 'account-1', provider: 'kiro', label: 'test', credential: kiroCredential(kind, members), generation: 1, facts, settings: {} }
}

/** Options with their defaults, as the configuration loader hands them over. */
export function kiroOptions(given: Partial<KiroOptions> = {}): KiroOptions {
  return Value.Parse(KiroOptions, Value.Default(KiroOptions, { ...given }))
}
