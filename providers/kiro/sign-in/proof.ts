import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What ties a callback to whoever began: the state comes back, the verifier never leaves this process before the exchange. */
export interface Proof {
  readonly state: string
  readonly verifier: string
  /** Of the verifier; in the address that is shown. */
  readonly challenge: string
}

export function newProof(): Proof {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, state: randomBytes(16).toString('base64url'), challenge: digest(verifier).toString('base64url') }
}

/** In constant time: of digests, whose lengths are equal whatever came. */
export function isState(expected: string, given: string | null): boolean {
  return given !== null && timingSafeEqual(digest(expected), digest(given))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
