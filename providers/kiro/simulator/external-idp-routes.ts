import { type Exchange, sendJson, sendOidcError, sendRedirect } from './exchange.ts'
import { refreshExternal, sendPair } from './refresh-routes.ts'
import { CODE_SECONDS, isLoopback, isProved, withQuery } from './social-routes.ts'
import type { World } from './world.ts'

/** `GET /oidc-external/.well-known/openid-configuration`. */
export function discover(exchange: Exchange, world: World): void {
  const issuer = `${world.origin}/oidc-external`
  sendJson(exchange, { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` })
}

/** `GET /oidc-external/authorize`: signs in at once. */
export function authorizeExternal(exchange: Exchange, world: World): void {
  const { query } = exchange
  const redirectUri = query.get('redirect_uri') ?? ''
  const challenge = query.get('code_challenge') ?? ''
  const clientId = query.get('client_id') ?? ''
  if (!isLoopback(redirectUri) || !isProved(query) || clientId === '') {
    sendOidcError(exchange, 'invalid_request', 'The authorization request is not complete')
    return
  }
  const { id: accountId } = world.accounts.of('external-idp', { email: query.get('login_hint') ?? 'user@example.com' })
  const code = world.signIns.issueCode({ accountId, challenge, redirectUri, clientId }, world.settings.now() + CODE_SECONDS * 1000)
  sendRedirect(exchange, withQuery(redirectUri, { code, state: query.get('state') ?? '' }))
}

/** `POST /oidc-external/token`: a form, and nothing else. */
export async function createExternalToken(exchange: Exchange, world: World): Promise<void> {
  if (!exchange.request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    sendOidcError(exchange, 'invalid_request', 'The request must be form encoded')
    return
  }
  const form = new URLSearchParams(exchange.body.toString())
  if (form.get('grant_type') === 'refresh_token') {
    await refreshExternal(exchange, world)
    return
  }
  const pending = world.signIns.redeemCode(form.get('code') ?? '', form.get('code_verifier') ?? '', world.settings.now())
  const clientId = form.get('client_id') ?? ''
  const account = world.accounts.get(pending?.accountId ?? '')
  if (account === undefined || pending?.clientId !== clientId || pending?.redirectUri !== form.get('redirect_uri')) {
    sendOidcError(exchange, 'invalid_grant', 'The authorization code is not valid')
    return
  }
  if (exchange.note !== undefined) exchange.note.account = account.id
  sendPair(exchange, { pair: world.tokens.issuePair(account, { clientId }), account, tongue: 'external', rotated: true })
}
