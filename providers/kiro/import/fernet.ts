import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'

const VERSION = 0x80
const TIME_BYTES = 8
const BLOCK = 16
const MAC_BYTES = 32

/** The text that a Fernet token seals, with a key made of any secret by SHA-256; undefined when it is another key's or no token. */
export function openFernet(token: string, secret: string): string | undefined {
  const bytes = Buffer.from(token, 'base64url')
  const head = 1 + TIME_BYTES
  if (bytes[0] !== VERSION || bytes.length < head + 2 * BLOCK + MAC_BYTES) return undefined
  const key = createHash('sha256').update(secret).digest()
  const signed = bytes.subarray(0, -MAC_BYTES)
  const mac = createHmac('sha256', key.subarray(0, BLOCK)).update(signed).digest()
  if (!timingSafeEqual(mac, bytes.subarray(-MAC_BYTES))) return undefined
  try {
    const cipher = createDecipheriv('aes-128-cbc', key.subarray(BLOCK), signed.subarray(head, head + BLOCK))
    return Buffer.concat([cipher.update(signed.subarray(head + BLOCK)), cipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
