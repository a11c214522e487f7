import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { GatewayError } from '../errors/gateway-error.ts'

/** The header's first member: tells such a file from every other JSON. */
const FORMAT = 'kiro-gateway-accounts'
/** Stands for the parameters below and for what is inside; another version is another way to read. */
const VERSION = 1
const BEGINNING = new RegExp(`^\\s*\\{\\s*"format"\\s*:\\s*"${FORMAT}"`)

/** 128 MB and a good part of a second for each guess. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }
const KEY_BYTES = 32
const SALT_BYTES = 16
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals a text with a passphrase, for a file that may travel. */
export async function sealExport(text: string, passphrase: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const header = {
    format: FORMAT,
    version: VERSION,
    kdf: 'scrypt',
    cipher: 'aes-256-gcm',
    salt: salt.toString('base64url'),
    nonce: nonce.toString('base64url'),
  }
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, salt), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(JSON.stringify(header)))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${JSON.stringify({ ...header, data: data.toString('base64url') }, null, 2)}\n`
}

/** Whether a text is a sealed export, of whatever version, be it only the beginning of one. */
export function isSealedExport(text: string): boolean {
  return readMembers(text)?.format === FORMAT || BEGINNING.test(text)
}

/** @throws GatewayError `bad_request` when the text ends before the export does */
export function requireWhole(text: string): void {
  if (readMembers(text) === undefined) throw new GatewayError('bad_request', 'the export is cut off: its end is missing; copy the whole file again')
}

/** @throws GatewayError `bad_request`: of another version, damaged, or sealed with another passphrase */
export async function openExport(text: string, passphrase: string): Promise<string> {
  requireWhole(text)
  const { data, ...header } = readMembers(text) ?? {}
  if (header.version !== VERSION)
    throw new GatewayError('bad_request', 'the export is of a newer version; import it with the gateway that wrote it, or a later one')
  const { salt, nonce } = header
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64url') : Buffer.alloc(0)
  if (typeof salt !== 'string' || typeof nonce !== 'string' || Buffer.from(nonce, 'base64url').length !== NONCE_BYTES || bytes.length < TAG_BYTES)
    throw new GatewayError('bad_request', 'the export is not whole; copy the file again')
  const decipher = createDecipheriv('aes-256-gcm', await keyOf(passphrase, Buffer.from(salt, 'base64url')), Buffer.from(nonce, 'base64url'), {
    authTagLength: TAG_BYTES,
  })
  // Members in the order in which they were sealed: nothing of the header can be exchanged.
  decipher.setAAD(Buffer.from(JSON.stringify(header)))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch (error) {
    throw new GatewayError('bad_request', 'the export does not open: the passphrase is another one, or the file was changed', { cause: error })
  }
}

function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function readMembers(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}
