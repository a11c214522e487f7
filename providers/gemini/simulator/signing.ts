import { createHmac } from 'node:crypto'
import { canonical, type JsonObject, objectOf } from './json.ts'

/** What the service takes in place of a signature that is lost. */
const SKIPPED = 'skip_thought_signature_validator'

/**
 * Signatures are bound to what they came with, so that one that came back on another part is found out. The real ones are
 * opaque; that they belong to their part is documented.
 */
export class Signer {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  sign(part: JsonObject): string {
    return createHmac('sha256', this.#secret).update(signedText(part)).digest('base64')
  }

  accepts(part: JsonObject): boolean {
    const { thoughtSignature } = part
    return thoughtSignature === SKIPPED || thoughtSignature === this.sign(part)
  }
}

/** An empty text stands for the end of the text before it: its signature is bound to nothing but that. */
function signedText(part: JsonObject): string {
  const call = objectOf(part['functionCall'])
  return part['functionCall'] === undefined ? `text ${String(part['text'])}` : `call ${String(call['name'])} ${canonical(call['args'] ?? {})}`
}
