import { GatewayError } from '../errors/gateway-error.ts'

const TLS = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/
/** Codes of a connection that never came about. Behind a proxy it is the proxy that was not reached. */
const NOT_REACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_)/
/** What a proxy answers instead of a tunnel, and its refusal of a plain request. */
const PROXY_REFUSED = /^(UND_ERR_SOCKS5|UND_ERR_ABORTED)/
const WRONG_PASSWORD = /\(407\)/
/** Ours, not the network's: a header or a body that cannot be sent. */
const CANNOT_BE_SENT = /^(UND_ERR_INVALID_ARG|UND_ERR_REQ_CONTENT_LENGTH_MISMATCH|UND_ERR_NOT_SUPPORTED|ERR_INVALID_URL)$/

/**
 * A failure of the way to the upstream as a GatewayError: network scope, so that no account is blamed.
 * @param target host of the upstream, for the message; never a URL with a query
 */
export function transportError(error: unknown, target: string, proxy: string): GatewayError {
  if (GatewayError.is(error)) return error
  const code = codeOf(error)
  const details = { cause: error, reason: code }
  const proxied = proxy === 'direct' ? undefined : proxyFailure(error, code)
  if (proxied !== undefined) return new GatewayError('proxy_failed', `the proxy ${proxyName(proxy)} ${proxied}; check the proxy setting`, details)
  const via = proxy === 'direct' ? '' : ` through the proxy ${proxyName(proxy)}`
  if (CANNOT_BE_SENT.test(code)) return new GatewayError('internal', `the request to ${target} could not be sent as it is`, details)
  if (TLS.test(code)) {
    const what = /^ERR_SSL|^EPROTO/.test(code) ? 'TLS handshake with' : 'TLS certificate of'
    return new GatewayError('upstream_tls', `the ${what} ${target}${via} was not accepted (${code}); if a company proxy re-signs traffic, set NODE_EXTRA_CA_CERTS to its root certificate`, details)
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'ETIMEDOUT') {
    return new GatewayError('upstream_timeout', `${target} did not answer in time${via}`, details)
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new GatewayError('upstream_unreachable', `the host ${target} cannot be found; check the name server or the region setting`, details)
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError('upstream_nonsense', `${target} answered with more headers than any upstream sends${via}`, details)
  }
  return new GatewayError('upstream_unreachable', `the connection to ${target}${via} failed (${code || 'unknown reason'})`, details)
}

/** What the proxy did, or undefined when it is not to blame. */
function proxyFailure(error: unknown, code: string): string | undefined {
  const message = error instanceof Error ? error.message : ''
  if (WRONG_PASSWORD.test(message) || code.startsWith('UND_ERR_SOCKS5_AUTH')) return 'refused its user name or password'
  if (NOT_REACHED.test(code)) return `could not be reached (${code})`
  return PROXY_REFUSED.test(code) ? 'did not let the connection through' : undefined
}

/** A proxy's host and port: never its password. */
export function proxyName(proxy: string): string {
  return URL.canParse(proxy) ? new URL(proxy).host : 'in the settings'
}

function codeOf(error: unknown): string {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code
    if (current instanceof AggregateError && current.errors[0] instanceof Error && 'code' in current.errors[0]) return String(current.errors[0].code)
  }
  return ''
}
