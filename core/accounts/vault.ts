import { createHmac } from 'node:crypto'
import type { Kysely } from 'kysely'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Tables } from '../store/schema.ts'
import type { Writing } from '../store/store.ts'
import { keyIdOf, open, type SecretPlace, seal } from './sealed-text.ts'
import type { VaultKey } from './vault-key.ts'
import { findKeys, type KeyRing, readVaultState, sealingKey } from './vault-state.ts'

export interface VaultParts {
  /** The first seals; all of them open. */
  readonly keys: KeyRing
  /** Key of the fingerprints: random, kept in the store, the same whatever key seals. */
  readonly pepper: Buffer
  /** Keys that may have come to this machine since the start. */
  readonly lookAgain?: () => readonly VaultKey[]
}

/** Seals secrets, opens them, and follows the database when its key is changed by a command beside this process. */
export class Vault {
  #keys: KeyRing
  readonly #pepper: Buffer
  readonly #lookAgain: () => readonly VaultKey[]

  constructor({ keys, pepper, lookAgain = () => [] }: VaultParts) {
    this.#keys = keys
    this.#pepper = pepper
    this.#lookAgain = lookAgain
  }

  seal(secret: string, place: SecretPlace): string {
    return seal(secret, place, this.#keys[0])
  }

  /** @throws GatewayError `store_unavailable` when the text was sealed elsewhere, changed, or its key is not here */
  open(sealed: string, place: SecretPlace): string {
    return open(sealed, place, this.#keys)
  }

  /** Whether the key that sealed a text is here; a text that is none needs no key. */
  hasKeyOf(sealed: string): boolean {
    const id = keyIdOf(sealed)
    return id === undefined || this.#keys.some(key => key.id === id)
  }

  /** Takes over the keys that the database names now; false when it names one that cannot be had. */
  async follow(database: Kysely<Tables> | Writing): Promise<boolean> {
    const state = await readVaultState(database)
    if (!state) return false
    const rotating = state.handover !== undefined
    if (sealingKey(state) === this.#keys[0].id && rotating === this.#keys.length > 1) return true
    const keys = findKeys(state, this.#keys) ?? findKeys(state, this.#lookAgain())
    if (keys) this.#keys = keys
    return keys !== undefined
  }

  /**
   * What is sealed in this transaction is sealed with the key that the database names at its commit: a key that went out
   * of use while this process was not looking seals nothing that nobody could open any more.
   * @throws GatewayError `store_unavailable` when that key cannot be had
   */
  async admit(transaction: Writing): Promise<void> {
    if (await this.follow(transaction)) return
    throw new GatewayError(
      'store_unavailable',
      'the encryption key of the database was changed while this process was not looking: give it the new key in TOKEN_ENCRYPT_KEY or vault.key, and restart it',
    )
  }

  /** Recognises a secret without keeping it. Each purpose has its own values. */
  fingerprint(purpose: string, secret: string): string {
    return createHmac('sha256', this.#pepper).update(purpose).update('\0').update(secret).digest('base64url')
  }
}
