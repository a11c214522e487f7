import { createHash } from 'node:crypto'
import { base62 } from './identifiers.ts'

/** A browser's sign-in that waits for its code to be exchanged. */
export interface PendingCode {
  /** Who signed in. */
  readonly accountId: string
  readonly challenge: string
  readonly redirectUri: string
  /** Client that the code was given to; undefined for the social login, which has none. */
  readonly clientId: string | undefined
}

/** A device flow that waits for somebody at its page. */
export interface PendingDevice {
  readonly kind: 'builder-id' | 'idc'
  readonly clientId: string
  readonly userCode: string
  readonly expiresAt: number
  /** SSO region that it was begun in. */
  readonly region: string | undefined
  /** What became of it at the page. */
  outcome: { readonly accountId: string } | 'denied' | undefined
  /** When it was last asked about. */
  polledAt: number | undefined
}

/** Codes of sign-ins that have begun and not ended. */
export class SignIns {
  readonly #codes = new Map<string, PendingCode & { readonly expiresAt: number }>()
  readonly #devices = new Map<string, PendingDevice>()

  issueCode(pending: PendingCode, expiresAt: number): string {
    const code = base62(32)
    this.#codes.set(code, { ...pending, expiresAt })
    return code
  }

  /** What the code stands for, if the verifier proves that the one who began asks. A code works once, whatever comes of it. */
  redeemCode(code: string, verifier: string, now: number): PendingCode | undefined {
    const pending = this.#codes.get(code)
    this.#codes.delete(code)
    if (pending === undefined || pending.expiresAt <= now || !VERIFIER.test(verifier)) return undefined
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    return pending.challenge === challenge ? pending : undefined
  }

  issueDevice(pending: Pick<PendingDevice, 'kind' | 'clientId' | 'expiresAt' | 'region'>): { readonly deviceCode: string; readonly userCode: string } {
    const deviceCode = base62(64)
    const userCode = `${base62(4)}-${base62(4)}`.toUpperCase()
    this.#devices.set(deviceCode, { ...pending, userCode, outcome: undefined, polledAt: undefined })
    return { deviceCode, userCode }
  }

  device(deviceCode: string): PendingDevice | undefined {
    return this.#devices.get(deviceCode)
  }

  /** By the code that a person types, however they type it. */
  deviceOf(userCode: string): PendingDevice | undefined {
    const typed = userCode.trim().toUpperCase()
    return [...this.#devices.values()].find(pending => pending.userCode === typed)
  }

  closeDevice(deviceCode: string): void {
    this.#devices.delete(deviceCode)
  }

  clear(): void {
    this.#codes.clear()
    this.#devices.clear()
  }
}

/** RFC 7636: 43 to 128 unreserved characters, and the digest of one. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/
export const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
