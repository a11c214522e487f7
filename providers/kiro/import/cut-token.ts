/** Upstream's own refresh tokens begin like this and have hundreds of characters (`kiro.md` §2.4). */
const PREFIX = 'aor'
const SHORTEST = 100

/**
 * Whether this is the beginning of one of the upstream's own refresh tokens. A relay or a test may have short tokens of
 * its own: those are words that somebody made up, which seldom change between capitals, small letters and digits.
 */
export function isCut(token: string): boolean {
  return token.startsWith(PREFIX) && token.length < SHORTEST && isRandom(token.slice(PREFIX.length))
}

function isRandom(text: string): boolean {
  const kinds = Array.from(text, kindOf)
  const changes = kinds.filter((kind, index) => index > 0 && kind !== kinds[index - 1]).length
  return new Set(kinds).size >= 3 && changes >= kinds.length * 0.4
}

function kindOf(character: string): 'digit' | 'capital' | 'small' | 'other' {
  if (/\d/.test(character)) return 'digit'
  if (/[A-Z]/.test(character)) return 'capital'
  return /[a-z]/.test(character) ? 'small' : 'other'
}
