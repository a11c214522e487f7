import type { AccountSettings, ImportedAccount } from '../../core/index.ts'
import type { AnthropicCredential } from './credential.ts'
import type { AccountOptions } from './options.ts'

/** The accounts that a configuration names, their settings apart from their secrets. */
export function configuredAccounts(accounts: readonly AccountOptions[]): readonly ImportedAccount<AnthropicCredential>[] {
  return accounts.map(({ apiKey, auth, baseUrl, headers, label, ...settings }, index) => ({
    label: label ?? `key ${index + 1}`,
    credential: {
      apiKey,
      ...(auth === undefined ? {} : { auth }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(headers === undefined ? {} : { headers }),
    },
    settings: settings satisfies AccountSettings,
  }))
}
