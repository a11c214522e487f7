import type { Migration } from 'kysely/migration'
import { initial } from './0001-initial.ts'
import { knowing } from './0002-knowing.ts'
import { admittedBy } from './0003-admitted-by.ts'

/** Every migration by name; the names sort in the order in which they run, and a released one never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-knowing': knowing,
  '0003-admitted-by': admittedBy,
}
