import type { Clock, ImportContext } from '../../../core/index.ts'
import { type Fields, parseObject } from '../untrusted.ts'
import { Entry } from './entry.ts'
import { expiryMs } from './expiry.ts'

/** What the refresh of an OIDC token needs beside it. */
export interface ClientPair {
  readonly clientId: string
  readonly clientSecret: string
}

const MAX_FILES = 500

/**
 * The client registration that the IDE keeps in a file of its own: the one that the hash names, else the only one in the
 * folder (`kiro.md` §2.2). Nothing else is taken from it: other sessions' files lie there as well.
 */
export async function findClient(hash: string | undefined, context: ImportContext, clock: Clock): Promise<ClientPair | undefined> {
  // The hash becomes a file name, and it comes from a file that anyone may have written.
  if (hash !== undefined && /^[A-Za-z0-9_-]{1,128}$/.test(hash)) {
    const pair = clientOf(await readCompanion(`${hash}.json`, context))
    if (pair !== undefined) return pair
  }
  const pairs: ClientPair[] = []
  for (const name of (await context.companions()).filter(file => file.endsWith('.json')).slice(0, MAX_FILES)) {
    const fields = await readCompanion(name, context)
    const pair = clientOf(fields)
    if (pair !== undefined && !isOver(fields, clock) && !pairs.some(({ clientId }) => clientId === pair.clientId)) pairs.push(pair)
  }
  return pairs.length === 1 ? pairs[0] : undefined
}

async function readCompanion(name: string, context: ImportContext): Promise<Fields | undefined> {
  const text = await context.companion(name)
  return text === undefined ? undefined : parseObject(text)
}

function clientOf(fields: Fields | undefined): ClientPair | undefined {
  if (fields === undefined) return undefined
  const entry = new Entry(fields)
  // A file with a token in it is another account's credential, not a registration.
  if (entry.text('refreshToken', 'accessToken') !== undefined) return undefined
  const clientId = entry.text('clientId')
  const clientSecret = entry.text('clientSecret')
  return clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret }
}

function isOver(fields: Fields | undefined, clock: Clock): boolean {
  const end = expiryMs(fields === undefined ? undefined : new Entry(fields).get('expiresAt', 'clientSecretExpiresAt'))
  return end !== undefined && end <= clock.now()
}
