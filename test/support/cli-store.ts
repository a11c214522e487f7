import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Writes a store as the command line client keeps it; values become JSON. */
export function writeCliStore(path: string, pairs: Readonly<Record<string, unknown>>, state: Readonly<Record<string, unknown>> = {}): void {
  mkdirSync(dirname(path), { recursive: true })
  const store = new DatabaseSync(path)
  store.exec('CREATE TABLE auth_kv(key TEXT PRIMARY KEY, value TEXT); CREATE TABLE state(key TEXT PRIMARY KEY, value BLOB)')
  for (const [key, value] of Object.entries(pairs)) store.prepare('INSERT INTO auth_kv VALUES (?, ?)').run(key, JSON.stringify(value))
  for (const [key, value] of Object.entries(state)) store.prepare('INSERT INTO state VALUES (?, ?)').run(key, Buffer.from(JSON.stringify(value)))
  store.close()
}
