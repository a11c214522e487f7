const PROTOCOLS = new Set(['http:', 'https:', 'socks5:', 'socks5h:', 'socks4:', 'socks4a:', 'socks:'])

interface ProxyMembers {
  readonly url: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
}

/** An account's way out from three members: a URL with the name and password in it, `direct`, or nothing. */
export function proxySetting({ url: text, username, password }: ProxyMembers): string | undefined {
  if (text === undefined) return undefined
  if (text.toLowerCase() === 'direct') return 'direct'
  const url = URL.parse(text)
  if (url === null || !PROTOCOLS.has(url.protocol) || url.hostname === '') return 'invalid'
  if (username !== undefined && url.username === '') url.username = encodeURIComponent(username)
  if (password !== undefined && url.password === '') url.password = encodeURIComponent(password)
  return url.href.replace(/\/$/, '')
}
