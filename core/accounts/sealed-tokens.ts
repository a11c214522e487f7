import type { Kysely, Selectable } from 'kysely'
import { GatewayError } from '../errors/gateway-error.ts'
import type { AccountTokenRow, Tables } from '../store/schema.ts'
import type { Writing } from '../store/store.ts'
import { keyIdOf, open, seal, type SecretPlace } from './sealed-text.ts'
import { previousPlace, secretPlace } from './token-store.ts'
import type { KeyRing } from './vault-state.ts'

/** Rows per transaction: few enough that a running gateway's renewals hardly wait. */
const BATCH = 100

/** Every sealed text of the store, but for those of the vault itself. */
const COLUMNS: Readonly<Record<'secret' | 'previous', (account: string, generation: number) => SecretPlace>> = { secret: secretPlace, previous: previousPlace }

/** A secret that no key here opens. */
export interface UnreadableSecret {
  readonly account: string
  readonly column: 'secret' | 'previous'
  readonly reason: string
}

/** What was found in some rows, and where the next ones begin. */
export interface Stretch {
  readonly secrets: number
  readonly resealed: number
  readonly unreadable: readonly UnreadableSecret[]
  readonly last: string
}

interface Finding {
  readonly account: string
  readonly column: 'secret' | 'previous'
  readonly sealed: string
  readonly place: SecretPlace
}

/** Opens some secrets, those of accounts after `after`; undefined when there are no more. */
export async function checkSealed(database: Kysely<Tables>, keys: KeyRing, after: string): Promise<Stretch | undefined> {
  const rows = await rowsAfter(database, after)
  return stretch(
    rows,
    rows.flatMap(findingsOf).map(finding => opened(finding, keys)),
  )
}

/** Seals some secrets with the first key which others had sealed; what cannot be opened stays as it is. */
export async function reseal(transaction: Writing, keys: KeyRing, after: string): Promise<Stretch | undefined> {
  const rows = await rowsAfter(transaction, after)
  const found = rows.flatMap(findingsOf).map(finding => opened(finding, keys))
  let resealed = 0
  for (const { finding, secret } of found) {
    const { account, column, sealed, place } = finding
    if (secret === undefined || keyIdOf(sealed) === keys[0].id) continue
    await transaction
      .updateTable('account_tokens')
      .set({ [column]: seal(secret, place, keys[0]) })
      .where('account_id', '=', account)
      .execute()
    resealed++
  }
  return stretch(rows, found, resealed)
}

function rowsAfter(database: Kysely<Tables>, after: string): Promise<Selectable<AccountTokenRow>[]> {
  return database.selectFrom('account_tokens').selectAll().where('account_id', '>', after).orderBy('account_id').limit(BATCH).execute()
}

interface Opened {
  readonly finding: Finding
  readonly secret?: string
  readonly unreadable?: UnreadableSecret
}

function opened(finding: Finding, keys: KeyRing): Opened {
  try {
    return { finding, secret: open(finding.sealed, finding.place, keys) }
  } catch (error) {
    const { account, column } = finding
    return { finding, unreadable: { account, column, reason: GatewayError.from(error).message } }
  }
}

function stretch(rows: readonly Selectable<AccountTokenRow>[], found: readonly Opened[], resealed = 0): Stretch | undefined {
  const last = rows.at(-1)?.account_id
  if (last === undefined) return undefined
  return { secrets: found.length, resealed, unreadable: found.flatMap(({ unreadable }) => unreadable ?? []), last }
}

function findingsOf(row: Selectable<AccountTokenRow>): Finding[] {
  const columns: readonly ('secret' | 'previous')[] = ['secret', 'previous']
  return columns.flatMap(column => {
    const sealed = row[column]
    return sealed === null ? [] : [{ account: row.account_id, column, sealed, place: COLUMNS[column](row.account_id, row.generation) }]
  })
}
