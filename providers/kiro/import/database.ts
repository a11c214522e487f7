import { DatabaseSync } from 'node:sqlite'
import type { Variables } from '../../../core/index.ts'
import type { Fields } from '../untrusted.ts'
import { readCliStore } from './cli-store.ts'
import { isUserStore, readUserStore } from './user-store.ts'

/** Whoever the file belongs to writes into it while we read. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * The sign-ins in a SQLite file: of the command line client, or of a KiroGate. Nothing is ever written there.
 * @throws Error when it is no database
 */
export function readDatabase(path: string, variables: Variables): readonly Fields[] {
  const store = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    if (isUserStore(store)) return readUserStore(store, variables)
    const session = readCliStore(store)
    return session === undefined ? [] : [session]
  } finally {
    store.close()
  }
}
