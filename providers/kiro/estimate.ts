/**
 * A text's size in tokens before rounding, additive over pieces: four ASCII characters make a token, and every byte that
 * UTF-8 needs beyond one per UTF-16 unit counts three eighths. That is one token per CJK character, 0.6 per Cyrillic or
 * Greek one, 1.25 per emoji; it errs to the high side because clients compact by it.
 */
export function tokenWeight(text: string): number {
  const units = text.length
  return units <= SHORT && isAscii(text) ? units / 4 : units / 4 + (Buffer.byteLength(text) - units) * 0.375
}

/** Up to this length a loop is faster than the native call. */
const SHORT = 48

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false
  return true
}

/** About how many tokens a text is. The upstream's tokenizer is not public, and a real one costs a thousand times as much. */
export function estimateTokens(text: string): number {
  return Math.ceil(tokenWeight(text))
}
