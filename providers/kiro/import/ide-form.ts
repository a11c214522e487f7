import type { ImportedAccount } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import type { Fields } from '../untrusted.ts'
import { definedOnly } from './defined.ts'

/** An account in the form of the IDE's own credential file (`kiro.md` §2.1), with what only gateways know under the names that they share. */
export function ideForm({ label, credential, facts, settings, disabled }: ImportedAccount<KiroCredential>): Fields {
  const { kind: _kind, rest, expiresAt, authRegion, identityProvider, apiKey, ...secret } = credential
  return {
    ...rest,
    ...definedOnly({
      accessToken: secret.accessToken,
      refreshToken: secret.refreshToken,
      profileArn: secret.profileArn,
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
      authMethod: methodOf(credential),
      provider: identityProvider,
      region: authRegion,
    }),
    ...secret,
    ...definedOnly({ kiroApiKey: apiKey, label, machineId: facts?.machineId, disabled: disabled === true ? true : undefined }),
    ...definedOnly({ proxyUrl: settings?.proxy, priority: settings?.priority, weight: settings?.weight, models: settings?.models }),
  }
}

/** The IDE's word where that is enough to tell the kind again. */
function methodOf({ kind, identityProvider, startUrl }: KiroCredential): string {
  switch (kind) {
    case 'social':
      return 'social'
    case 'builder-id':
      return identityProvider === 'BuilderId' ? 'IdC' : 'builder-id'
    case 'idc':
      return identityProvider === 'Enterprise' || startUrl !== undefined ? 'IdC' : 'enterprise'
    case 'external-idp':
      return 'external_idp'
    case 'api-key':
      return 'api_key'
    default:
      return kind satisfies never
  }
}
