import type { SourceReader } from '../accounts/refresh.ts'
import { AccountSources } from '../accounts/sources.ts'
import { TokenStore } from '../accounts/token-store.ts'
import { readCredentials } from './credential-files.ts'
import type { Services } from './services.ts'

const FILE = 'file:'

/**
 * Looks into the credentials file of an account that was signed out: the program that it belongs to renews it as well,
 * which ends the token that we have (`reliability.md` §3.2).
 */
export function sourceReader({ store, vault, clock, log, providers }: Services): SourceReader {
  const sources = new AccountSources({ store, vault, tokens: new TokenStore({ store, vault, clock }), clock, log })
  return async (name, origin) => {
    const provider = providers.get(name)
    if (provider?.importer === undefined || !origin.startsWith(FILE)) return
    const file = origin.slice(FILE.length)
    try {
      const { accounts } = await readCredentials(provider.importer, file, () => Promise.resolve(''))
      if (await sources.reread({ origin, provider, accounts })) log.info('a credentials file has news; they are used from now on', { file })
    } catch (error) {
      // The start has told already what is wrong with it.
      log.debug('a credentials file could not be read again', { file, error })
    }
  }
}
