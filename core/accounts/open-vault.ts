import { GatewayError } from '../errors/gateway-error.ts'
import { IN_MEMORY } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { newPepper, open, seal, type SecretPlace, Vault } from './vault.ts'
import { createKeyFile, KEY_BYTES, KEY_FILE, parseVaultKey, readKeyFile, type VaultKey, vaultKey } from './vault-key.ts'
import { randomBytes } from 'node:crypto'

/** Sealed by the key in use when the store was new: opens only with it, and holds what fingerprints are made with. */
const CHECK = 'vault.check'
const CHECK_PLACE: SecretPlace = { table: 'meta', row: CHECK, column: 'value', generation: 0 }

export interface VaultOptions {
  readonly store: Store
  readonly dataDir: string
  /** Value of `TOKEN_ENCRYPT_KEY`: 32 bytes in hex or base64. Without it a key file in the data folder is used, and made if missing. */
  readonly encryptionKey?: string | undefined
  /** Keys of earlier times, for reading only. */
  readonly formerKeys?: readonly string[]
}

/**
 * The vault for this store.
 * @throws GatewayError `store_unavailable` when the key is missing or is not the one the store was written with; nothing was changed
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const { store } = options
  const check = await readCheck(store)
  const keys = gatherKeys(options, check !== undefined)
  return new Vault({ keys, pepper: openCheck(check ?? (await writeCheck(store, keys[0])), keys, options) })
}

function gatherKeys(options: VaultOptions, used: boolean): readonly [VaultKey, ...VaultKey[]] {
  const { dataDir, encryptionKey, formerKeys = [] } = options
  const former = formerKeys.map(text => parseVaultKey(text, 'a former encryption key'))
  if (dataDir === IN_MEMORY) return [encryptionKey ? parseVaultKey(encryptionKey, 'TOKEN_ENCRYPT_KEY') : vaultKey(randomBytes(KEY_BYTES)), ...former]
  const fromFile = readKeyFile(dataDir)
  if (encryptionKey) return [parseVaultKey(encryptionKey, 'TOKEN_ENCRYPT_KEY'), ...(fromFile ? [fromFile] : []), ...former]
  if (fromFile) return [fromFile, ...former]
  if (used) {
    throw new GatewayError(
      'store_unavailable',
      `the accounts in ${dataDir} are encrypted and their key is missing: set TOKEN_ENCRYPT_KEY, or put ${KEY_FILE} back into that folder`,
    )
  }
  return [createKeyFile(dataDir), ...former]
}

async function readCheck(store: Store): Promise<string | undefined> {
  const row = await store.database.selectFrom('meta').select('value').where('key', '=', CHECK).executeTakeFirst()
  return row?.value
}

/** The first of several processes wins; the others use what it wrote. */
async function writeCheck(store: Store, key: VaultKey): Promise<string> {
  const value = seal(newPepper().toString('base64url'), CHECK_PLACE, { key, nonce: randomBytes(12) })
  await store.writeDurably(transaction =>
    transaction
      .insertInto('meta')
      .values({ key: CHECK, value })
      .onConflict(conflict => conflict.column('key').doNothing())
      .execute(),
  )
  return (await readCheck(store)) ?? value
}

function openCheck(check: string, keys: readonly VaultKey[], options: VaultOptions): Buffer {
  try {
    return Buffer.from(open(check, CHECK_PLACE, keys), 'base64url')
  } catch (error) {
    const source = options.encryptionKey ? 'TOKEN_ENCRYPT_KEY' : KEY_FILE
    throw new GatewayError(
      'store_unavailable',
      `${source} is not the key that the accounts in ${options.dataDir} were encrypted with: restore the former key; nothing was changed`,
      { cause: error },
    )
  }
}
