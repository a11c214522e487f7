import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { GatewayError } from '../errors/gateway-error.ts'

/** "kgwy": tells our file from any other SQLite database. */
export const APPLICATION_ID = 0x6b677779

const HEADER = 'SQLite format 3\0'

/** Checking every page of a larger file would delay the start; SQLite reports damage there when it meets it. */
const CHECKED_BYTES = 64 * 1024 * 1024

/**
 * Looks at an existing file without changing it.
 * @throws GatewayError `store_unavailable` when it is damaged or not ours
 */
export function inspectDatabase(file: string): 'empty' | 'ours' {
  const { size } = statSync(file)
  if (size === 0) return 'empty'
  if (readHeader(file) !== HEADER) throw foreign(file)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
    const application = number(database, 'PRAGMA application_id')
    const tables = number(database, 'SELECT count(*) FROM sqlite_schema')
    if (application !== APPLICATION_ID) {
      if (application === 0 && tables === 0) return 'empty'
      throw foreign(file)
    }
    if (size <= CHECKED_BYTES) {
      const verdict = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0]
      if (verdict !== 'ok') throw damaged(file, undefined)
    }
    return 'ours'
  } catch (error) {
    throw GatewayError.is(error) ? error : isDamage(error) ? damaged(file, error) : unopened(file, error)
  } finally {
    if (database?.isOpen) database.close()
  }
}

function readHeader(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(HEADER.length)
    readSync(descriptor, buffer, 0, HEADER.length, 0)
    return buffer.toString('latin1')
  } finally {
    closeSync(descriptor)
  }
}

function number(database: DatabaseSync, sql: string): number {
  return Number(Object.values(database.prepare(sql).get() ?? {})[0])
}

function foreign(file: string): GatewayError {
  return new GatewayError(
    'store_unavailable',
    `${file} is not a database of this gateway and was left untouched: move it away, or name another folder with DATA_DIR`,
  )
}

/** SQLITE_CORRUPT and SQLITE_NOTADB: anything else is about the place, not the content. */
function isDamage(error: unknown): boolean {
  const code = (error as { readonly errcode?: number }).errcode
  return code !== undefined && [11, 26].includes(code & 0xff)
}

function unopened(file: string, cause: unknown): GatewayError {
  const reason = cause instanceof Error ? cause.message : 'unknown reason'
  return new GatewayError(
    'store_unavailable',
    `${file} cannot be opened (${reason}): make the file and its folder readable and writable, or name another folder with DATA_DIR`,
    { cause },
  )
}

function damaged(file: string, cause: unknown): GatewayError {
  return new GatewayError(
    'store_unavailable',
    `${file} is damaged and was left untouched: put a backup in its place, or move it away and add the accounts again`,
    cause === undefined ? {} : { cause },
  )
}
