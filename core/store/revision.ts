import { sql } from 'kysely'
import type { Clock, Timer } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'
import type { Store, Writing } from './store.ts'

const KEY = 'revision'
const POLL_MS = 1_000

/** Raises the store's revision and returns it: rows changed in the same transaction carry it as theirs. */
export async function nextRevision(transaction: Writing): Promise<number> {
  const row = await transaction
    .insertInto('meta')
    .values({ key: KEY, value: '1' })
    .onConflict(conflict => conflict.column('key').doUpdateSet({ value: sql<string>`cast(cast(meta.value as bigint) + 1 as text)` }))
    .returning('value')
    .executeTakeFirstOrThrow()
  return Number(row.value)
}

export async function currentRevision(store: Store): Promise<number> {
  const row = await store.database.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst()
  return Number(row?.value ?? 0)
}

/** Told of every change with the revision seen before it: what is newer must be read again. */
export type RevisionListener = (since: number) => Promise<void>

/** Notices what other processes changed in the store, within a second. */
export class RevisionWatch {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Logger
  readonly #listeners = new Set<RevisionListener>()
  #seen = 0
  #timer: Timer | undefined
  #checking: Promise<void> | undefined

  constructor({ store, clock, log }: { store: Store; clock: Clock; log: Logger }) {
    this.#store = store
    this.#clock = clock
    this.#log = log
  }

  /** Listeners must have read the store after this, or at a revision that is not newer. */
  async start(): Promise<void> {
    this.#seen = await currentRevision(this.#store)
    this.#timer ??= this.#clock.timer(POLL_MS, () => void this.#poll())
  }

  onChange(listener: RevisionListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks at once; resolves when every listener has caught up. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async close(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#checking
  }

  async #poll(): Promise<void> {
    await this.check().catch((error: unknown) => this.#log.warn('changes in the store could not be read', { error }))
    this.#timer?.refresh()
  }

  async #check(): Promise<void> {
    const revision = await currentRevision(this.#store)
    if (revision === this.#seen) return
    const since = this.#seen
    for (const listener of this.#listeners) await listener(since)
    this.#seen = revision
  }
}
