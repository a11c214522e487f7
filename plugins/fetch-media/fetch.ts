import { type Clock, GatewayError, type HttpClient, type UpstreamResponse } from '../../core/index.ts'
import { allowedUrl } from './allowed-url.ts'

const MAX_REDIRECTS = 3
/** For one address with all its redirects. */
const PATIENCE_MS = 15_000
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** Nothing of the client's or of ours: no cookie, no credential, no referrer. */
const HEADERS = { accept: 'image/*, application/pdf', 'accept-encoding': 'identity', 'user-agent': 'kiro-gateway' }

export interface Media {
  readonly kind: 'image' | 'document'
  readonly mediaType: string
  readonly bytes: Buffer
}

/** Why there is nothing; in words for the client. */
export interface MediaProblem {
  readonly problem: string
}

export interface FetchContext {
  readonly http: HttpClient
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly maxBytes: number
  readonly hosts: readonly string[]
}

/**
 * An image or a PDF by its address. Each redirect is judged like the address itself.
 * @throws GatewayError `cancelled` when the client leaves
 */
export async function fetchOne(address: string, context: FetchContext): Promise<Media | MediaProblem> {
  const { clock, hosts } = context
  const deadline = clock.monotonic() + PATIENCE_MS
  let url = allowedUrl(address, hosts)
  for (let hop = 0; ; hop++) {
    if ('problem' in url) return url
    const answer = await ask(url, Math.max(1, deadline - clock.monotonic()), context)
    if ('problem' in answer) return answer
    const { location } = answer.headers
    if (!REDIRECTS.has(answer.status) || location === undefined) return mediaOf(answer, url)
    if (hop === MAX_REDIRECTS) return { problem: `${url.host} redirects more than ${MAX_REDIRECTS} times` }
    url = URL.canParse(location, url.href) ? allowedUrl(new URL(location, url).href, hosts) : { problem: `${url.host} redirects to something that is no URL` }
  }
}

async function ask(url: URL, timeoutMs: number, { http, signal, maxBytes }: FetchContext): Promise<UpstreamResponse | MediaProblem> {
  try {
    return await http.send({ method: 'GET', url: url.href, headers: HEADERS }, { signal, timeoutMs, maxBytes })
  } catch (error) {
    const { code, message } = GatewayError.from(error)
    switch (code) {
      case 'cancelled':
      case 'internal':
        throw error
      case 'bad_request':
        return { problem: message }
      case 'upstream_timeout':
        return { problem: `${url.host} did not answer in time` }
      case 'upstream_nonsense':
        return { problem: `it is larger than ${Math.round((maxBytes / 1024 / 1024) * 10) / 10} MB (media.maxBytes)` }
      case 'upstream_tls':
        return { problem: `the certificate of ${url.host} is not accepted` }
      default:
        return { problem: `${url.host} cannot be reached` }
    }
  }
}

function mediaOf({ status, headers, body }: UpstreamResponse, { host }: URL): Media | MediaProblem {
  if (status !== 200) return { problem: `${host} answered with status ${status}` }
  if (body.length === 0) return { problem: `${host} answered with nothing` }
  // Unpacking somebody's bytes is not worth its risks, and we asked for none.
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return { problem: `${host} answered with packed bytes` }
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (mediaType === 'application/pdf') return { kind: 'document', mediaType, bytes: body }
  if (/^image\/[a-z0-9.+-]{1,40}$/.test(mediaType)) return { kind: 'image', mediaType, bytes: body }
  return { problem: `${host} answered with neither an image nor a PDF` }
}
