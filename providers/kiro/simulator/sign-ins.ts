import { createHash } from 'node:crypto'
import type { AccountKind } from './accounts.ts'
import { base62 } from './identifiers.ts'

/** A browser's sign-in that waits for its code to be exchanged. */
export interface PendingCode {
  readonly kind: AccountKind
  readonly challenge: string
  readonly redirectUri: string
  /** Client that the code was given to; undefined for the social login, which has none. */
  readonly clientId: string | undefined
}

export interface PendingDevice {
  readonly kind: AccountKind
  readonly clientId: string
  readonly userCode: string
  readonly expiresAt: number
}

/** Codes of sign-ins that have begun and not ended. */
export class SignIns {
  readonly #codes = new Map<string, PendingCode>()
  readonly #devices = new Map<string, PendingDevice>()

  issueCode(pending: PendingCode): string {
    const code = base62(32)
    this.#codes.set(code, pending)
    return code
  }

  /** What the code stands for, if the verifier proves that the one who began asks. A code works once, whatever comes of it. */
  redeemCode(code: string, verifier: string): PendingCode | undefined {
    const pending = this.#codes.get(code)
    this.#codes.delete(code)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    return pending?.challenge === challenge ? pending : undefined
  }

  issueDevice(pending: Omit<PendingDevice, 'userCode'>): { readonly deviceCode: string; readonly userCode: string } {
    const deviceCode = base62(64)
    const userCode = `${base62(4)}-${base62(4)}`.toUpperCase()
    this.#devices.set(deviceCode, { ...pending, userCode })
    return { deviceCode, userCode }
  }

  device(deviceCode: string): PendingDevice | undefined {
    return this.#devices.get(deviceCode)
  }

  closeDevice(deviceCode: string): void {
    this.#devices.delete(deviceCode)
  }

  clear(): void {
    this.#codes.clear()
    this.#devices.clear()
  }
}
