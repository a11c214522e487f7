/** What the pieces of a call's arguments joined to. `json` is the upstream's own text wherever that could be read. */
export type ToolInput =
  | { readonly kind: 'object'; readonly json: string }
  /** JSON, but no object: no tool takes that. */
  | { readonly kind: 'other' }
  /** No JSON: cut off, or broken beyond safe repair. */
  | { readonly kind: 'broken' }

/** Reads a call's whole arguments. The only repair is of characters inside strings: brackets are never guessed. */
export function readToolInput(text: string): ToolInput {
  const plain = kindOf(text)
  if (plain !== 'broken') return plain === 'object' ? { kind: plain, json: text } : { kind: plain }
  const repaired = repairStrings(text)
  const kind = kindOf(repaired)
  return kind === 'object' ? { kind, json: repaired } : { kind }
}

function kindOf(text: string): ToolInput['kind'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? 'object' : 'other'
  } catch {
    return 'broken'
  }
}

/** A string's special places: its end, a legal escape, a lone backslash, a raw control character. */
const IN_STRING = /"|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\|[^ -\u{10ffff}]/gu

/** Models write Windows paths, regular expressions and line breaks raw into JSON strings; each is kept as the character that was written. */
function repairStrings(text: string): string {
  let repaired = ''
  let copied = 0
  let quote = text.indexOf('"')
  while (quote >= 0) {
    IN_STRING.lastIndex = quote + 1
    let end = -1
    for (let found = IN_STRING.exec(text); found !== null; found = IN_STRING.exec(text)) {
      const [special] = found
      if (special === '"') {
        end = found.index
        break
      }
      if (special.length > 1) continue
      repaired += text.slice(copied, found.index) + (special === '\\' ? '\\\\' : JSON.stringify(special).slice(1, -1))
      copied = found.index + 1
    }
    if (end < 0) break
    quote = text.indexOf('"', end + 1)
  }
  return repaired + text.slice(copied)
}
