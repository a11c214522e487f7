import { open, readFile, stat } from 'node:fs/promises'
import type { CredentialImporter, CredentialText, ImportedCredentials, Variables } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { decodedText } from '../model/decoded-text.ts'
import { bareContext, expandPath, fileContext } from './credential-context.ts'
import { isUrl, shownLocation } from './credential-url.ts'

/** Far more than any pool's export; a larger file was named by mistake. */
const MAX_BYTES = 16 * 1024 * 1024

/** Where credentials come from that are no file, and how far a file is trusted. */
export interface CredentialPlaces {
  readonly readUrl: (location: string) => Promise<string>
  readonly readStdin?: () => Promise<string>
  /** The environment, for stores that are sealed with a key of it. */
  readonly variables: Variables
  /** Whether files that the source names are read as well. */
  readonly follow?: boolean
}

/**
 * Accounts from a credentials file, from an https URL, or from `-`.
 * @throws GatewayError `bad_request` that names the file and what is wrong with it
 */
export async function readCredentials<C>(importer: CredentialImporter<C>, location: string, places: CredentialPlaces): Promise<ImportedCredentials<C>> {
  const { text, context } = await readCredentialText(importer, location, places)
  return importer.parse(text, context)
}

/**
 * What such a place holds, before anybody has understood it.
 * @throws GatewayError `bad_request` that names the file and what is wrong with it
 */
export async function readCredentialText(importer: CredentialImporter, location: string, places: CredentialPlaces): Promise<CredentialText> {
  const { readUrl, readStdin, variables, follow = false } = places
  if (location === '-') return { text: (await readStdin?.()) ?? '', context: bareContext('-') }
  if (isUrl(location)) return { text: await readUrl(location), context: bareContext(shownLocation(location)) }
  const path = expandPath(location)
  const text = (await isDatabase(path)) ? readDatabase(importer, path, variables) : await readText(path)
  return { text, context: fileContext(path, { follow }) }
}

/** Whether a file is one of SQLite's, whose content nobody writes back to. */
export async function isDatabase(path: string): Promise<boolean> {
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

function readDatabase(importer: CredentialImporter, path: string, variables: Variables): string {
  try {
    if (importer.readDatabase) return importer.readDatabase(path, variables)
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
    return decodedText(await readFile(path))
  } catch (error) {
    if (GatewayError.is(error)) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new GatewayError('bad_request', code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})`, { cause: error })
  }
}
