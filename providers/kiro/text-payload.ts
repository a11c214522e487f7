const OPENING_TEXT = '{"content":"'
const OPENING = Buffer.from(OPENING_TEXT)
const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20
const LAST_ASCII = 0x7f

/** A tail longer than this is no constant. */
const LONGEST_TAIL = 256

/**
 * Reads payloads of the form `{"content":"TEXT" …}`, nearly all there are, without a JSON parser.
 *
 * The text must be plain (no control character, quote or backslash), and what follows it must be byte for byte what
 * followed the text of a payload that the parser has read: two documents that differ in one plain string literal alone
 * differ in its value alone. Everything else is left to the parser. Per event that is a third of what translating costs.
 */
export class TextPayloads {
  /** What follows the text's closing quote. */
  #tail: Buffer | undefined

  /** The text, or undefined where only a parser can tell. */
  read(bytes: Buffer, start: number, end: number): string | undefined {
    const tail = this.#tail
    if (tail === undefined) return undefined
    const textStart = start + OPENING.length
    const quote = end - tail.length - 1
    if (quote < textStart || bytes[quote] !== QUOTE) return undefined
    for (let index = 0; index < OPENING.length; index++) if (bytes[start + index] !== OPENING[index]) return undefined
    const encoding = plainEncoding(bytes, textStart, quote)
    if (encoding === undefined) return undefined
    for (let index = 0; index < tail.length; index++) if (bytes[quote + 1 + index] !== tail[index]) return undefined
    return bytes.toString(encoding, textStart, quote)
  }

  /** What the parser made of a payload whose `content` is `text`: from it the tail is learned. */
  learn(bytes: Buffer, span: readonly [start: number, end: number], text: string): void {
    const [start, end] = span
    const textStart = start + OPENING.length
    const quote = textStart + Buffer.byteLength(text)
    if (quote >= end || end - quote - 1 > LONGEST_TAIL || bytes[quote] !== QUOTE) return
    // The literal stands where it is looked for, and is the one that counted: a second `content` would have won.
    if (plainEncoding(bytes, textStart, quote) === undefined || bytes.toString('utf8', start, quote) !== `${OPENING_TEXT}${text}`) return
    const tail = bytes.toString('latin1', quote + 1, end)
    // A later member of the same name would decide, and some hosts nest the event in one: neither in any spelling.
    if (/content|[\\{]/.test(tail)) return
    this.#tail = Buffer.from(tail, 'latin1')
  }
}

/** How a plain text is encoded; undefined: it is not plain. */
function plainEncoding(bytes: Buffer, start: number, end: number): 'latin1' | 'utf8' | undefined {
  let highest = 0
  for (let index = start; index < end; index++) {
    const byte = bytes[index] as number
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) return undefined
    if (byte > highest) highest = byte
  }
  return highest > LAST_ASCII ? 'utf8' : 'latin1'
}
