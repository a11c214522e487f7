import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { GatewayError } from '../errors/gateway-error.ts'
import { decodedText } from '../model/decoded-text.ts'
import { keyDigest, keyHint } from './key-format.ts'

/** A client key of another gateway: its hash is enough for clients to keep it. */
export interface OlderKey {
  readonly label: string
  readonly digest: string
  /** Its last characters. */
  readonly hint: string
}

export interface OlderKeys {
  readonly keys: readonly OlderKey[]
  /** Entries that were left out, each with its reason. */
  readonly rejected: readonly { readonly index: number; readonly reason: string }[]
}

const MAX_BYTES = 4 * 1024 * 1024
/** A kept hash of a shorter one could be turned back into the key by trying. */
const SHORTEST = 16
const VARIABLES: ReadonlySet<string> = new Set(['PROXY_API_KEY', 'API_KEY'])

/**
 * Client keys from another gateway's files: `api-keys.json` (a list), `config.json` (`apiKey`), `.env` (`PROXY_API_KEY`
 * or `API_KEY`), `users.db` (hashes).
 * @throws GatewayError `bad_request` that names the file
 */
export function readOlderKeys(path: string): OlderKeys {
  const bytes = readBytes(path)
  if (bytes.toString('latin1', 0, 16) === 'SQLite format 3\0') return fromUserStore(path)
  const found = keysIn(decodedText(bytes).replace(/^\uFEFF/, ''))
  if (found === undefined || found.length === 0)
    throw new GatewayError(
      'bad_request',
      `${path} holds no client keys: a list of keys, an object with "apiKey", PROXY_API_KEY= lines or a users.db is expected`,
    )
  const keys: OlderKey[] = []
  const rejected: { index: number; reason: string }[] = []
  for (const [index, key] of found.entries()) {
    const reason = typeof key === 'string' ? problemOf(key.trim()) : 'it is not text'
    if (reason !== undefined) rejected.push({ index, reason })
    else if (typeof key === 'string') keys.push({ label: labelOf(path, index, found.length), digest: keyDigest(key.trim()), hint: keyHint(key.trim()) })
  }
  return { keys, rejected }
}

function readBytes(path: string): Buffer {
  try {
    if (statSync(path).size > MAX_BYTES) throw new GatewayError('bad_request', `${path} is larger than ${MAX_BYTES / 1024 / 1024} MB; it is not a file of keys`)
    return readFileSync(path)
  } catch (error) {
    if (GatewayError.is(error)) throw error
    throw new GatewayError('bad_request', `${path} cannot be read; name a file of the older gateway`, { cause: error })
  }
}

function keysIn(text: string): readonly unknown[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return keysInVariables(text)
  }
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return undefined
  const apiKey = 'apiKey' in value ? value.apiKey : undefined
  return apiKey === undefined ? undefined : Array.isArray(apiKey) ? apiKey : [apiKey]
}

function keysInVariables(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap(line => {
    const [, name = '', value = ''] = /^\s*(?:export\s+)?([A-Z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    return VARIABLES.has(name)
      ? value
          .replace(/^(["'])(.*)\1$/, '$2')
          .split(',')
          .filter(key => key.trim() !== '')
      : []
  })
}

/** KiroGate keeps the same hash that we keep. */
function fromUserStore(path: string): OlderKeys {
  const store = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    const rows: unknown[] = store.prepare('SELECT key_hash, key_prefix, name, is_active FROM api_keys ORDER BY id').all()
    const keys: OlderKey[] = []
    const rejected: { index: number; reason: string }[] = []
    for (const [index, row] of rows.entries()) {
      const { key_hash: digest, key_prefix: prefix, name, is_active: active } = row as Readonly<Record<string, unknown>>
      if (active !== 1) rejected.push({ index, reason: 'it was revoked there' })
      else if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) rejected.push({ index, reason: 'its hash is none' })
      else
        keys.push({
          label: typeof name === 'string' && name !== '' ? name : labelOf(path, index, rows.length),
          digest,
          hint: keyHint(typeof prefix === 'string' ? prefix : ''),
        })
    }
    return { keys, rejected }
  } catch (error) {
    throw new GatewayError('bad_request', `${path} is a database that holds no client keys`, { cause: error })
  } finally {
    store.close()
  }
}

function problemOf(key: string): string | undefined {
  if (key.length < SHORTEST) return `it is shorter than ${SHORTEST} characters, which can be guessed; put it into PROXY_API_KEY if it must go on`
  if (/change[-_ ]?me/i.test(key)) return 'it is the placeholder of an example file, which anybody knows'
  return /^[\x21-\x7e]+$/.test(key) ? undefined : 'it has white space or other characters in it that no header carries'
}

function labelOf(path: string, index: number, count: number): string {
  return count === 1 ? basename(path) : `${basename(path)} ${index + 1}`
}
