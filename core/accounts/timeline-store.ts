import { createHash, randomInt } from 'node:crypto'
import type { Insertable } from 'kysely'
import { REST_OVER } from '../contract/event-bus.ts'
import type { AccountEvent, AccountEventKind, AccountStatus } from '../contract/account.ts'
import type { AccountEventRow } from '../store/schema.ts'
import type { Store, Writing } from '../store/store.ts'
import { redactText } from '../telemetry/redact.ts'
import { portions } from './rows-by-account.ts'

/** Lines kept per account, and for how long. */
const MOST_EVENTS = 300
const LONGEST_MS = 90 * 86_400_000

const LONGEST_DETAIL = 240
const COLUMNS = 11

type Line = readonly [account: string, event: AccountEvent]

/** What happened to accounts, in the store: lines are added and, when they are old, dropped; none is ever changed. */
export class TimelineStore {
  readonly #store: Store

  constructor({ store }: { readonly store: Store }) {
    this.#store = store
  }

  async append(events: readonly Line[]): Promise<void> {
    if (events.length > 0) await this.#store.write(async transaction => appendEvents(transaction, await withoutOvertaken(transaction, events)))
  }

  /** The newest last. */
  async read(account: string, most = MOST_EVENTS): Promise<readonly AccountEvent[]> {
    const rows = await this.#store.database
      .selectFrom('account_events')
      .selectAll()
      .where('account_id', '=', account)
      .orderBy('id', 'desc')
      .limit(most)
      .execute()
    return rows.reverse().map(fromRow)
  }

  /** Drops what is too old, and of the accounts named what is too much. */
  async prune(accounts: Iterable<string>, now: number): Promise<void> {
    await this.#store.write(async transaction => {
      await transaction
        .deleteFrom('account_events')
        .where('at', '<', now - LONGEST_MS)
        .execute()
      for (const account of accounts) {
        await transaction
          .deleteFrom('account_events')
          .where('account_id', '=', account)
          .where('id', '<=', query =>
            query.selectFrom('account_events').select('id').where('account_id', '=', account).orderBy('id', 'desc').limit(1).offset(MOST_EVENTS),
          )
          .execute()
      }
    })
  }
}

/** Adds lines in the transaction that did what they tell of. */
export async function appendEvents(transaction: Writing, events: readonly Line[]): Promise<void> {
  const rows = events.map(([account, event], index) => toRow(account, event, index))
  for (const portion of portions(rows, COLUMNS)) {
    await transaction
      .insertInto('account_events')
      .values(portion)
      .onConflict(conflict => conflict.column('id').doNothing())
      .execute()
  }
}

/** Without ends of rests that somebody else had ended, or made something worse of, before this process knew. */
async function withoutOvertaken(transaction: Writing, events: readonly Line[]): Promise<readonly Line[]> {
  const states = new Map<string, string>()
  const kept: Line[] = []
  for (const line of events) {
    const [account, { cause, from, to }] = line
    if (cause === REST_OVER) {
      const state = states.get(account) ?? (await lastState(transaction, account))
      if (state !== undefined && state !== from) continue
    }
    if (to !== undefined) states.set(account, to)
    kept.push(line)
  }
  return kept
}

async function lastState(transaction: Writing, account: string): Promise<string | undefined> {
  const row = await transaction
    .selectFrom('account_events')
    .select('to_status')
    .where('account_id', '=', account)
    .where('to_status', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.to_status ?? undefined
}

/**
 * Sorts by time and, of what happened within a millisecond, by when it was written, whichever process did; lower case and
 * of one length, so that every database sorts alike.
 */
function eventId(at: number, index: number): string {
  const written = Number(process.hrtime.bigint() / 1_000n)
  return `${digits(Math.round(at), 9)}${digits(written, 10)}${digits(index, 3)}${digits(randomInt(36 ** 4), 4)}`
}

/** Of what each process sees at the same moment: whoever writes it first has told it for all. */
function sharedEventId(at: number, account: string): string {
  const name = BigInt(`0x${createHash('sha256').update(account).digest('hex').slice(0, 21)}`)
  return `${digits(Math.round(at), 9)}${name.toString(36).padStart(17, '0').slice(0, 17)}`
}

function digits(value: number, length: number): string {
  return value.toString(36).padStart(length, '0')
}

function toRow(account: string, event: AccountEvent, index: number): Insertable<AccountEventRow> {
  const { at, kind, from, to, until, cause, detail, call, attempt } = event
  return {
    id: cause === REST_OVER ? sharedEventId(at, account) : eventId(at, index),
    account_id: account,
    at: Math.round(at),
    kind,
    from_status: from ?? null,
    to_status: to ?? null,
    until: until === undefined ? null : Math.round(until),
    cause: cause ?? null,
    detail: detail === undefined ? null : redactText(detail, LONGEST_DETAIL),
    call_id: call ?? null,
    attempt: attempt ?? null,
  }
}

function fromRow(row: AccountEventRow): AccountEvent {
  return {
    at: row.at,
    // Only this file writes the columns, from the same types.
    kind: row.kind as AccountEventKind,
    ...(row.from_status !== null && { from: row.from_status as AccountStatus }),
    ...(row.to_status !== null && { to: row.to_status as AccountStatus }),
    ...(row.until !== null && { until: row.until }),
    ...(row.cause !== null && { cause: row.cause }),
    ...(row.detail !== null && { detail: row.detail }),
    ...(row.call_id !== null && { call: row.call_id }),
    ...(row.attempt !== null && { attempt: row.attempt }),
  }
}
