import { type Exchange, headerOf, sendJson, sendRedirect } from './exchange.ts'
import { objectOf, parseJson, textOf } from './json.ts'
import { sendPair } from './refresh-routes.ts'
import type { World } from './world.ts'

/** `GET /login`: signs in at once and sends the browser back (`kiro.md` §3.5). */
export function login(exchange: Exchange, world: World): void {
  const { query } = exchange
  const redirectUri = query.get('redirect_uri') ?? ''
  const challenge = query.get('code_challenge') ?? ''
  if (redirectUri === '' || challenge === '' || query.get('code_challenge_method') !== 'S256') {
    sendJson(exchange, { message: 'Invalid login request' }, 400)
    return
  }
  if (takeSignIn(exchange, world) === 'denied') {
    sendRedirect(exchange, withQuery(redirectUri, { error: 'access_denied', state: query.get('state') ?? '' }))
    return
  }
  const code = world.signIns.issueCode({ kind: 'social', challenge, redirectUri, clientId: undefined })
  sendRedirect(exchange, withQuery(redirectUri, { code, state: query.get('state') ?? '' }))
}

/** `GET /signin`: the portal, which returns to a callback on the client's own port (`kiro.md` §3.6). */
export function signIn(exchange: Exchange, world: World): void {
  const { query } = exchange
  const base = query.get('redirect_uri') ?? ''
  const challenge = query.get('code_challenge') ?? ''
  if (base === '' || challenge === '' || query.get('code_challenge_method') !== 'S256') {
    sendJson(exchange, { message: 'Invalid sign-in request' }, 400)
    return
  }
  const state = query.get('state') ?? ''
  const callback = `${base.replace(/\/$/, '')}/oauth/callback`
  const chosen = takeSignIn(exchange, world)
  if (chosen === 'denied') {
    sendRedirect(exchange, withQuery(callback, { error: 'access_denied', state }))
    return
  }
  if (chosen === 'external-idp') {
    const { clientId } = world.clients.register()
    const scopes = `api://${clientId}/codewhisperer:conversations offline_access`
    const issuer = `${world.origin}/oidc-external`
    const external = { login_option: 'external_idp', issuer_url: issuer, client_id: clientId, scopes, login_hint: 'user@example.com', state }
    sendRedirect(exchange, withQuery(callback, external))
    return
  }
  const option = 'google'
  // The exchange repeats the whole address that was returned to, with the option in it.
  const redirectUri = `${callback}?login_option=${option}`
  const code = world.signIns.issueCode({ kind: 'social', challenge, redirectUri, clientId: undefined })
  sendRedirect(exchange, withQuery(callback, { code, state, login_option: option }))
}

/** `POST /oauth/token`: a code and its verifier for the first tokens. Members in snake_case, the answer in camelCase. */
export function exchangeSocialCode(exchange: Exchange, world: World): void {
  const { code, code_verifier: verifier, redirect_uri: redirectUri } = objectOf(parseJson(exchange.body.toString()))
  const pending = world.signIns.redeemCode(textOf(code) ?? '', textOf(verifier) ?? '')
  if (pending?.clientId !== undefined || pending?.redirectUri !== redirectUri) {
    sendJson(exchange, { message: 'Invalid authorization code' }, 400)
    return
  }
  const account = world.accounts.create('social')
  if (exchange.note !== undefined) exchange.note.account = account.id
  sendPair(exchange, { pair: world.tokens.issuePair(account), account, tongue: 'social', rotated: true })
}

export function withQuery(address: string, members: Readonly<Record<string, string>>): string {
  return `${address}${address.includes('?') ? '&' : '?'}${new URLSearchParams(members).toString()}`
}

function takeSignIn(exchange: Exchange, world: World): 'social' | 'external-idp' | 'denied' {
  return world.steps.signIn({ host: headerOf(exchange, 'host') })?.as ?? 'social'
}
