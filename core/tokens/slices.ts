/**
 * Longest piece that the tokenizer gets at once. Its merging is quadratic in the length of a word, and a "word" may be a
 * megabyte of blanks or of base64 (measured: 100,000 blanks in one piece take eight seconds).
 */
const LONGEST = 1024
/** How far back a good place to cut is looked for. */
const LOOK_BACK = 512

/** A text in short pieces whose counts add up to the text's: cut before a blank after a word, where the tokenizer cuts as well. */
export function* slices(text: string): Generator<string> {
  let from = 0
  while (text.length - from > LONGEST) {
    const to = cut(text, from + LONGEST)
    yield text.slice(from, to)
    from = to
  }
  if (from < text.length) yield text.slice(from)
}

function cut(text: string, latest: number): number {
  for (let at = latest; at > latest - LOOK_BACK; at--) {
    if (text.charCodeAt(at) === BLANK && !isSpace(text.charCodeAt(at - 1))) return at
  }
  return isHighSurrogate(text.charCodeAt(latest - 1)) ? latest - 1 : latest
}

const BLANK = 0x20

function isSpace(code: number): boolean {
  return code === BLANK || (code >= 0x09 && code <= 0x0d) || code === 0xa0 || code === 0x3000
}

function isHighSurrogate(code: number): boolean {
  return (code & 0xfc00) === 0xd800
}
