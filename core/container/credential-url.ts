import type { Clock } from '../contract/clock.ts'
import type { HttpClient, UpstreamResponse } from '../contract/http-client.ts'
import type { AccountOrigin } from '../contract/pool.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { createGuardedHttp, type GuardOptions } from '../transport/guarded-http.ts'

const MAX_BYTES = 1024 * 1024
const PATIENCE_MS = 15_000
const MAX_REDIRECTS = 3
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** Before a host that may be inside the operator's own network. */
const PRIVATE = 'private:'

export interface CredentialUrlContext {
  /** `HOST` or `HOST:PORT`, exactly; `private:` before it lets it have a private address. */
  readonly hosts: readonly string[]
  readonly clock: Clock
  readonly guard?: Omit<GuardOptions, 'clock' | 'allows'>
}

export function isUrl(location: string): boolean {
  return /^https?:\/\//i.test(location)
}

/** A location without what may be secret in it: of a URL, host and path are left. For logs, labels and messages. */
export function shownLocation(location: string): string {
  if (!isUrl(location)) return location
  if (!URL.canParse(location)) return 'an address that is no URL'
  const { host, pathname } = new URL(location)
  return `${host}${pathname}`
}

export function originOf(location: string): AccountOrigin {
  return isUrl(location) ? `url:${shownLocation(location)}` : `file:${location}`
}

/**
 * The text behind a credentials URL. Who can answer for it can put accounts into the pool, so only hosts that the operator
 * lists are asked, by https, and redirects stay where they are.
 * @throws GatewayError `bad_request` that names host and path, never query or password
 */
export async function readCredentialUrl(location: string, { hosts, clock, guard = {} }: CredentialUrlContext): Promise<string> {
  const shown = shownLocation(location)
  const url = URL.canParse(location) ? new URL(location) : undefined
  if (url === undefined) throw fault(shown, 'write https://HOST/PATH')
  if (url.protocol !== 'https:') throw fault(shown, 'only https is accepted; download the file and name its path')
  const listed = hosts.map(entry => entry.trim().toLowerCase()).find(entry => entry === url.host || entry === `${PRIVATE}${url.host}`)
  if (listed === undefined)
    throw fault(
      shown,
      `the host is not allowed; add ${url.host} to KIRO_CREDS_HOSTS or credentials.hosts, as ${PRIVATE}${url.host} if it is in your own network`,
    )
  const allowsPrivate = listed.startsWith(PRIVATE)
  const http = createGuardedHttp({ ...guard, clock, allows: (_hostname, found) => found === 'public' || allowsPrivate })
  try {
    return await follow(url, { http: http.client, deadline: clock.monotonic() + PATIENCE_MS, clock })
  } catch (error) {
    throw fault(shown, reasonOf(error, url.host))
  } finally {
    await http.close()
  }
}

interface Following {
  readonly http: HttpClient
  readonly clock: Clock
  readonly deadline: number
}

async function follow(first: URL, { http, clock, deadline }: Following): Promise<string> {
  const headers = { accept: 'application/json, text/plain', 'accept-encoding': 'identity', 'user-agent': 'kiro-gateway', ...login(first) }
  let url = first
  for (let hop = 0; ; hop++) {
    const answer = await http.send({ method: 'GET', url: url.href, headers }, { timeoutMs: Math.max(1, deadline - clock.monotonic()), maxBytes: MAX_BYTES })
    const { location } = answer.headers
    if (!REDIRECTS.has(answer.status) || location === undefined) return textOf(answer)
    if (!URL.canParse(location, url.href)) throw refused('it redirects to something that is no URL')
    url = new URL(location, url)
    if (url.host !== first.host || url.protocol !== 'https:') throw refused('it redirects to another host; name that one')
    if (hop === MAX_REDIRECTS) throw refused(`it redirects more than ${MAX_REDIRECTS} times`)
  }
}

function textOf({ status, headers, body }: UpstreamResponse): string {
  if (status !== 200) throw refused(`the answer has status ${status}`)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw refused('the answer is packed, though plain text was asked for')
  return body.toString('utf8')
}

/** A user name and password in the URL, as every other program sends them. */
function login({ username, password }: URL): { readonly authorization?: string } {
  if (username === '' && password === '') return {}
  const plain = (text: string) => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text
    }
  }
  return { authorization: `Basic ${Buffer.from(`${plain(username)}:${plain(password)}`).toString('base64')}` }
}

const refused = (reason: string) => new GatewayError('unsupported', reason)

function fault(shown: string, reason: string): GatewayError {
  return new GatewayError('bad_request', `credentials from ${shown}: ${reason}`)
}

function reasonOf(error: unknown, host: string): string {
  const { code, message } = GatewayError.from(error)
  if (code === 'upstream_nonsense') return `the answer is larger than ${MAX_BYTES / 1024 / 1024} MB; it is not a credentials file`
  return code === 'bad_request' ? `${message}; allow ${PRIVATE}${host} if it is in your own network` : message
}
