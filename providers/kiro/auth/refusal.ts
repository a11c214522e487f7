import { GatewayError, type UpstreamResponse } from '../../../core/index.ts'
import { type Fields, parseObject, textOf } from '../untrusted.ts'

/** The only answer that condemns a refresh token. */
export function needsLogin(reason: string, cause?: unknown): GatewayError {
  return new GatewayError('needs_login', 'the Kiro account cannot be renewed: its sign-in has ended; sign in again', { reason, cause })
}

/** A credential that lacks what its kind needs will never be renewed, whoever is asked. */
export function incomplete(member: string): GatewayError {
  return new GatewayError('needs_login', `the Kiro account cannot be renewed: its credential has no ${member}; sign in or import it again`, {
    reason: 'incomplete_credential',
  })
}

/** A refusal as far as it can be read. */
export interface Refusal {
  readonly status: number
  readonly body: Fields | undefined
  /** A web page or the like: a proxy's word, which says nothing about a token. */
  readonly foreign: boolean
  /** OAuth's error word or the AWS exception's name in OAuth's spelling. */
  readonly word: string | undefined
}

export function readRefusal({ status, headers, body: bytes }: UpstreamResponse): Refusal {
  const text = bytes.toString('utf8').trim()
  const body = parseObject(text)
  const exception = textOf(body?.__type) ?? headers['x-amzn-errortype']
  return { status, body, foreign: body === undefined && text !== '', word: textOf(body?.error) ?? (exception === undefined ? undefined : oauthWord(exception)) }
}

/** A failure that says nothing about the token: the same token is right to try again, later. */
export function transient({ status, headers }: UpstreamResponse, now: number): GatewayError {
  const retryAfterMs = retryAfter(headers['retry-after'], now)
  const details = { reason: `refresh_http_${status}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (status === 429)
    return new GatewayError('account_rate_limited', 'the token endpoint limits how often this account may be renewed; it is asked again later', details)
  return new GatewayError('upstream_failed', `the token endpoint failed with HTTP ${status}; it is asked again later`, details)
}

/** `com.amazonaws.ssooidc#InvalidGrantException:http://…` → `invalid_grant`. */
function oauthWord(exception: string): string {
  const name = exception.split(':', 1)[0]?.split('#').at(-1) ?? exception
  return name
    .replace(/Exception$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toLowerCase()
}

function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
