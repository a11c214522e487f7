import type { DatabaseSync } from 'node:sqlite'
import { type Fields, isFields, parseObject, textOf } from '../untrusted.ts'
import { expiryMs } from './expiry.ts'

const TOKEN = /^(?:kirocli|codewhisperer):(social|odic|oidc|external-idp):token$/

const METHODS: Readonly<Record<string, string>> = { social: 'social', odic: 'idc', oidc: 'idc', 'external-idp': 'external_idp' }

/**
 * The sign-in that the command line client's store holds (`kiro.md` §2.3), as an entry like those of files; the one that
 * lasts longest where several were left behind.
 */
export function readCliStore(store: DatabaseSync): Fields | undefined {
  const rows = readPairs(store, 'auth_kv')
  const profile = parseObject(readPairs(store, 'state').get('api.codewhisperer.profile') ?? '')
  const sessions = [...rows].flatMap(([key, value]) => session(key, parseObject(value), rows))
  const [latest] = sessions.toSorted((one, other) => (expiryMs(other.expires_at) ?? 0) - (expiryMs(one.expires_at) ?? 0))
  const arn = textOf(profile?.arn)
  return latest === undefined || arn === undefined || latest.auth_method !== 'idc' ? latest : { profile_arn: arn, ...latest }
}

/** A token's row with the client registration that belongs to it. The misspelling `odic` is the client's own. */
function session(key: string, token: Fields | undefined, rows: ReadonlyMap<string, string>): readonly Fields[] {
  const kind = TOKEN.exec(key)?.[1]
  if (kind === undefined || token === undefined) return []
  const client = parseObject(rows.get(key.replace(/token$/, 'device-registration')) ?? '')
  const { client_id, client_secret } = client ?? {}
  return [{ auth_method: METHODS[kind], ...(client === undefined ? {} : { client_id, client_secret }), ...token }]
}

function readPairs(store: DatabaseSync, table: 'auth_kv' | 'state'): ReadonlyMap<string, string> {
  const known = store.prepare('SELECT 1 FROM sqlite_master WHERE type = ? AND name = ?').get('table', table)
  if (known === undefined) return new Map()
  const rows: unknown[] = store.prepare(`SELECT key, value FROM ${table}`).all()
  return new Map(rows.flatMap(row => (isFields(row) && typeof row.key === 'string' ? [[row.key, asText(row.value)] as const] : [])))
}

/** Columns without a type: text or bytes. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : ''
}
