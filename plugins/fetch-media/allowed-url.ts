/** A URL that may be asked for, or why it may not. Names are judged here, addresses where the connection is made. */
export function allowedUrl(text: string, hosts: readonly string[]): URL | { readonly problem: string } {
  if (text.length > 4096 || !URL.canParse(text)) return { problem: 'its address is not a URL' }
  const url = new URL(text)
  if (url.protocol !== 'https:') return { problem: 'only https addresses are fetched' }
  if (url.username !== '' || url.password !== '') return { problem: 'an address with a user name or password is not fetched' }
  if (!isListed(url, hosts))
    return { problem: hosts.length === 0 ? `${url.host} names a port; only the usual one is asked` : `${url.host} is not one of the hosts in media.hosts` }
  return url
}

/** An entry names a host with its subdomains at the usual port, or `HOST:PORT` exactly. */
function isListed({ host, hostname, port }: URL, hosts: readonly string[]): boolean {
  if (hosts.length === 0) return port === ''
  return hosts.some(entry => {
    const name = entry.toLowerCase()
    return name === host || (port === '' && hostname.endsWith(`.${name}`))
  })
}
