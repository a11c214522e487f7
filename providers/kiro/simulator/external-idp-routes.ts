import { type Exchange, sendJson, sendOidcError, sendRedirect } from './exchange.ts'
import { refreshExternal, sendPair } from './refresh-routes.ts'
import { withQuery } from './social-routes.ts'
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
  if (redirectUri === '' || challenge === '' || clientId === '') {
    sendOidcError(exchange, 'invalid_request', 'The authorization request is not complete')
    return
  }
  const code = world.signIns.issueCode({ kind: 'external-idp', challenge, redirectUri, clientId })
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
  const pending = world.signIns.redeemCode(form.get('code') ?? '', form.get('code_verifier') ?? '')
  const clientId = form.get('client_id') ?? ''
  if (pending?.clientId !== clientId || pending.redirectUri !== form.get('redirect_uri')) {
    sendOidcError(exchange, 'invalid_grant', 'The authorization code is not valid')
    return
  }
  const account = world.accounts.create('external-idp')
  if (exchange.note !== undefined) exchange.note.account = account.id
  sendPair(exchange, { pair: world.tokens.issuePair(account, { clientId }), account, tongue: 'external', rotated: true })
}
