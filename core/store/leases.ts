import type { Clock } from '../contract/clock.ts'
import { isGone, newOwner } from './process-identity.ts'
import type { Store, Writing } from './store.ts'

/** Longer than any call that is made under a lease (15 s), so that a living holder never loses it in the middle. */
export const LEASE_MS = 60_000

export interface HeldLease {
  /** Starts the lease's time anew; false when it is no longer ours. */
  renew(): Promise<boolean>
  /** Frees it if it is still ours. */
  release(): Promise<void>
}

/** Short exclusive rights between processes on one database: rows with a random owner and an end. */
export class Leases {
  readonly #store: Store
  readonly #clock: Clock
  readonly #gone: (owner: string) => boolean
  /** When this process first saw a foreign lease in its present form, by its own monotonic clock. */
  readonly #sightings = new Map<string, { readonly owner: string; readonly until: number; readonly at: number }>()

  constructor({ store, clock, gone = isGone }: { store: Store; clock: Clock; gone?: (owner: string) => boolean }) {
    this.#store = store
    this.#clock = clock
    this.#gone = gone
  }

  /** One try; undefined while another holder has it. */
  async acquire(name: string): Promise<HeldLease | undefined> {
    const owner = newOwner()
    const taken = await this.#store.write(async transaction => {
      const row = await transaction.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst()
      const now = await this.#now(transaction)
      if (row && !this.#isOver(row, now)) return false
      const until = now + LEASE_MS
      await transaction
        .insertInto('leases')
        .values({ name, owner, until })
        .onConflict(conflict => conflict.column('name').doUpdateSet({ owner, until }))
        .execute()
      return true
    })
    if (!taken) return undefined
    this.#sightings.delete(name)
    return { renew: () => this.#renew(name, owner), release: () => this.#release(name, owner) }
  }

  /** By the clock that all holders share: a machine whose own runs ahead would see the others' leases as over. */
  async #now(transaction: Writing): Promise<number> {
    return (await this.#store.time?.(transaction)) ?? this.#clock.now()
  }

  /** A holder with a wrong clock cannot block for longer than a lease: we time what we see by our own. */
  #isOver(row: { readonly name: string; readonly owner: string; readonly until: number }, now: number): boolean {
    if (row.until <= now || this.#gone(row.owner)) return true
    const seen = this.#sightings.get(row.name)
    if (seen?.owner === row.owner && seen.until === row.until) return this.#clock.monotonic() - seen.at >= LEASE_MS
    this.#sightings.set(row.name, { owner: row.owner, until: row.until, at: this.#clock.monotonic() })
    return false
  }

  async #renew(name: string, owner: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#store.write(async transaction => {
      const until = (await this.#now(transaction)) + LEASE_MS
      return transaction.updateTable('leases').set({ until }).where('name', '=', name).where('owner', '=', owner).executeTakeFirst()
    })
    return numUpdatedRows > 0n
  }

  async #release(name: string, owner: string): Promise<void> {
    await this.#store.write(transaction => transaction.deleteFrom('leases').where('name', '=', name).where('owner', '=', owner).execute())
  }
}
