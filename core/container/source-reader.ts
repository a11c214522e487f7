import type { SourceReader } from '../accounts/refresh.ts'
import { rereadSource } from './account-sources.ts'
import { originOf, shownLocation } from './credential-url.ts'
import type { Services } from './services.ts'

/**
 * Looks into the credentials file of an account that was signed out: the program that it belongs to renews it as well,
 * which ends the token that we have (`reliability.md` §3.2).
 */
export function sourceReader(services: Services): SourceReader {
  const { settings, log } = services
  return async (name, origin) => {
    const source = settings.sources.find(({ provider, location }) => provider === name && originOf(location) === origin)
    if (source === undefined) return
    try {
      await rereadSource(services, source)
    } catch (error) {
      // The start has told already what is wrong with it.
      log.debug('a credentials file could not be read again', { file: shownLocation(source.location), error })
    }
  }
}
