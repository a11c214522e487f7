import { type AccountSource, AccountSources } from '../accounts/sources.ts'
import { TokenStore } from '../accounts/token-store.ts'
import type { Provider } from '../contract/provider.ts'
import type { CredentialSource } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { bareContext } from './credential-context.ts'
import { readCredentials } from './credential-files.ts'
import { originOf, shownLocation } from './credential-url.ts'
import type { Services } from './services.ts'

/** Brings the accounts that files and environment name at this start into the store. */
export async function readAccountSources(services: Services, options: { readonly detach?: boolean } = {}): Promise<void> {
  const { settings, providers } = services
  const sources: AccountSource[] = []
  for (const { provider: name, location } of settings.sources) {
    const provider = providers.get(name)
    if (provider) sources.push(await fromFile(services, provider, location))
  }
  for (const provider of providers.values()) {
    if (provider.accounts) sources.push({ origin: 'config', provider, accounts: provider.accounts })
    const accounts = provider.importer?.environment?.(settings.environment, bareContext('environment')) ?? []
    if (accounts.length > 0) sources.push({ origin: 'env', provider, accounts })
  }
  await accountSources(services).reconcile(sources, options)
}

export function accountSources({ store, vault, clock, log }: Pick<Services, 'store' | 'vault' | 'clock' | 'log'>): AccountSources {
  return new AccountSources({ store, vault, tokens: new TokenStore({ store, vault, clock }), clock, log })
}

/**
 * Takes one source in as it is now, beside a running pool.
 * @returns whether it said anything new
 * @throws GatewayError `bad_request` when it cannot be read
 */
export async function rereadSource(services: Services, { provider: name, location }: CredentialSource): Promise<boolean> {
  const { providers, readUrl, settings } = services
  const provider = providers.get(name)
  if (provider?.importer === undefined) return false
  const { accounts } = await readCredentials(provider.importer, location, { readUrl, variables: settings.environment })
  const isNew = await accountSources(services).reread({ origin: originOf(location), provider, accounts })
  if (isNew) services.log.info('a credentials file has news; they are used from now on', { file: shownLocation(location) })
  return isNew
}

/** A file that cannot be read now says nothing about the accounts it named before: they go on. */
async function fromFile({ log, readUrl, settings }: Services, provider: Provider, location: string): Promise<AccountSource> {
  const origin = originOf(location)
  const file = shownLocation(location)
  if (provider.importer === undefined) return { origin, provider, accounts: undefined }
  try {
    const { accounts, rejected } = await readCredentials(provider.importer, location, { readUrl, variables: settings.environment })
    for (const { index, reason } of rejected) log.warn('an entry of the credentials file was left out', { file, entry: index + 1, reason })
    return { origin, provider, accounts }
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    log.error('the credentials file could not be read; its accounts are those of the last start', { file, reason: error.message })
    return { origin, provider, accounts: undefined }
  }
}
