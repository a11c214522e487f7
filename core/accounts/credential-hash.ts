import type { Vault } from './vault.ts'

/** Recognises a credential as its source gave it. */
export function sourceHash(vault: Pick<Vault, 'fingerprint'>, provider: string, credential: unknown): string {
  return vault.fingerprint('credential-source', `${provider}\0${canonical(credential)}`)
}

/** JSON with its members in order: the same credential written down twice reads the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  )
}
