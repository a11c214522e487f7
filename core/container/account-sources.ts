import { type AccountSource, AccountSources } from '../accounts/sources.ts'
import { TokenStore } from '../accounts/token-store.ts'
import type { ImportContext, Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { readCredentials } from './credential-files.ts'
import { originOf, shownLocation } from './credential-url.ts'
import type { Services } from './services.ts'

const ENVIRONMENT: ImportContext = { source: 'environment', companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }

/** Brings the accounts that files and environment name at this start into the store. */
export async function readAccountSources(
  { settings, store, vault, clock, log, providers, readUrl }: Services,
  options: { readonly detach?: boolean } = {},
): Promise<void> {
  const sources: AccountSource[] = []
  for (const { provider: name, location } of settings.sources) {
    const provider = providers.get(name)
    if (provider) sources.push(await fromFile(provider, location, { log, readUrl }))
  }
  for (const provider of providers.values()) {
    if (provider.accounts) sources.push({ origin: 'config', provider, accounts: provider.accounts })
    const accounts = provider.importer?.environment?.(settings.environment, ENVIRONMENT) ?? []
    if (accounts.length > 0) sources.push({ origin: 'env', provider, accounts })
  }
  const tokens = new TokenStore({ store, vault, clock })
  await new AccountSources({ store, vault, tokens, clock, log }).reconcile(sources, options)
}

/** A file that cannot be read now says nothing about the accounts it named before: they go on. */
async function fromFile(provider: Provider, location: string, { log, readUrl }: Pick<Services, 'log' | 'readUrl'>): Promise<AccountSource> {
  const origin = originOf(location)
  const file = shownLocation(location)
  if (provider.importer === undefined) return { origin, provider, accounts: undefined }
  try {
    const { accounts, rejected } = await readCredentials(provider.importer, location, { readUrl })
    for (const { index, reason } of rejected) log.warn('an entry of the credentials file was left out', { file, entry: index + 1, reason })
    return { origin, provider, accounts }
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    log.error('the credentials file could not be read; its accounts are those of the last start', { file, reason: error.message })
    return { origin, provider, accounts: undefined }
  }
}
