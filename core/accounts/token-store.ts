import type { Clock } from '../contract/clock.ts'
import { nextRevision } from '../store/revision.ts'
import type { Store, Writing } from '../store/store.ts'
import type { SecretPlace } from './sealed-text.ts'
import type { Vault } from './vault.ts'

export interface StoredToken {
  readonly credential: unknown
  readonly generation: number
  /** Wall clock, milliseconds; Infinity: never; undefined: unknown. */
  readonly expiresAt: number | undefined
  readonly refreshedAt: number
  readonly hasPrevious: boolean
}

export interface Rotation {
  readonly account: string
  /** The generation that `spent` belongs to: the rotation fails if the store has another. */
  readonly generation: number
  readonly spent: unknown
  readonly next: unknown
  readonly expiresAt: number | undefined
}

/** What an account starts with. */
export interface FirstToken {
  readonly account: string
  readonly credential: unknown
  readonly generation: number
  readonly expiresAt: number | undefined
}

const TABLE = 'account_tokens'

/**
 * The only code that writes credentials: each change is one transaction that also checks the generation, and nothing
 * else is ever written by a statement that mentions a token. A credential is in use only after it was written here.
 */
export class TokenStore {
  readonly #store: Store
  readonly #vault: Vault
  readonly #clock: Clock

  constructor({ store, vault, clock }: { store: Store; vault: Vault; clock: Clock }) {
    this.#store = store
    this.#vault = vault
    this.#clock = clock
  }

  /**
   * Puts a renewed credential in the place of the spent one, on disk when it resolves; the spent one is kept beside it.
   * `superseded`: another process was faster, and nothing was written.
   */
  rotate(rotation: Rotation): Promise<'stored' | 'superseded'> {
    const { account, next, spent } = rotation
    const generation = rotation.generation + 1
    return this.#store.writeDurably(async transaction => {
      await this.#vault.admit(transaction)
      const values = {
        secret: this.#seal(next, secretPlace(account, generation)),
        previous: this.#seal(spent, previousPlace(account, generation)),
        generation,
        expires_at: toColumn(rotation.expiresAt),
        refreshed_at: this.#clock.now(),
      }
      const { numUpdatedRows } = await transaction
        .updateTable(TABLE)
        .set(values)
        .where('account_id', '=', account)
        .where('generation', '=', rotation.generation)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return 'superseded'
      await transaction
        .updateTable('accounts')
        .set({ revision: await nextRevision(transaction) })
        .where('id', '=', account)
        .execute()
      return 'stored'
    })
  }

  /**
   * Walks through a rotation that touches no row. A token that is rotated upstream and not yet here is at the mercy of a
   * crash, and the first walk in a process takes several times as long as any later one.
   */
  async rehearse(): Promise<void> {
    await this.rotate({ account: '', generation: -1, spent: {}, next: {}, expiresAt: undefined })
  }

  /** The credential of this generation has worked once: the one before it is of no more use. */
  async confirm(account: string, generation: number): Promise<void> {
    await this.#store.write(transaction =>
      transaction.updateTable(TABLE).set({ previous: null }).where('account_id', '=', account).where('generation', '=', generation).execute(),
    )
  }

  async read(account: string): Promise<StoredToken | undefined> {
    const row = await this.#store.database.selectFrom(TABLE).selectAll().where('account_id', '=', account).executeTakeFirst()
    if (!row) return undefined
    await this.know([row.secret])
    return {
      credential: this.unseal(row.secret, account, row.generation),
      generation: row.generation,
      expiresAt: fromColumn(row.expires_at),
      refreshedAt: row.refreshed_at,
      hasPrevious: row.previous !== null,
    }
  }

  /** The credential before this generation's, unless that one has been confirmed. */
  async readPrevious(account: string, generation: number): Promise<unknown> {
    const row = await this.#store.database
      .selectFrom(TABLE)
      .select('previous')
      .where('account_id', '=', account)
      .where('generation', '=', generation)
      .executeTakeFirst()
    if (!row?.previous) return undefined
    await this.know([row.previous])
    return JSON.parse(this.#vault.open(row.previous, previousPlace(account, generation)))
  }

  /** The token of a new account, in the transaction that makes it. */
  async insert(transaction: Writing, token: FirstToken): Promise<void> {
    await this.#vault.admit(transaction)
    await transaction
      .insertInto(TABLE)
      .values({ account_id: token.account, previous: null, ...this.#columns(token) })
      .execute()
  }

  /** A credential from outside in the place of whatever was there, in the transaction that notes its source. */
  async replace(transaction: Writing, token: FirstToken): Promise<void> {
    await this.#vault.admit(transaction)
    await transaction
      .updateTable(TABLE)
      .set({ previous: null, ...this.#columns(token) })
      .where('account_id', '=', token.account)
      .execute()
  }

  /** The operator removed the account: nothing of its secret stays. */
  async erase(transaction: Writing, account: string): Promise<void> {
    await transaction.deleteFrom(TABLE).where('account_id', '=', account).execute()
  }

  /** Sees to it that secrets can be opened which another process sealed with a newer key. */
  async know(secrets: readonly string[]): Promise<void> {
    if (!secrets.every(secret => this.#vault.hasKeyOf(secret))) await this.#vault.follow(this.#store.database)
  }

  /** @throws GatewayError when the text was changed, moved or rolled back, or its key is missing */
  unseal(secret: string, account: string, generation: number): unknown {
    return JSON.parse(this.#vault.open(secret, secretPlace(account, generation)))
  }

  #columns(token: FirstToken) {
    return {
      secret: this.#seal(token.credential, secretPlace(token.account, token.generation)),
      generation: token.generation,
      expires_at: toColumn(token.expiresAt),
      refreshed_at: this.#clock.now(),
    }
  }

  #seal(credential: unknown, place: SecretPlace): string {
    return this.#vault.seal(JSON.stringify(credential), place)
  }
}

/** Stands for "never" where a column can hold whole numbers only. */
const NEVER = Number.MAX_SAFE_INTEGER

export function fromColumn(expiresAt: number | null): number | undefined {
  if (expiresAt === null) return undefined
  return expiresAt === NEVER ? Infinity : expiresAt
}

function toColumn(expiresAt: number | undefined): number | null {
  if (expiresAt === undefined || Number.isNaN(expiresAt)) return null
  return expiresAt === Infinity ? NEVER : Math.round(expiresAt)
}

export function secretPlace(account: string, generation: number): SecretPlace {
  return { table: TABLE, row: account, column: 'secret', generation }
}

export function previousPlace(account: string, generation: number): SecretPlace {
  return { table: TABLE, row: account, column: 'previous', generation }
}
