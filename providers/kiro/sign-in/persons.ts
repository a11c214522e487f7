import type { ImportedAccount } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { textOf } from '../untrusted.ts'

/**
 * Names by which the person behind an account goes. An e-mail address alone is none: one person may have a Kiro account
 * with each way to sign in.
 */
export function personsOf({ credential, facts = {} }: Pick<ImportedAccount<KiroCredential>, 'credential' | 'facts'>): readonly string[] {
  const email = textOf(credential.rest?.email)?.toLowerCase()
  const way = wayOf(credential)
  return [...(facts.userId === undefined ? [] : [`user ${facts.userId}`]), ...(email === undefined || way === undefined ? [] : [`${way} ${email}`])]
}

function wayOf({ kind, identityProvider, startUrl }: KiroCredential): string | undefined {
  switch (kind) {
    case 'social':
      return identityProvider?.toLowerCase()
    case 'builder-id':
      return kind
    case 'idc':
      return startUrl?.replace(/\/+$/, '')
    case 'external-idp':
    case 'api-key':
      return undefined
    default:
      return kind satisfies never
  }
}
