import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { GatewayError } from '../errors/gateway-error.ts'
import { IN_MEMORY } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { Vault } from './vault.ts'
import { createKeyFile, KEY_BYTES, KEY_FILE, parseVaultKey, readKeyFile, type VaultKey, vaultKey } from './vault-key.ts'
import { CHECK, findKeys, type KeyRing, openPepper, readVaultState, sealPepper, type VaultState } from './vault-state.ts'

export interface VaultOptions {
  readonly store: Store
  readonly dataDir: string
  /** Value of `TOKEN_ENCRYPT_KEY`: 32 bytes in hex or base64. Without it a key file in the data folder is used, and made if missing. */
  readonly encryptionKey?: string | undefined
}

/**
 * The vault for this store.
 * @throws GatewayError `store_unavailable` when the key is missing or is not the one the store was written with; nothing was changed
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const found = await readVaultState(options.store.database)
  if (found) return vaultOf(found, unlock(found, givenKey(options), options), options)
  const key = givenKey(options) ?? newKey(options)
  const state = await claim(options.store, key)
  return vaultOf(state, unlock(state, key, options), options)
}

/**
 * The keys that open what is in this store, found as a start finds them; undefined when nothing is encrypted yet.
 * @throws GatewayError as `openVault` does
 */
export async function keysInUse(options: VaultOptions): Promise<KeyRing | undefined> {
  const state = await readVaultState(options.store.database)
  return state && unlock(state, givenKey(options), options)
}

function vaultOf({ check }: VaultState, keys: KeyRing, options: VaultOptions): Vault {
  return new Vault({ keys, pepper: openPepper(check, keys), lookAgain: () => keyOfFile(options) })
}

function givenKey({ dataDir, encryptionKey }: VaultOptions): VaultKey | undefined {
  if (encryptionKey !== undefined) return parseVaultKey(encryptionKey, 'TOKEN_ENCRYPT_KEY')
  return dataDir === IN_MEMORY ? undefined : readKeyFile(dataDir)
}

/** A rotation by command beside us puts the new key there. */
function keyOfFile({ dataDir, encryptionKey }: VaultOptions): readonly VaultKey[] {
  const key = encryptionKey === undefined && dataDir !== IN_MEMORY ? readKeyFile(dataDir) : undefined
  return key ? [key] : []
}

function newKey({ dataDir }: VaultOptions): VaultKey {
  return dataDir === IN_MEMORY ? vaultKey(randomBytes(KEY_BYTES)) : createKeyFile(dataDir)
}

/** The first of several processes wins; the others must have its key. */
async function claim(store: Store, key: VaultKey): Promise<VaultState> {
  const check = sealPepper(randomBytes(KEY_BYTES), key)
  await store.writeDurably(transaction =>
    transaction
      .insertInto('meta')
      .values({ key: CHECK, value: check })
      .onConflict(conflict => conflict.column('key').doNothing())
      .execute(),
  )
  return (await readVaultState(store.database)) ?? { check }
}

function unlock(state: VaultState, key: VaultKey | undefined, options: VaultOptions): KeyRing {
  if (!key) {
    throw new GatewayError(
      'store_unavailable',
      `the accounts in the database are encrypted and their key is missing: set TOKEN_ENCRYPT_KEY, or put the ${KEY_FILE} of the process that made the database into ${options.dataDir}`,
    )
  }
  const keys = findKeys(state, [key])
  if (!keys) throw wrongKey(state, options)
  return keys
}

function wrongKey(state: VaultState, { dataDir, encryptionKey }: VaultOptions): GatewayError {
  const place = encryptionKey === undefined ? join(dataDir, KEY_FILE) : 'TOKEN_ENCRYPT_KEY'
  const fileOpens = encryptionKey !== undefined && dataDir !== IN_MEMORY && hasKey(state, dataDir)
  const remedy = fileOpens
    ? `they were with the one in ${join(dataDir, KEY_FILE)}: unset TOKEN_ENCRYPT_KEY, or move to it with "kiro-gateway vault rotate --to-env TOKEN_ENCRYPT_KEY"`
    : 'put that one back; to change it, run "kiro-gateway vault rotate" with it in place'
  return new GatewayError('store_unavailable', `${place} is not the key that the accounts in the database were encrypted with: ${remedy}. Nothing was changed`)
}

/** A file that cannot be read is no help, and not the fault that is to be told. */
function hasKey(state: VaultState, dataDir: string): boolean {
  try {
    const key = readKeyFile(dataDir)
    return key !== undefined && findKeys(state, [key]) !== undefined
  } catch {
    return false
  }
}
