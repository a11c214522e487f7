import { regionOfHost } from './arn.ts'
import { DEVICE_GRANT, redeemDevice } from './device-routes.ts'
import { type Exchange, headerOf, sendJson, sendOidcError, sendRedirect } from './exchange.ts'
import { arrayOf, objectOf, parseJson, textOf } from './json.ts'
import { mayUse } from './oidc-clients.ts'
import { refreshOidc, sendPair } from './refresh-routes.ts'
import { decide } from './sign-in-page.ts'
import { CODE_SECONDS, isLoopback, isProved, withQuery } from './social-routes.ts'
import type { World } from './world.ts'

const REGISTRATION_SECONDS = 90 * 24 * 3600
const MANDATORY_SCOPES = ['codewhisperer:completions', 'codewhisperer:analysis', 'codewhisperer:conversations']

/** `POST /client/register` (`kiro.md` §3.7). */
export function registerClient(exchange: Exchange, world: World): void {
  const { clientName, clientType, issuerUrl, scopes, grantTypes, redirectUris } = objectOf(parseJson(exchange.body.toString()))
  if (typeof clientName !== 'string' || clientType !== 'public') {
    sendOidcError(exchange, 'invalid_request', 'clientName and clientType are required')
    return
  }
  if (scopes !== undefined && MANDATORY_SCOPES.some(scope => !arrayOf(scopes).includes(scope))) {
    sendOidcError(exchange, 'invalid_scope', 'A mandatory scope is missing')
    return
  }
  const issuedAt = Math.floor(world.settings.now() / 1000)
  const clientSecretExpiresAt = issuedAt + REGISTRATION_SECONDS
  const { clientId, clientSecret } = world.clients.register({
    startUrl: textOf(issuerUrl),
    grantTypes: textsOf(grantTypes),
    redirectUris: textsOf(redirectUris),
    region: regionOfHost(headerOf(exchange, 'host')),
    expiresAt: clientSecretExpiresAt * 1000,
  })
  sendJson(exchange, { clientId, clientSecret, clientIdIssuedAt: issuedAt, clientSecretExpiresAt })
}

/** `/authorize`: signs in and sends the browser back (`kiro.md` §3.8). */
export function authorize(exchange: Exchange, world: World): void {
  const { query } = exchange
  const redirectUri = query.get('redirect_uri') ?? ''
  const clientId = query.get('client_id') ?? ''
  const registered = world.clients.get(clientId)?.redirectUris
  const isOwn = isLoopback(redirectUri) && (registered === undefined || registered.includes(redirectUri.replace(/:\d+(?=\/)/, '')))
  // `scopes`, in the plural, is what the service reads here.
  if (query.get('response_type') !== 'code' || !isOwn || !isProved(query) || world.clients.get(clientId) === undefined || !query.has('scopes')) {
    sendOidcError(exchange, 'invalid_request', 'The authorization request is not complete')
    return
  }
  const decision = decide(exchange, { title: 'Allow Kiro to use your organisation’s account?' })
  if (decision === undefined) return
  const state = query.get('state') ?? ''
  if (decision === 'denied' || world.steps.signIn({ host: headerOf(exchange, 'host') })?.as === 'denied') {
    sendRedirect(exchange, withQuery(redirectUri, { error: 'access_denied', state }))
    return
  }
  const { id: accountId } = world.accounts.of('idc', { email: decision.user })
  const challenge = query.get('code_challenge') ?? ''
  const code = world.signIns.issueCode({ accountId, challenge, redirectUri, clientId }, world.settings.now() + CODE_SECONDS * 1000)
  sendRedirect(exchange, withQuery(redirectUri, { code, state }))
}

/** `POST /token`: JSON with camelCase members, whatever the grant. */
export async function createToken(exchange: Exchange, world: World): Promise<void> {
  const { grantType, clientId, clientSecret, deviceCode } = objectOf(parseJson(exchange.body.toString()))
  if (grantType === 'refresh_token') {
    await refreshOidc(exchange, world)
    return
  }
  if (grantType !== DEVICE_GRANT && grantType !== 'authorization_code') {
    sendOidcError(exchange, 'unsupported_grant_type', 'The grant type is not supported')
    return
  }
  const region = regionOfHost(headerOf(exchange, 'host'))
  const client = world.clients.genuine({ clientId, clientSecret, region, now: world.settings.now() })
  if (client === undefined) sendOidcError(exchange, 'invalid_client', 'The client is not registered')
  else if (!mayUse(client, grantType)) sendOidcError(exchange, 'unauthorized_client', 'The client is not registered for this grant')
  else if (grantType === DEVICE_GRANT) redeemDevice(exchange, world, { deviceCode: textOf(deviceCode) ?? '', clientId: textOf(clientId) ?? '' })
  else redeemCode(exchange, world)
}

function redeemCode(exchange: Exchange, world: World): void {
  const { clientId, code, codeVerifier, redirectUri } = objectOf(parseJson(exchange.body.toString()))
  const pending = world.signIns.redeemCode(textOf(code) ?? '', textOf(codeVerifier) ?? '', world.settings.now())
  const account = world.accounts.get(pending?.accountId ?? '')
  if (account === undefined || pending?.clientId !== clientId || pending?.redirectUri !== redirectUri) {
    sendOidcError(exchange, 'invalid_grant', 'The authorization code is not valid')
    return
  }
  if (exchange.note !== undefined) exchange.note.account = account.id
  sendPair(exchange, { pair: world.tokens.issuePair(account, { clientId: textOf(clientId) ?? '' }), account, tongue: 'oidc', rotated: true })
}

/** The texts of a list; undefined when there is no list. */
function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : undefined
}
