/** What may be shown of a text, and which stop sequence ended it. */
export interface Scanned {
  readonly text: string
  readonly match?: string
}

interface Pattern {
  readonly text: string
  /** For each length: how much of the pattern is still matched when the next character does not fit. */
  readonly fallback: Uint32Array
  matched: number
}

/**
 * Looks for stop sequences in a text that comes in pieces. Holds back exactly what could still become one.
 * One automaton per sequence: a client may send long ones, and the work stays one step per character.
 */
export class StopSequences {
  readonly #patterns: readonly Pattern[]
  #held = ''

  constructor(sequences: readonly string[]) {
    this.#patterns = sequences.filter(text => text !== '').map(text => ({ text, fallback: fallbackOf(text), matched: 0 }))
  }

  push(text: string): Scanned {
    const all = this.#held + text
    for (let index = 0; index < text.length; index++) {
      const match = this.#step(text.charCodeAt(index))
      if (match !== undefined) {
        this.#held = ''
        return { text: all.slice(0, all.length - text.length + index + 1 - match.length), match }
      }
    }
    let kept = 0
    for (const pattern of this.#patterns) kept = Math.max(kept, pattern.matched)
    this.#held = all.slice(all.length - kept)
    return { text: all.slice(0, all.length - kept) }
  }

  /** What was held back is text after all. */
  flush(): string {
    const held = this.#held
    this.#held = ''
    for (const pattern of this.#patterns) pattern.matched = 0
    return held
  }

  /** The longest sequence that this character completes. */
  #step(code: number): string | undefined {
    let longest: string | undefined
    for (const pattern of this.#patterns) {
      const { text, fallback } = pattern
      let matched = pattern.matched
      while (matched > 0 && text.charCodeAt(matched) !== code) matched = fallback[matched] ?? 0
      if (text.charCodeAt(matched) === code) matched++
      pattern.matched = matched
      if (matched === text.length && matched > (longest?.length ?? 0)) longest = text
    }
    return longest
  }
}

function fallbackOf(text: string): Uint32Array {
  const fallback = new Uint32Array(text.length + 1)
  let matched = 0
  for (let length = 2; length <= text.length; length++) {
    const code = text.charCodeAt(length - 1)
    while (matched > 0 && text.charCodeAt(matched) !== code) matched = fallback[matched] ?? 0
    if (text.charCodeAt(matched) === code) matched++
    fallback[length] = matched
  }
  return fallback
}
