import type { JsonObject } from './json.ts'
import { isObject, objectOf, textOf } from './json.ts'

interface IssuedSignature {
  readonly text: string
  readonly modelId: string
  readonly conversations: readonly string[]
}

const LIMIT = 10_000

/** Which signatures of reasoning were given out, for what and to whom: replayed ones must be genuine. */
export class SignatureRegistry {
  readonly #issued = new Map<string, IssuedSignature>()

  add(signature: string, issued: IssuedSignature): void {
    this.#issued.set(signature, issued)
    if (this.#issued.size <= LIMIT) return
    const [oldest] = this.#issued.keys()
    if (oldest !== undefined) this.#issued.delete(oldest)
  }

  /** What is wrong with a replayed block; undefined when nothing is. */
  fault(replayed: JsonObject, context: { readonly modelId: string; readonly conversations: readonly string[] }): string | undefined {
    if (!isObject(replayed.reasoningText)) return undefined
    const { signature, text } = objectOf(replayed.reasoningText)
    const issued = this.#issued.get(textOf(signature) ?? '')
    if (issued === undefined) return 'the signature was never given out'
    if (issued.text !== text) return 'the signature was given out for another text'
    if (issued.modelId !== context.modelId) return 'the signature was given out by another model'
    if (!issued.conversations.some(key => context.conversations.includes(key))) return 'the signature was given out in another conversation'
    return undefined
  }

  clear(): void {
    this.#issued.clear()
  }
}
