import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely'

const STATEMENTS_KEPT = 256

/** How long a writer waits for another process before the database counts as unavailable. */
const BUSY_TIMEOUT_MS = 5_000

export type Synchronous = 'NORMAL' | 'FULL'

/** One connection of Node's own SQLite in the shape that Kysely's SQLite dialect expects. */
export function connectSqlite(path: string, synchronous: Synchronous): SqliteDatabase {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  // Without secure_delete a removed account's sealed secret, or one sealed with a former key, stays in the file's free space.
  database.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous}; PRAGMA secure_delete=ON;`)
  const statements = new Map<string, StatementSync>()

  const prepared = (sql: string) => {
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.delete(sql)
    statements.set(sql, statement)
    if (statements.size > STATEMENTS_KEPT) statements.delete(statements.keys().next().value as string)
    return statement
  }

  return {
    close() {
      statements.clear()
      if (database.isOpen) database.close()
    },
    prepare(sql) {
      // A full disk makes SQLite roll back by itself; a second rollback would hide the first error behind its own.
      if (sql === 'rollback' && !database.isTransaction) return nothing
      // A deferred transaction that reads before it writes fails at once when another process wrote meanwhile,
      // whatever the busy timeout: every transaction here writes, so it takes the write lock at its beginning.
      const statement = prepared(sql === 'begin' ? 'begin immediate' : sql)
      return {
        reader: statement.columns().length > 0,
        all: parameters => statement.all(...(parameters as SQLInputValue[])),
        run: parameters => statement.run(...(parameters as SQLInputValue[])),
        // A statement of its own: a cached one would be reset by its next use while this one is still read.
        iterate: parameters => database.prepare(sql).iterate(...(parameters as SQLInputValue[])),
      }
    },
  }
}

const nothing: ReturnType<SqliteDatabase['prepare']> = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
}

/** SQLite undoes schema changes with their transaction: a kill in the middle of a migration leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

export class NodeSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }
}
