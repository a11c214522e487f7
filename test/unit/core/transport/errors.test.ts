import { expect } from 'chai'
import { GatewayError } from '../../../../core/index.ts'
import { proxyName, transportError } from '../../../../core/transport/errors.ts'

const fault = (code: string, message = code, extra: object = {}) => Object.assign(new Error(message), { code, ...extra })
const PROXY = 'http://someone:pass-word@proxy.test:3128'

describe('transportError', () => {
  const direct: readonly (readonly [string, string])[] = [
    ['ECONNREFUSED', 'upstream_unreachable'],
    ['ECONNRESET', 'upstream_unreachable'],
    ['EPIPE', 'upstream_unreachable'],
    ['ENOTFOUND', 'upstream_unreachable'],
    ['EAI_AGAIN', 'upstream_unreachable'],
    ['UND_ERR_SOCKET', 'upstream_unreachable'],
    ['HPE_INVALID_CONSTANT', 'upstream_unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'upstream_timeout'],
    ['ETIMEDOUT', 'upstream_timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'upstream_timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'upstream_timeout'],
    ['CERT_HAS_EXPIRED', 'upstream_tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'upstream_tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'upstream_tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'upstream_tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'upstream_tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'upstream_tls'],
    ['EPROTO', 'upstream_tls'],
    ['UND_ERR_HEADERS_OVERFLOW', 'upstream_nonsense'],
    ['UND_ERR_INVALID_ARG', 'internal'],
    ['SOMETHING_NEW', 'upstream_unreachable'],
  ]
  for (const [code, expected] of direct) {
    it(`takes ${code} for ${expected} and names the host`, () => {
      const error = transportError(fault(code), 'api.test:443', 'direct')
      expect(error.code).to.equal(expected)
      expect(error.message).to.contain('api.test:443')
      expect(error.reason).to.equal(code)
      if (expected !== 'internal' && expected !== 'upstream_nonsense') expect(error.scope).to.equal('network')
    })
  }

  it('does not see a proxy in a port that happens to contain 407', () => {
    const error = transportError(fault('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:14070'), '127.0.0.1:14070', 'direct')
    expect(error.code).to.equal('upstream_unreachable')
    expect(transportError(fault('ECONNRESET', 'read ECONNRESET 10.0.4.07:407'), 'x', PROXY).code).to.equal('upstream_unreachable')
  })

  const proxied: readonly (readonly [string, string, string])[] = [
    ['UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling', 'password'],
    ['UND_ERR_INVALID_ARG', 'Proxy Authentication Required (407)', 'password'],
    ['UND_ERR_SOCKS5_AUTH_FAILED', 'Authentication failed', 'password'],
    ['UND_ERR_SOCKS5_AUTH_REJECTED', 'No acceptable authentication method', 'password'],
    ['UND_ERR_ABORTED', 'Proxy response (502) !== 200 when HTTP Tunneling', 'did not let'],
    ['UND_ERR_SOCKS5_REPLY_5', 'SOCKS5 connection failed', 'did not let'],
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'could not be reached'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND proxy.test', 'could not be reached'],
    ['UND_ERR_CONNECT_TIMEOUT', 'Connect Timeout', 'could not be reached'],
    ['UND_ERR_PRX_CONN', 'Proxy Connection failed', 'could not be reached'],
    ['UND_ERR_PRX_TLS', 'Secure Proxy Connection failed', 'could not be reached'],
  ]
  for (const [code, message, says] of proxied) {
    it(`blames the proxy for ${message}, by host and never by password`, () => {
      const error = transportError(fault(code, message), 'api.test', PROXY)
      expect(error.code).to.equal('proxy_failed')
      expect(error.message).to.contain('proxy.test:3128').and.to.contain(says)
      expect(error.message).to.not.contain('pass-word').and.to.not.contain('someone')
    })
  }

  it('does not blame the proxy for what goes wrong behind it', () => {
    expect(transportError(fault('CERT_HAS_EXPIRED'), 'api.test', PROXY).code).to.equal('upstream_tls')
    const cut = transportError(fault('ECONNRESET'), 'api.test', PROXY)
    expect(cut.code).to.equal('upstream_unreachable')
    expect(cut.message).to.contain('through the proxy proxy.test:3128')
  })

  it('finds the code of a cause, and of the first of several tries', () => {
    expect(transportError(new TypeError('failed', { cause: fault('ENOTFOUND') }), 'a', 'direct').reason).to.equal('ENOTFOUND')
    expect(transportError(new AggregateError([fault('EHOSTUNREACH'), fault('ECONNREFUSED')]), 'a', 'direct').reason).to.equal('EHOSTUNREACH')
  })

  it('leaves one of our own errors as it is', () => {
    const own = new GatewayError('cancelled', 'gone')
    expect(transportError(own, 'a', PROXY)).to.equal(own)
  })

  it('survives what is no error at all', () => {
    expect(transportError('a string', 'a', 'direct').code).to.equal('upstream_unreachable')
    expect(transportError(undefined, 'a', 'direct').code).to.equal('upstream_unreachable')
  })
})

describe('proxyName', () => {
  it('shows host and port only', () => {
    expect(proxyName('socks5://user:pw@10.0.0.1:1080')).to.equal('10.0.0.1:1080')
    expect(proxyName('user:pw@nowhere')).to.not.contain('pw')
  })
})
