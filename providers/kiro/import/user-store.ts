import type { DatabaseSync } from 'node:sqlite'
import type { Variables } from '../../../core/index.ts'
import { type Fields, isFields } from '../untrusted.ts'
import { openFernet } from './fernet.ts'

/** KiroGate's own variable is called like ours and is no key of ours. */
const SECRET = 'KIROGATE_TOKEN_ENCRYPT_KEY'

/** Why a token stays closed, as it stands in an entry's place. */
const CLOSED: Readonly<Record<string, string>> = {
  'no-key': `it is encrypted: set ${SECRET} to the TOKEN_ENCRYPT_KEY of the KiroGate that wrote it (from its .env, else the default that it ships), and import again`,
  'wrong-key': `it is encrypted with another key than the one in ${SECRET}`,
}

/** Whether a database is KiroGate's `users.db`. */
export function isUserStore(store: DatabaseSync): boolean {
  return store.prepare("SELECT 1 FROM pragma_table_info('tokens') WHERE name = 'refresh_token_encrypted'").get() !== undefined
}

/** The refresh tokens that the users of a KiroGate gave it, opened where the environment has its key. */
export function readUserStore(store: DatabaseSync, variables: Variables): readonly Fields[] {
  const secret = variables[SECRET]
  const users = store.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'users'").get()
  const name = users === undefined ? "'token'" : 'coalesce((SELECT username FROM users WHERE users.id = tokens.user_id), user_id)'
  const rows: unknown[] = store.prepare(`SELECT id, refresh_token_encrypted AS sealed, ${name} AS name FROM tokens ORDER BY id`).all()
  return rows.filter(isFields).map(row => ({ label: `${String(row.name)} ${String(row.id)}`, ...opened(row.sealed, secret) }))
}

/** The words for an entry that this reader could not open. */
export function closedReason(word: string): string | undefined {
  return Object.hasOwn(CLOSED, word) ? CLOSED[word] : undefined
}

function opened(sealed: unknown, secret: string | undefined): Fields {
  if (typeof sealed !== 'string') return {}
  // Installations from before the encryption have rows in clear.
  if (sealed.startsWith('aor')) return { refreshToken: sealed }
  if (secret === undefined || secret === '') return { closed: 'no-key' }
  const refreshToken = openFernet(sealed, secret)
  return refreshToken === undefined ? { closed: 'wrong-key' } : { refreshToken }
}
