import type { Provider } from '../contract/provider.ts'
import type { Store } from '../store/store.ts'
import { AccountRepository } from './repository.ts'
import type { TokenStore } from './token-store.ts'

/** An account as the store has it now, for comparing what a source says. */
export interface KnownAccount {
  readonly id: string
  readonly label: string
  /** When its access token ends, wall clock, milliseconds. */
  readonly expiresAt: number | undefined
}

/**
 * Accounts of one provider by what makes a credential theirs, such as the refresh token: the same whoever wrote it down,
 * and however. Empty for a provider that cannot tell.
 */
export async function knownIdentities(
  provider: Provider,
  { store, tokens }: { readonly store: Store; readonly tokens: TokenStore },
): Promise<ReadonlyMap<string, KnownAccount>> {
  const known = new Map<string, KnownAccount>()
  if (provider.identity === undefined) return known
  for (const { record, token } of await new AccountRepository({ store, tokens }).load(0)) {
    if (record.provider !== provider.name || record.owner !== undefined || record.removed || token === undefined) continue
    const identity = identityOf(provider, token.credential)
    if (identity !== undefined) known.set(identity, { id: record.id, label: record.label, expiresAt: token.expiresAt })
  }
  return known
}

export function identityOf(provider: Provider, credential: unknown): string | undefined {
  // What is kept for a provider has its credential's type; what comes in was read by its importer.
  return provider.identity?.(credential as never)
}

/** Accounts of one provider by the hash of what their sources said: the same file is recognised however often its token rotated. */
export async function knownSources({ name }: Provider, store: Store): Promise<ReadonlyMap<string, string>> {
  const rows = await store.database
    .selectFrom('accounts')
    .select(['id', 'source_hash'])
    .where('provider', '=', name)
    .where('owner', 'is', null)
    .where('removed_at', 'is', null)
    .execute()
  return new Map(rows.map(row => [row.source_hash, row.id]))
}
