import { isIP } from 'node:net'
import { GatewayError } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { incomplete, needsLogin, readRefusal, transient } from './refusal.ts'
import type { AuthStrategy, RefreshContext } from './strategy.ts'
import { renewedCredential } from './token-answer.ts'
import { TOKEN_CALL } from './token-call.ts'

/** Accounts of another identity provider, such as Microsoft Entra (`kiro.md` §3.3). Some revoke the whole family on a replay. */
export const externalIdpAuth: AuthStrategy = { refresh, replayable: false }

const TRUSTED = ['microsoftonline.com', 'microsoftonline.us', 'microsoftonline.cn']
const PERMANENT = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'access_denied',
  'expired_token',
  'invalid_request',
  'interaction_required',
  'consent_required',
])

async function refresh({ account, http, clock, options }: RefreshContext): Promise<KiroCredential> {
  const { refreshToken, clientId, tokenEndpoint } = account.credential
  if (refreshToken === undefined) throw incomplete('refresh token')
  if (clientId === undefined) throw incomplete('client id')
  if (tokenEndpoint === undefined) throw incomplete('token endpoint')
  const form = new URLSearchParams({
    client_id: clientId,
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    scope: account.credential.scopes ?? `api://${clientId}/codewhisperer:conversations api://${clientId}/codewhisperer:completions offline_access`,
  })
  const response = await http.send(
    {
      method: 'POST',
      url: trustedTokenEndpoint(tokenEndpoint, options.externalIdpHosts),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
    },
    TOKEN_CALL,
  )
  if (response.status === 200) return renewedCredential(account.credential, response, clock.now())
  const { status, word } = readRefusal(response)
  const permanent = (status === 400 || status === 401) && word !== undefined && PERMANENT.has(word)
  throw permanent ? needsLogin(word) : transient(response, clock.now())
}

/**
 * The address, if a refresh token may be sent there: a credential comes from anywhere, and its token endpoint could name
 * a host of our own network. `extra` are hosts, which cover their subdomains, and whole origins, which may be anything.
 * @throws GatewayError `needs_login` when it may not
 */
function trustedTokenEndpoint(text: string, extra: readonly string[]): string {
  const url = URL.parse(text)
  if (url !== null && url.username === '' && url.password === '' && (extra.includes(url.origin) || isTrustedHost(url, extra))) return url.href
  throw new GatewayError(
    'needs_login',
    'the Kiro account cannot be renewed: its token endpoint is not an https address of a known identity provider; add its host to `externalIdpHosts` if you trust it',
    { reason: 'untrusted_token_endpoint' },
  )
}

function isTrustedHost({ protocol, port, hostname }: URL, extra: readonly string[]): boolean {
  const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0
  return protocol === 'https:' && port === '' && isName && [...TRUSTED, ...extra].some(host => covers(host, hostname))
}

function covers(host: string, hostname: string): boolean {
  const suffix = host.toLowerCase().replace(/^\.+/, '')
  return suffix !== '' && (hostname === suffix || hostname.endsWith(`.${suffix}`))
}
