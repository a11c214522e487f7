/** A URL that may be asked for, or why it may not. Names are judged here, addresses where the connection is made. */
export function allowedUrl(text: string, hosts: readonly string[] | undefined): URL | { readonly problem: string } {
  if (text.length > 4096 || !URL.canParse(text)) return { problem: 'its address is not a URL' }
  const url = new URL(text)
  if (url.protocol !== 'https:') return { problem: 'only https addresses are fetched' }
  if (url.username !== '' || url.password !== '') return { problem: 'an address with a user name or password is not fetched' }
  if (!isListed(url, hosts)) return { problem: `${url.host} is not one of the hosts that media.hosts allows` }
  return url
}

/** An entry names a host with its subdomains at the usual port, or `HOST:PORT` exactly. */
function isListed({ host, hostname, port }: URL, hosts: readonly string[] | undefined): boolean {
  if (hosts === undefined) return port === ''
  return hosts.some(entry => {
    const name = entry.toLowerCase()
    return name === host || (port === '' && hostname.endsWith(`.${name}`))
  })
}
