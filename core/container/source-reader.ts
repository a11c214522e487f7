import type { SourceReader } from '../accounts/refresh.ts'
import { AccountSources } from '../accounts/sources.ts'
import { TokenStore } from '../accounts/token-store.ts'
import { readCredentials } from './credential-files.ts'
import { originOf, shownLocation } from './credential-url.ts'
import type { Services } from './services.ts'

/**
 * Looks into the credentials file of an account that was signed out: the program that it belongs to renews it as well,
 * which ends the token that we have (`reliability.md` §3.2).
 */
export function sourceReader({ settings, store, vault, clock, log, providers, readUrl }: Services): SourceReader {
  const sources = new AccountSources({ store, vault, tokens: new TokenStore({ store, vault, clock }), clock, log })
  return async (name, origin) => {
    const provider = providers.get(name)
    const location = settings.sources.find(source => source.provider === name && originOf(source.location) === origin)?.location
    if (provider?.importer === undefined || location === undefined) return
    const file = shownLocation(location)
    try {
      const { accounts } = await readCredentials(provider.importer, location, { readUrl })
      if (await sources.reread({ origin, provider, accounts })) log.info('a credentials file has news; they are used from now on', { file })
    } catch (error) {
      // The start has told already what is wrong with it.
      log.debug('a credentials file could not be read again', { file, error })
    }
  }
}
