import { createHmac } from 'node:crypto'

/** Seals reasoning as the service does: bound to its text and to the one who issued it. */
export class Signatures {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  mint(text: string): string {
    return `E${createHmac('sha256', this.#secret).update(text).digest('base64').replace(/=+$/, '')}`
  }

  holds(text: string, signature: unknown): boolean {
    return signature === this.mint(text)
  }
}
