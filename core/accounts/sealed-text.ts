import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { GatewayError } from '../errors/gateway-error.ts'
import type { VaultKey } from './vault-key.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The place a secret belongs to. A sealed text moved anywhere else, or rolled back, does not open. */
export interface SecretPlace {
  readonly table: string
  readonly row: string
  readonly column: string
  readonly generation: number
}

/** Seals with AES-256-GCM: `v1.keyid.nonce.data`, base64url. */
export function seal(secret: string, place: SecretPlace, key: VaultKey): string {
  return sealWith(secret, place, { key, nonce: randomBytes(NONCE_BYTES) })
}

/** For known answers only: a nonce that is used twice gives both secrets away. */
export function sealWith(secret: string, place: SecretPlace, means: { readonly key: VaultKey; readonly nonce: Buffer }): string {
  const cipher = createCipheriv('aes-256-gcm', means.key.bytes, means.nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associated(means.key.id, place))
  const data = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return ['v1', means.key.id, means.nonce.toString('base64url'), data.toString('base64url')].join('.')
}

/** @throws GatewayError `store_unavailable` when the text was sealed elsewhere, changed, or its key is not among these */
export function open(sealed: string, place: SecretPlace, keys: readonly VaultKey[]): string {
  const [version, keyId, nonceText = '', dataText = '', ...rest] = sealed.split('.')
  const nonce = strictBase64url(nonceText)
  const data = strictBase64url(dataText)
  if (version !== 'v1' || rest.length > 0 || nonce?.length !== NONCE_BYTES || !data || data.length < TAG_BYTES) throw unreadable(place, 'is not a sealed text')
  const key = keys.find(candidate => candidate.id === keyId)
  if (!key) throw unreadable(place, 'was sealed with a key that is not here')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(associated(key.id, place))
    decipher.setAuthTag(data.subarray(-TAG_BYTES))
    return decipher.update(data.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch (error) {
    throw unreadable(place, 'was changed or moved', error)
  }
}

/** Public name of the key that sealed a text; undefined when it is none. */
export function keyIdOf(sealed: string): string | undefined {
  const [version, keyId] = sealed.split('.')
  return version === 'v1' ? keyId : undefined
}

/** JSON, because joined by any separator two different places could read alike. */
function associated(keyId: string, place: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['v1', keyId, place.table, place.row, place.column, place.generation]))
}

/** Node's decoder skips what it does not know; here every spelling but one is a changed text. */
function strictBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function unreadable(place: SecretPlace, what: string, cause?: unknown): GatewayError {
  const message = `the secret of ${place.table} ${place.row} ${what}: restore the encryption key it was written with, or add it again`
  return new GatewayError('store_unavailable', message, cause === undefined ? {} : { cause })
}
