/**
 * A PostgreSQL address as it may be shown: server and database, without user and password. Undefined when it is none, or
 * when it can be read in two ways: a password with a bare `@`, `/` or `#` would be taken for a part of what is shown.
 */
export function shownAddress(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) return undefined
  const { hostname, port, pathname, searchParams, hash } = new URL(url)
  const database = pathname.slice(1)
  if (database === '' || /[/@]/.test(database) || hash !== '') return undefined
  const host = searchParams.get('host') ?? (hostname === '' ? 'localhost' : decodeURIComponent(hostname))
  return `postgres://${host}:${searchParams.get('port') ?? (port === '' ? '5432' : port)}/${database}`
}
