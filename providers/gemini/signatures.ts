import { createHash } from 'node:crypto'
import { BoundedMap } from '../../core/index.ts'

/** The part that a signature came with, and belongs on: a function call, or a thought. */
export type SignedPart = 'call' | 'thought'

/** Accepted in place of a signature that is lost: switches the check off for that call (`providers.md` §0.6). */
export const NO_SIGNATURE = 'skip_thought_signature_validator'

/**
 * Clients that know signatures of reasoning carry ours in them, with a mark: a signature from another vendor has none and
 * is never sent to this one. `ai` is the platform: one minted at Vertex is worthless here.
 */
const SEALED = /^gm1\.ai\.(call|thought)\.(.+)$/s

export function seal(part: SignedPart, signature: string): string {
  return `gm1.ai.${part}.${signature}`
}

export interface SealedSignature {
  readonly part: SignedPart
  readonly signature: string
}

export function unseal(text: string | undefined): SealedSignature | undefined {
  const [, part, signature] = SEALED.exec(text ?? '') ?? []
  return part === undefined || signature === undefined ? undefined : { part: part as SignedPart, signature }
}

/** What a signature that belongs to a text is found by: clients give the text back and nothing else of it. */
export interface TextSignature {
  readonly signature: string
  /** It came alone, after the text, on an empty part of its own; signed and unsigned parts are never joined. */
  readonly apart: boolean
}

/** Characters that all signatures together may hold: some are as long as the thoughts they stand for. */
const MOST_CHARACTERS = 32 * 1024 * 1024

/**
 * Signatures by the tool call or text that they came with, for clients that have no place for them. Bounded: the longest
 * unused go first, and a call whose signature is gone is sent with the word that stands in for one.
 */
export class SignatureMemory {
  readonly #signatures: BoundedMap<string>

  constructor(limit = MOST_CHARACTERS) {
    this.#signatures = new BoundedMap(limit)
  }

  rememberCall(call: { readonly id: string; readonly name: string }, signature: string): void {
    this.#keep(callKey(call), signature)
  }

  /** @param call as the client names it */
  ofCall(call: { readonly id: string; readonly name: string }): string | undefined {
    return this.#signatures.get(callKey(call))
  }

  rememberText(text: string, { signature, apart }: TextSignature): void {
    this.#keep(textKey(text), `${apart ? '+' : '-'}${signature}`)
  }

  ofText(text: string): TextSignature | undefined {
    // Hashing every text of a long conversation costs more than it is worth while there is nothing to be found.
    if (this.#signatures.size === 0) return undefined
    const kept = this.#signatures.get(textKey(text))
    return kept === undefined ? undefined : { signature: kept.slice(1), apart: kept.startsWith('+') }
  }

  #keep(key: string, signature: string): void {
    this.#signatures.set(key, signature, signature.length)
  }
}

function callKey({ id, name }: { readonly id: string; readonly name: string }): string {
  return `call ${id} ${name}`
}

function textKey(text: string): string {
  return `text ${createHash('sha256').update(text).digest('base64')}`
}
