import { type Exchange, headerOf, sendJson, sendRedirect } from './exchange.ts'
import { objectOf, parseJson, textOf } from './json.ts'
import { sendPair } from './refresh-routes.ts'
import { type Decision, decide } from './sign-in-page.ts'
import { CHALLENGE } from './sign-ins.ts'
import type { World } from './world.ts'

const IDE_SCHEME = 'kiro://kiro.kiroAgent/authenticate-success'
/** Ports that the portal sends a browser back to (`kiro.md` §3.6). */
const PORTAL_PORTS = ['3128', '4649', '6588', '8008', '9091', '49153', '50153', '51153', '52153', '53153']
export const CODE_SECONDS = 300

/** `/login`: signs in and sends the browser back (`kiro.md` §3.5). */
export function login(exchange: Exchange, world: World): void {
  const { query } = exchange
  const idp = query.get('idp') ?? ''
  const redirectUri = query.get('redirect_uri') ?? ''
  const ownAddress = redirectUri === IDE_SCHEME || isLoopback(redirectUri)
  if (!ownAddress || !isProved(query) || !['Google', 'Github'].includes(idp)) {
    sendJson(exchange, { message: 'Invalid login request' }, 400)
    return
  }
  const decision = settle(exchange, world, `Kiro, with ${idp}`)
  if (decision === undefined) return
  const state = query.get('state') ?? ''
  if (decision === 'denied') sendRedirect(exchange, withQuery(redirectUri, { error: 'access_denied', state }))
  else sendRedirect(exchange, withQuery(redirectUri, { code: socialCode(world, query, { redirectUri, ...decision }), state }))
}

/** `/signin`: the portal, which returns to a callback on the client's own port (`kiro.md` §3.6). */
export function signIn(exchange: Exchange, world: World): void {
  const { query } = exchange
  const base = query.get('redirect_uri') ?? ''
  const { port = '' } = /^http:\/\/localhost:(?<port>\d+)\/?$/.exec(base)?.groups ?? {}
  if (!PORTAL_PORTS.includes(port) || !isProved(query)) {
    sendJson(exchange, { message: 'Invalid sign-in request' }, 400)
    return
  }
  const state = query.get('state') ?? ''
  const callback = `http://localhost:${port}/oauth/callback`
  const decision = settle(exchange, world, 'Kiro')
  if (decision === undefined) return
  if (decision === 'denied') {
    sendRedirect(exchange, withQuery(callback, { error: 'access_denied', state }))
    return
  }
  if (decision.external) {
    const { clientId } = world.clients.register()
    const scopes = `api://${clientId}/codewhisperer:conversations offline_access`
    const issuer = `${world.origin}/oidc-external`
    const external = { login_option: 'external_idp', issuer_url: issuer, client_id: clientId, scopes, login_hint: 'user@example.com', state }
    sendRedirect(exchange, withQuery(callback, external))
    return
  }
  const option = 'google'
  // The exchange repeats the whole address that was returned to, with the option in it.
  const code = socialCode(world, query, { redirectUri: `${callback}?login_option=${option}`, ...decision })
  sendRedirect(exchange, withQuery(callback, { code, state, login_option: option }))
}

/** `POST /oauth/token`: a code and its verifier for the first tokens. Members in snake_case, the answer in camelCase. */
export function exchangeSocialCode(exchange: Exchange, world: World): void {
  const { code, code_verifier: verifier, redirect_uri: redirectUri } = objectOf(parseJson(exchange.body.toString()))
  const pending = world.signIns.redeemCode(textOf(code) ?? '', textOf(verifier) ?? '', world.settings.now())
  const account = world.accounts.get(pending?.accountId ?? '')
  if (account === undefined || pending?.clientId !== undefined || pending?.redirectUri !== redirectUri) {
    sendJson(exchange, { message: 'Invalid authorization code' }, 400)
    return
  }
  if (exchange.note !== undefined) exchange.note.account = account.id
  sendPair(exchange, { pair: world.tokens.issuePair(account), account, tongue: 'social', rotated: true })
}

export function withQuery(address: string, members: Readonly<Record<string, string>>): string {
  return `${address}${address.includes('?') ? '&' : '?'}${new URLSearchParams(members).toString()}`
}

/** Whether the question carries what proves later that the same client comes back. */
export function isProved(query: URLSearchParams): boolean {
  return query.get('code_challenge_method') === 'S256' && CHALLENGE.test(query.get('code_challenge') ?? '') && (query.get('state') ?? '') !== ''
}

export function isLoopback(address: string): boolean {
  return /^http:\/\/(localhost|127\.0\.0\.1):\d+\/[^?#]*$/.test(address)
}

/** What a script says goes before what is decided at the page. */
function settle(exchange: Exchange, world: World, title: string): 'denied' | (Exclude<Decision, 'denied'> & { readonly external: boolean }) | undefined {
  const decision = decide(exchange, { title })
  if (decision === undefined) return undefined
  const scripted = world.steps.signIn({ host: headerOf(exchange, 'host') })?.as
  if (scripted === 'denied' || decision === 'denied') return 'denied'
  return { ...decision, external: scripted === 'external-idp' }
}

function socialCode(world: World, query: URLSearchParams, { user, redirectUri }: { readonly user: string; readonly redirectUri: string }): string {
  const { id: accountId } = world.accounts.of('social', { email: user })
  const challenge = query.get('code_challenge') ?? ''
  return world.signIns.issueCode({ accountId, challenge, redirectUri, clientId: undefined }, world.settings.now() + CODE_SECONDS * 1000)
}
