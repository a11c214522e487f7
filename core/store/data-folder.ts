import { chmodSync, closeSync, existsSync, fchmodSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../errors/gateway-error.ts'

const DATABASE_FILE = 'gateway.db'

/**
 * Makes the data folder, closed to others whatever the umask.
 * @throws GatewayError `store_unavailable` naming the path
 */
export function prepareDataFolder(dataDir: string): void {
  usable(dataDir, () => makeFolder(dataDir))
}

/**
 * Makes the data folder and the database file, readable by their owner alone whatever the umask.
 * @throws GatewayError `store_unavailable` naming the path
 */
export function prepareDatabaseFile(dataDir: string): string {
  const file = join(dataDir, DATABASE_FILE)
  usable(dataDir, () => {
    makeFolder(dataDir)
    if (existsSync(file)) {
      narrow(file, 0o600)
    } else {
      // SQLite gives its journal files the mode of the database, so this covers them as well.
      const descriptor = openSync(file, 'a', 0o600)
      fchmodSync(descriptor, 0o600)
      closeSync(descriptor)
    }
  })
  return file
}

function usable(dataDir: string, prepare: () => void): void {
  try {
    prepare()
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new GatewayError(
      'store_unavailable',
      `the data folder ${dataDir} cannot be used (${reason}): make it writable for this user, or name another with DATA_DIR`,
      { cause: error },
    )
  }
}

function makeFolder(dataDir: string): void {
  if (!existsSync(dataDir)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    chmodSync(dataDir, 0o700)
    return
  }
  // A folder that others use as well is not ours to close; the files in it are.
  const entries = readdirSync(dataDir)
  if (entries.length === 0 || entries.includes(DATABASE_FILE)) narrow(dataDir, 0o700)
}

function narrow(path: string, mode: number): void {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, mode)
}
