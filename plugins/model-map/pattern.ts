/** A name, or a pattern with `*` anywhere in it, as a test; case does not matter. */
export function matcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase()
  if (!wanted.includes('*')) return name => name.toLowerCase() === wanted
  const pieces = wanted.split('*')
  const [first = ''] = pieces
  const last = pieces.at(-1) ?? ''
  return name => {
    const text = name.toLowerCase()
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    for (const piece of pieces.slice(1, -1)) {
      const found = text.indexOf(piece, at)
      if (found === -1 || found + piece.length > text.length - last.length) return false
      at = found + piece.length
    }
    return true
  }
}
