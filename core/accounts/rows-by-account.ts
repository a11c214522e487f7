/** Ids that one statement's parameters can take without doubt: SQLite's oldest limit is 999. */
const MOST_IDS = 500

/** Whether a whole table is better read as such than by its ids. */
export function manyRows(ids: readonly string[]): boolean {
  return ids.length > MOST_IDS
}

/** Rows in portions that one statement can write. */
export function* portions<T>(rows: readonly T[], columns: number): Generator<readonly T[]> {
  const size = Math.max(1, Math.floor((MOST_IDS + 400) / columns))
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size)
}
