import { type Clock, sleep } from '../contract/clock.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { nextRevision } from '../store/revision.ts'
import type { Store, Writing } from '../store/store.ts'
import { reseal, type UnreadableSecret } from './sealed-tokens.ts'
import type { VaultKey } from './vault-key.ts'
import { CHECK, findKeys, HANDOVER, handoverValue, type KeyRing, openPepper, readVaultState, sealPepper, type VaultState } from './vault-state.ts'

/** Running gateways look at the database once a second; this long the former key stays known for them to hear of the new one. */
const NOTICE_MS = 3_000

export interface VaultRotation {
  readonly store: Store
  readonly clock: Clock
  /** Keys that may be the one in use. */
  readonly known: readonly VaultKey[]
  /** The key that takes its place, unless an earlier rotation that did not end has chosen one. */
  readonly next: VaultKey
  /** Whether the new key is one that the operator holds: then it cannot be another's. */
  readonly chosen: boolean
  /** Puts the new key where the next start finds it; done before the former one is given up. */
  readonly keep: (next: VaultKey) => void
}

export interface RotationReport {
  /** Public names. The same: the key was in use already. */
  readonly former: string
  readonly next: string
  readonly resealed: number
  readonly unreadable: readonly UnreadableSecret[]
}

/**
 * Puts a new key in the place of the one in use, beside running gateways. It may be killed at any instant and run again:
 *
 * 1. One transaction notes the new key, each key sealed with the other. From its commit on everybody seals with the new
 *    key, and whoever has either key has both.
 * 2. What the former key sealed is sealed anew, some rows at a time.
 * 3. The new key is put where the next start looks for it.
 * 4. One transaction makes it the only one.
 *
 * @throws GatewayError `store_unavailable` when no known key opens the database, `bad_request` when another rotation is under way
 */
export async function rotateVaultKey(rotation: VaultRotation): Promise<RotationReport> {
  const { store, clock, keep } = rotation
  const keys = await store.writeDurably(transaction => begin(transaction, rotation))
  const [next, former] = keys
  if (!former) {
    keep(next)
    return { former: next.id, next: next.id, resealed: 0, unreadable: [] }
  }
  const noticed = clock.monotonic() + NOTICE_MS
  let { resealed, unreadable } = await resealAll(store, keys)
  keep(next)
  await holding(sleep(clock, Math.max(0, noticed - clock.monotonic())))
  // A gateway of a version that knows nothing of this may have sealed with the former key meanwhile.
  for (let late = true; late; ) {
    const more = await resealAll(store, keys)
    resealed += more.resealed
    unreadable = more.unreadable
    late = more.resealed > 0
  }
  await store.writeDurably(transaction => finish(transaction, keys))
  return { former: former.id, next: next.id, resealed, unreadable }
}

async function begin(transaction: Writing, { known, next, chosen }: VaultRotation): Promise<KeyRing> {
  const state = await readVaultState(transaction)
  if (!state) throw new GatewayError('bad_request', 'nothing is encrypted in this database yet: set TOKEN_ENCRYPT_KEY, or let the first start make a key')
  const keys = ringOf(state, chosen ? [...known, next] : known)
  if (state.handover) {
    if (chosen && keys[0].id !== next.id)
      throw new GatewayError(
        'bad_request',
        `a rotation to the key ${keys[0].id} has not ended: name the variable that holds that key, or end it with "kiro-gateway vault rotate --to-file"`,
      )
    return keys
  }
  if (keys[0].id === next.id) return keys
  await transaction
    .insertInto('meta')
    .values({ key: HANDOVER, value: handoverValue(next, keys[0]) })
    .execute()
  await nextRevision(transaction)
  return [next, keys[0]]
}

function ringOf(state: VaultState, known: readonly VaultKey[]): KeyRing {
  const keys = findKeys(state, known)
  if (!keys)
    throw new GatewayError(
      'store_unavailable',
      'neither TOKEN_ENCRYPT_KEY nor vault.key is the key that the accounts in the database were encrypted with: put that one back; nothing was changed',
    )
  return keys
}

async function resealAll(store: Store, keys: KeyRing): Promise<Pick<RotationReport, 'resealed' | 'unreadable'>> {
  let resealed = 0
  const unreadable: UnreadableSecret[] = []
  for (let after = ''; ; ) {
    const from = after
    const done = await store.writeDurably(transaction => reseal(transaction, keys, from))
    if (!done) return { resealed, unreadable }
    resealed += done.resealed
    unreadable.push(...done.unreadable)
    after = done.last
  }
}

/** Timers of the clock do not hold the process: a command would end in the middle. */
async function holding(waiting: Promise<void>): Promise<void> {
  const hold = setInterval(() => undefined, NOTICE_MS)
  await waiting.finally(() => clearInterval(hold))
}

/** Another process that took up the same rotation may have been faster. */
async function finish(transaction: Writing, keys: KeyRing): Promise<void> {
  const state = await readVaultState(transaction)
  if (state?.handover?.next !== keys[0].id) return
  const pepper = openPepper(state.check, keys)
  await transaction
    .updateTable('meta')
    .set({ value: sealPepper(pepper, keys[0]) })
    .where('key', '=', CHECK)
    .execute()
  await transaction.deleteFrom('meta').where('key', '=', HANDOVER).execute()
  await nextRevision(transaction)
}
