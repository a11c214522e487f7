const OPEN = '<think>'
const CLOSE = '</think>'

interface Outlets {
  readonly text: (text: string) => void
  readonly reasoning: (text: string) => void
}

/** Splits reasoning in `<think>` tags from the text that it stands before (`providers.md` §6.5), wherever the pieces are cut. */
export class ThinkTags {
  readonly #outlets: Outlets
  #state: 'start' | 'thought' | 'after' | 'text'
  /** Held back: it may be the beginning of a tag. */
  #held = ''

  /** @param implied whether the thought begins at once, without an opening tag */
  constructor(outlets: Outlets, implied: boolean) {
    this.#outlets = outlets
    this.#state = implied ? 'thought' : 'start'
  }

  push(piece: string): void {
    if (this.#state === 'text') {
      this.#outlets.text(piece)
      return
    }
    const text = this.#held + piece
    this.#held = ''
    if (this.#state === 'start') this.#start(text)
    else if (this.#state === 'thought') this.#thought(text)
    else this.#after(text)
  }

  /** Nothing more is to come, or something else comes first: what was held back is what it looks like. */
  flush(): void {
    const held = this.#held
    this.#held = ''
    if (this.#state === 'thought') this.#reason(held)
    else if (held !== '') {
      if (this.#state === 'start') this.#state = 'text'
      this.#outlets.text(held)
    }
  }

  #start(text: string): void {
    const trimmed = text.trimStart()
    if (OPEN.startsWith(trimmed)) this.#held = text
    if (trimmed.startsWith(OPEN)) {
      this.#held = ''
      this.#state = 'thought'
      this.#thought(trimmed.slice(OPEN.length).replace(/^\n/, ''))
    } else if (this.#held === '') {
      this.#state = 'text'
      this.#outlets.text(text)
    }
  }

  #thought(text: string): void {
    const end = text.indexOf(CLOSE)
    if (end >= 0) {
      this.#reason(text.slice(0, end))
      this.#state = 'after'
      this.#after(text.slice(end + CLOSE.length))
      return
    }
    const kept = beginning(text, CLOSE)
    this.#held = text.slice(text.length - kept)
    this.#reason(text.slice(0, text.length - kept))
  }

  /** The empty lines between a thought and its answer belong to neither. */
  #after(text: string): void {
    const answer = text.trimStart()
    if (answer === '') return
    this.#state = 'text'
    this.#outlets.text(answer)
  }

  #reason(text: string): void {
    if (text !== '') this.#outlets.reasoning(text)
  }
}

/** How many of the text's last characters are the beginning of the tag. */
function beginning(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) if (tag.startsWith(text.slice(-length))) return length
  return 0
}
