/** Receives what the scanner has told apart. */
export interface TagSink {
  text(text: string): void
  reasoning(text: string): void
}

const NAMES = ['thinking', 'think', 'reasoning', 'thought'] as const
const OPENING = NAMES.map(name => `<${name}>`)
const QUOTES = '`"\''

/**
 * Finds one literal `<thinking>` block at the very start of an answer (`kiro.md` §6.8). Models also write about these
 * tags: an opening one counts only before any other text, a closing one only before a blank line or the end, and not
 * in quotes. Every character is looked at once, however the text is split.
 */
export class ReasoningTags {
  readonly #sink: TagSink
  #state: 'opening' | 'newline' | 'inside' | 'closing' | 'after' | 'passed' = 'opening'
  /** Whitespace before whatever comes first. */
  #lead = ''
  /** Characters that may turn out to be part of the tag looked for, or the whitespace after a closing one. */
  #held = ''
  #closing = ''
  #newlines = 0
  /** The last character of reasoning so far. */
  #last = ''

  constructor(sink: TagSink) {
    this.#sink = sink
  }

  /** Nothing can be found any more: text need not come here. */
  get passed(): boolean {
    return this.#state === 'passed'
  }

  /** Only whitespace came so far, and it is still held. */
  get blank(): boolean {
    return this.#state === 'opening' && this.#held === ''
  }

  push(text: string): void {
    let rest = text
    while (rest !== '') rest = this.#step(rest)
  }

  /** The answer ends, or a tool call begins: what is held is decided. */
  flush(): void {
    switch (this.#state) {
      case 'opening':
        this.#pass(this.#lead + this.#held)
        break
      case 'inside':
        this.#reason(this.#held)
        break
      default:
    }
    this.#held = ''
    this.#state = 'passed'
  }

  #step(rest: string): string {
    switch (this.#state) {
      case 'opening':
        return this.#open(rest)
      case 'newline':
        this.#state = 'inside'
        return rest.startsWith('\n') ? rest.slice(1) : rest
      case 'inside':
        return this.#think(rest)
      case 'closing':
        return this.#close(rest)
      case 'after': {
        const start = blankLength(rest)
        if (start < rest.length) this.#pass(rest.slice(start))
        return ''
      }
      case 'passed':
        this.#sink.text(rest)
        return ''
      default:
        return this.#state satisfies never
    }
  }

  #open(rest: string): string {
    const start = this.#held === '' ? blankLength(rest) : 0
    this.#lead += rest.slice(0, start)
    if (start === rest.length) return ''
    const candidate = this.#held + rest.slice(start)
    const found = OPENING.findIndex(tag => candidate.startsWith(tag))
    const tag = OPENING[found]
    if (tag !== undefined) {
      this.#held = ''
      this.#closing = `</${tag.slice(1)}`
      this.#state = 'newline'
      return candidate.slice(tag.length)
    }
    this.#held = candidate
    if (!OPENING.some(opening => opening.startsWith(candidate))) {
      this.#pass(this.#lead + candidate)
      this.#held = ''
    }
    return ''
  }

  #think(rest: string): string {
    const text = this.#held + rest
    const index = text.indexOf(this.#closing)
    if (index < 0) {
      const kept = prefixAtEnd(text, this.#closing)
      this.#held = text.slice(text.length - kept)
      this.#reason(text.slice(0, text.length - kept))
      return ''
    }
    this.#held = ''
    this.#reason(text.slice(0, index))
    if (this.#last !== '' && QUOTES.includes(this.#last)) this.#reason(this.#closing)
    else {
      this.#state = 'closing'
      this.#newlines = 0
    }
    return text.slice(index + this.#closing.length)
  }

  #close(rest: string): string {
    let index = 0
    while (index < rest.length && this.#newlines < 2 && isBlank(rest.charCodeAt(index))) {
      if (rest.charCodeAt(index) === 10) this.#newlines++
      index++
    }
    if (this.#newlines === 2) {
      this.#held = ''
      this.#state = 'after'
    } else {
      this.#held += rest.slice(0, index)
      if (index === rest.length) return ''
      this.#reason(this.#closing + this.#held)
      this.#held = ''
      this.#state = 'inside'
    }
    return rest.slice(index)
  }

  #reason(text: string): void {
    if (text === '') return
    this.#last = text.slice(-1)
    this.#sink.reasoning(text)
  }

  #pass(text: string): void {
    this.#state = 'passed'
    if (text !== '') this.#sink.text(text)
  }
}

/** How many characters at the end of `text` could be the beginning of `tag`, in which `<` occurs only first. */
function prefixAtEnd(text: string, tag: string): number {
  const start = text.lastIndexOf('<')
  if (start < 0) return 0
  const length = text.length - start
  return length < tag.length && tag.startsWith(text.slice(start)) ? length : 0
}

function blankLength(text: string): number {
  let index = 0
  while (index < text.length && isBlank(text.charCodeAt(index))) index++
  return index
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}
