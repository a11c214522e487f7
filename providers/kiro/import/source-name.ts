/** A source as messages may name it: an address without its query and password, which may be secrets. */
export function sourceName(source: string): string {
  if (source === '-') return 'the input'
  const url = /^https?:/i.test(source) ? URL.parse(source) : null
  return url === null ? source : `${url.origin}${url.pathname}`
}

/** A name for an account whose source has none for it. */
export function sourceLabel(source: string, index: number, count: number): string {
  const base =
    sourceName(source)
      .split(/[\\/]/)
      .findLast(part => part !== '') ?? source
  const name = base.replace(/\.(jsonl?|env|txt)$/i, '') || 'kiro'
  return count === 1 ? name : `${name} ${index + 1}`
}
