import { open, readdir, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { CredentialImporter, ImportContext, ImportedCredentials } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { isUrl, shownLocation } from './credential-url.ts'

/** Far more than any pool's export; a larger file was named by mistake. */
const MAX_BYTES = 16 * 1024 * 1024

/** Where credentials come from that are no file. */
export interface CredentialPlaces {
  readonly readUrl: (location: string) => Promise<string>
  readonly readStdin?: () => Promise<string>
}

/**
 * Accounts from a credentials file, from an https URL, or from `-`.
 * @throws GatewayError `bad_request` that names the file and what is wrong with it
 */
export async function readCredentials<C>(
  importer: CredentialImporter<C>,
  location: string,
  { readUrl, readStdin }: CredentialPlaces,
): Promise<ImportedCredentials<C>> {
  if (location === '-') return importer.parse((await readStdin?.()) ?? '', contextOf(undefined, '-'))
  if (isUrl(location)) return importer.parse(await readUrl(location), contextOf(undefined, shownLocation(location)))
  const path = resolve(location === '~' || location.startsWith('~/') ? join(homedir(), location.slice(1)) : location)
  const text = (await isDatabase(path)) ? readDatabase(importer, path) : await readText(path)
  return importer.parse(text, contextOf(dirname(path), path))
}

async function isDatabase(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
    return buffer.toString('latin1', 0, bytesRead) === 'SQLite format 3\0'
  } catch {
    return false
  } finally {
    await file.close()
  }
}

function readDatabase<C>(importer: CredentialImporter<C>, path: string): string {
  try {
    if (importer.readDatabase) return importer.readDatabase(path)
  } catch (error) {
    throw new GatewayError('bad_request', `${path} is a database that cannot be read; close the program that it belongs to and try again`, { cause: error })
  }
  throw new GatewayError('bad_request', `${path} is a database, and none that credentials can be read from`)
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
