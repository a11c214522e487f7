import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

/** A Fernet token of this text, as KiroGate makes them. */
export function fernetOf(text: string, secret: string): string {
  const key = createHash('sha256').update(secret).digest()
  const iv = randomBytes(16)
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(1_767_225_600n)
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv)
  const signed = Buffer.concat([Buffer.from([0x80]), time, iv, cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([signed, createHmac('sha256', key.subarray(0, 16)).update(signed).digest()]).toString('base64url')
}

export interface UserStoreContent {
  readonly secret: string
  /** Refresh tokens; text that is no token is written as it is. */
  readonly tokens: readonly string[]
  readonly keys?: readonly { readonly key: string; readonly name?: string; readonly active?: boolean }[]
}

/** Writes a `users.db` with the tables that matter, by the names and types of KiroGate's own. */
export function writeUserStore(path: string, { secret, tokens, keys = [] }: UserStoreContent): void {
  const store = new DatabaseSync(path)
  store.exec(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL, created_at INTEGER NOT NULL);
    CREATE TABLE tokens (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, refresh_token_encrypted TEXT NOT NULL, token_hash TEXT, status TEXT);
    CREATE TABLE api_keys (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, key_hash TEXT NOT NULL, key_prefix TEXT NOT NULL, name TEXT, is_active INTEGER);
    INSERT INTO users VALUES (1, 'carol', 0)`)
  for (const token of tokens) {
    const sealed = token.startsWith('aor') ? fernetOf(token, secret) : token
    store.prepare("INSERT INTO tokens (user_id, refresh_token_encrypted, token_hash, status) VALUES (1, ?, 'x', 'active')").run(sealed)
  }
  for (const { key, name = null, active = true } of keys) {
    const hash = createHash('sha256').update(key).digest('hex')
    store
      .prepare('INSERT INTO api_keys (user_id, key_hash, key_prefix, name, is_active) VALUES (1, ?, ?, ?, ?)')
      .run(hash, `${key.slice(0, 7)}...${key.slice(-4)}`, name, active ? 1 : 0)
  }
  store.close()
}
