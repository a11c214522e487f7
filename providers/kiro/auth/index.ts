import type { KiroCredentialKind } from '../credential.ts'
import { apiKeyAuth } from './api-key.ts'
import { externalIdpAuth } from './external-idp.ts'
import { oidcAuth } from './oidc.ts'
import { socialAuth } from './social.ts'
import type { AuthStrategy } from './strategy.ts'

/** How each kind of credential is renewed. */
export const AUTH: Readonly<Record<KiroCredentialKind, AuthStrategy>> = {
  social: socialAuth,
  'builder-id': oidcAuth,
  idc: oidcAuth,
  'external-idp': externalIdpAuth,
  'api-key': apiKeyAuth,
}
