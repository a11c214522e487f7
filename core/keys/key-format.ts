import { hash, randomBytes } from 'node:crypto'

const PREFIX = 'sk-kg-'
const SECRET_BYTES = 32
const HINT_LENGTH = 4

/** A new client key: a prefix that secret scanners can find and 256 random bits. */
export function newKey(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url')
}

/** All that is kept of a key. Keys are random, so a plain hash is enough: there is nothing to guess from. */
export function keyDigest(key: string): string {
  return hash('sha256', key, 'hex')
}

/** Last characters, for people who compare keys. */
export function keyHint(key: string): string {
  return key.slice(-HINT_LENGTH)
}
