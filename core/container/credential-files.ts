import { readdir, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { CredentialImporter, ImportContext, ImportedCredentials } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'

/** Far more than any pool's export; a larger file was named by mistake. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Accounts from a credentials file, or from `-`.
 * @throws GatewayError `bad_request` that names the file and what is wrong with it
 */
export async function readCredentials<C>(importer: CredentialImporter<C>, location: string, readStdin: () => Promise<string>): Promise<ImportedCredentials<C>> {
  if (location === '-') return importer.parse(await readStdin(), contextOf(undefined, '-'))
  if (/^https?:\/\//i.test(location)) {
    throw new GatewayError('unsupported', 'credentials from a URL are not supported yet; download the file and name its path')
  }
  const path = resolve(location === '~' || location.startsWith('~/') ? join(homedir(), location.slice(1)) : location)
  return importer.parse(await readText(path), contextOf(dirname(path), path))
}

async function readText(path: string): Promise<string> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new GatewayError('bad_request', `${path} is not a file`)
    if (found.size > MAX_BYTES) throw new GatewayError('bad_request', `${path} is larger than ${MAX_BYTES / 1024 / 1024} MB; it is not a credentials file`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (GatewayError.is(error)) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new GatewayError('bad_request', code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})`, { cause: error })
  }
}

/** What lies beside the file: names alone are taken, so that no content of the file can name another folder. */
function contextOf(folder: string | undefined, source: string): ImportContext {
  return {
    source,
    companion: async name => {
      if (folder === undefined || basename(name) !== name) return undefined
      return readFile(join(folder, name), 'utf8').catch(() => undefined)
    },
    companions: async () => (folder === undefined ? [] : readdir(folder).catch(() => [])),
  }
}
