import type { Usage } from '../../core/index.ts'
import { countOf, fieldsOf } from './untrusted.ts'

/** Puts together what an answer tells of its cost, in `message_start` and again in `message_delta` (`providers.md` §12.2). */
export class UsageMeter {
  #input: number | undefined
  #read: number | undefined
  #write: number | undefined
  #output: number | undefined
  #reasoning: number | undefined

  /** Later figures replace earlier ones: those of a delta are sums, not additions. */
  note(usage: unknown): void {
    const told = fieldsOf(usage)
    this.#input = later(this.#input, told.input_tokens)
    this.#read = later(this.#read, told.cache_read_input_tokens)
    this.#write = later(this.#write, told.cache_creation_input_tokens)
    this.#output = later(this.#output, told.output_tokens)
    this.#reasoning = later(this.#reasoning, fieldsOf(told.output_tokens_details).thinking_tokens)
  }

  /** `input_tokens` leaves out both cache figures; the hub counts everything that the model read. */
  total(): Usage {
    const input = (this.#input ?? 0) + (this.#read ?? 0) + (this.#write ?? 0)
    return {
      // No request is empty: an API that says 0 does not know.
      ...(input > 0 ? { input } : {}),
      ...(this.#output === undefined ? {} : { output: this.#output }),
      ...(this.#read === undefined ? {} : { cacheRead: this.#read }),
      ...(this.#write === undefined ? {} : { cacheWrite: this.#write }),
      ...(this.#reasoning === undefined ? {} : { reasoning: this.#reasoning }),
    }
  }
}

/** Several APIs of this wire fill a figure with 0 in one of the two places and tell it in the other. */
function later(before: number | undefined, value: unknown): number | undefined {
  const count = countOf(value)
  return count === undefined || count === 0 ? (before ?? count) : count
}
