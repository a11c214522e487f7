/** What may be shown of a text, and which stop sequence ended it. */
export interface Watched {
  readonly text: string
  readonly match?: string
}

/**
 * Looks for the stop sequences that the API could not be told, in a text that comes in pieces. Holds back what could still
 * become one.
 */
export class StopWatch {
  readonly #sequences: readonly string[]
  readonly #longest: number
  #held = ''

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences
    this.#longest = Math.max(0, ...sequences.map(({ length }) => length))
  }

  push(piece: string): Watched {
    if (this.#sequences.length === 0) return { text: piece }
    const text = this.#held + piece
    const found = this.#sequences
      .map(sequence => ({ sequence, at: text.indexOf(sequence) }))
      .filter(({ at }) => at !== -1)
      // The one that is complete first, as if the text had been looked at character by character.
      .toSorted((one, other) => one.at + one.sequence.length - (other.at + other.sequence.length) || one.at - other.at)[0]
    if (found !== undefined) {
      this.#held = ''
      return { text: text.slice(0, found.at), match: found.sequence }
    }
    let kept = Math.min(this.#longest - 1, text.length)
    while (kept > 0 && !this.#sequences.some(sequence => sequence.startsWith(text.slice(text.length - kept)))) kept--
    this.#held = text.slice(text.length - kept)
    return { text: text.slice(0, text.length - kept) }
  }

  /** What was held back is text after all. */
  flush(): string {
    const held = this.#held
    this.#held = ''
    return held
  }
}
