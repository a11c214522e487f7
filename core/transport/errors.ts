import { GatewayError } from '../errors/gateway-error.ts'

const TLS = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/
const PROXY_AUTH = /407|Proxy Authentication/i

/**
 * A failure of the way to the upstream as a GatewayError: network scope, so that no account is blamed.
 * @param target host of the upstream, for the message; never a URL with a query
 */
export function transportError(error: unknown, target: string, proxy: string): GatewayError {
  if (GatewayError.is(error)) return error
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : ''
  const via = proxy === 'direct' ? '' : ` through the proxy ${proxyName(proxy)}`
  if (code.startsWith('UND_ERR_SOCKS5') || PROXY_AUTH.test(message) || (proxy !== 'direct' && code === 'UND_ERR_ABORTED')) {
    const why = PROXY_AUTH.test(message) || code === 'UND_ERR_SOCKS5_AUTH_FAILED' ? 'refused its user name or password' : 'did not let the connection through'
    return new GatewayError('proxy_failed', `the proxy ${proxyName(proxy)} ${why}; check the proxy setting of this account`, { cause: error, reason: code })
  }
  if (TLS.test(code)) {
    return new GatewayError('upstream_tls', `the TLS certificate of ${target}${via} was not accepted (${code}); if a company proxy re-signs traffic, set NODE_EXTRA_CA_CERTS to its root certificate`, { cause: error, reason: code })
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new GatewayError('upstream_timeout', `${target} did not answer in time${via}`, { cause: error, reason: code })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new GatewayError('upstream_unreachable', `the host ${target} cannot be found${via}; check the name server or the region setting`, { cause: error, reason: code })
  }
  return new GatewayError('upstream_unreachable', `the connection to ${target}${via} failed (${code || 'unknown reason'})`, { cause: error, reason: code })
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
