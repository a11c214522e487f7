import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import type { Writing } from '../store/store.ts'
import { keyIdOf, open, type SecretPlace, seal } from './sealed-text.ts'
import { type VaultKey, vaultKey } from './vault-key.ts'

/**
 * Sealed with the key in use: opens only with it, and holds the pepper that fingerprints are made with. Says, to every
 * process on this database, which key that is.
 */
export const CHECK = 'vault.check'

/** There while a new key takes the place of the one in use. */
export const HANDOVER = 'vault.handover'

/** Each key sealed with the other: who has either has both, so that a rotation may end at any instant and be taken up again. */
interface Handover {
  /** Public name of the new key. It seals from now on; the former only opens. */
  readonly next: string
  readonly nextByFormer: string
  readonly formerByNext: string
}

/** What a database says about its encryption. */
export interface VaultState {
  readonly check: string
  readonly handover?: Handover
}

/** Keys that open everything in a database. The first seals. */
export type KeyRing = readonly [VaultKey, ...VaultKey[]]

/** Undefined: nothing was ever sealed in this database. */
export async function readVaultState(database: Kysely<Tables> | Writing): Promise<VaultState | undefined> {
  const rows = await database.selectFrom('meta').select(['key', 'value']).where('key', 'in', [CHECK, HANDOVER]).execute()
  const check = rows.find(({ key }) => key === CHECK)?.value
  const handover = rows.find(({ key }) => key === HANDOVER)?.value
  if (check === undefined) return undefined
  // Only `handoverValue` below writes it.
  return { check, ...(handover !== undefined && { handover: JSON.parse(handover) as Handover }) }
}

/** Public name of the key that must seal. */
export function sealingKey({ check, handover }: VaultState): string | undefined {
  return handover?.next ?? keyIdOf(check)
}

/**
 * The keys of a database, given some that may be among them; undefined when none is.
 * @throws GatewayError `store_unavailable` when the state was tampered with
 */
export function findKeys({ check, handover }: VaultState, known: readonly VaultKey[]): KeyRing | undefined {
  const byId = (id: string | undefined) => known.find(key => key.id === id)
  const current = byId(keyIdOf(check))
  if (!handover) return current && [current]
  const next = byId(handover.next)
  if (next) return [next, current ?? unwrap(handover.formerByNext, 'former', next)]
  return current && [unwrap(handover.nextByFormer, 'next', current), current]
}

/** @throws GatewayError `store_unavailable` when it was not sealed with one of these keys */
export function openPepper(check: string, keys: KeyRing): Buffer {
  return Buffer.from(open(check, place(CHECK), keys), 'base64url')
}

export function sealPepper(pepper: Buffer, key: VaultKey): string {
  return seal(pepper.toString('base64url'), place(CHECK), key)
}

export function handoverValue(next: VaultKey, former: VaultKey): string {
  const handover: Handover = { next: next.id, nextByFormer: wrap(next, 'next', former), formerByNext: wrap(former, 'former', next) }
  return JSON.stringify(handover)
}

function wrap(key: VaultKey, role: 'next' | 'former', by: VaultKey): string {
  return seal(key.bytes.toString('base64url'), place(`${HANDOVER}.${role}`), by)
}

function unwrap(sealed: string, role: 'next' | 'former', by: VaultKey): VaultKey {
  return vaultKey(Buffer.from(open(sealed, place(`${HANDOVER}.${role}`), [by]), 'base64url'))
}

function place(row: string): SecretPlace {
  return { table: 'meta', row, column: 'value', generation: 0 }
}
