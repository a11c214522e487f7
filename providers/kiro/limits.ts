import { tokenWeight } from './estimate.ts'
import { StopSequences } from './stop-sequences.ts'

/** What may be shown, and why the answer ends there. */
export interface Limited {
  readonly text: string
  readonly end?: { readonly reason: 'stop-sequence'; readonly stopSequence: string } | { readonly reason: 'length' }
}

/**
 * Enforces what the upstream does not know: stop sequences and the length limit, on visible text.
 * The length is an estimate; tool calls are never cut by it, since half a call is worth nothing.
 */
export class OutputLimits {
  readonly #stop: StopSequences | undefined
  /** Tokens that may still be shown. */
  #left: number

  private constructor(stop: readonly string[], maxTokens: number | undefined) {
    this.#stop = stop.length === 0 ? undefined : new StopSequences(stop)
    this.#left = maxTokens ?? Number.POSITIVE_INFINITY
  }

  /** Undefined when nothing is to be enforced: the common case costs nothing. */
  static for(stop: readonly string[], maxTokens: number | undefined): OutputLimits | undefined {
    return stop.length === 0 && maxTokens === undefined ? undefined : new OutputLimits(stop, maxTokens)
  }

  push(text: string): Limited {
    if (!this.#stop) return this.#spend(text)
    const scanned = this.#stop.push(text)
    const limited = this.#spend(scanned.text)
    if (limited.end || scanned.match === undefined) return limited
    return { text: limited.text, end: { reason: 'stop-sequence', stopSequence: scanned.match } }
  }

  /** The text ends, or something else begins: what was held back is decided. */
  flush(): Limited {
    return this.#spend(this.#stop?.flush() ?? '')
  }

  #spend(text: string): Limited {
    if (this.#left === Number.POSITIVE_INFINITY || text === '') return { text }
    const weight = tokenWeight(text)
    if (weight <= this.#left) {
      this.#left -= weight
      return { text }
    }
    let shown = ''
    for (const character of text) {
      const cost = tokenWeight(character)
      if (cost > this.#left) break
      this.#left -= cost
      shown += character
    }
    return { text: shown, end: { reason: 'length' } }
  }
}
