import type { AccountKind } from './accounts.ts'
import { type Exchange, headerOf, sendJson, sendOidcError, sendRedirect } from './exchange.ts'
import { objectOf, parseJson, textOf } from './json.ts'
import { refreshOidc, sendPair } from './refresh-routes.ts'
import { withQuery } from './social-routes.ts'
import type { World } from './world.ts'

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const DEVICE_SECONDS = 600
const REGISTRATION_SECONDS = 90 * 24 * 3600
const BUILDER_ID_START = 'https://view.awsapps.com/start'

/** `POST /client/register` (`kiro.md` §3.7). */
export function registerClient(exchange: Exchange, world: World): void {
  const { clientName, clientType, issuerUrl } = objectOf(parseJson(exchange.body.toString()))
  if (typeof clientName !== 'string' || clientType !== 'public') {
    sendOidcError(exchange, 'invalid_request', 'clientName and clientType are required')
    return
  }
  const { clientId, clientSecret } = world.clients.register(textOf(issuerUrl))
  const issuedAt = Math.floor(world.settings.now() / 1000)
  sendJson(exchange, { clientId, clientSecret, clientIdIssuedAt: issuedAt, clientSecretExpiresAt: issuedAt + REGISTRATION_SECONDS })
}

/** `POST /device_authorization`. */
export function authorizeDevice(exchange: Exchange, world: World): void {
  const { clientId, clientSecret, startUrl } = objectOf(parseJson(exchange.body.toString()))
  if (!world.clients.isGenuine(clientId, clientSecret)) {
    sendOidcError(exchange, 'invalid_client', 'The client is not registered')
    return
  }
  if (!textOf(startUrl)?.startsWith('https://')) {
    sendOidcError(exchange, 'invalid_request', 'startUrl is not valid')
    return
  }
  const { deviceCode, userCode } = world.signIns.issueDevice({
    kind: kindOfStart(textOf(startUrl)),
    clientId: textOf(clientId) ?? '',
    expiresAt: world.settings.now() + DEVICE_SECONDS * 1000,
  })
  const page = `${world.origin}/device`
  sendJson(exchange, {
    deviceCode,
    userCode,
    verificationUri: page,
    verificationUriComplete: `${page}?user_code=${userCode}`,
    expiresIn: DEVICE_SECONDS,
    interval: 1,
  })
}

/** `GET /authorize`: signs in at once and sends the browser back (`kiro.md` §3.8). */
export function authorize(exchange: Exchange, world: World): void {
  const { query } = exchange
  const redirectUri = query.get('redirect_uri') ?? ''
  const challenge = query.get('code_challenge') ?? ''
  const clientId = query.get('client_id') ?? ''
  // `scopes`, in the plural, is what the service reads here.
  if (query.get('response_type') !== 'code' || redirectUri === '' || challenge === '' || clientId === '' || !query.has('scopes')) {
    sendOidcError(exchange, 'invalid_request', 'The authorization request is not complete')
    return
  }
  const state = query.get('state') ?? ''
  if (world.steps.signIn({ host: headerOf(exchange, 'host') })?.as === 'denied') {
    sendRedirect(exchange, withQuery(redirectUri, { error: 'access_denied', state }))
    return
  }
  const code = world.signIns.issueCode({ kind: 'idc', challenge, redirectUri, clientId })
  sendRedirect(exchange, withQuery(redirectUri, { code, state }))
}

/** `POST /token`: JSON with camelCase members, whatever the grant. */
export async function createToken(exchange: Exchange, world: World): Promise<void> {
  const body = objectOf(parseJson(exchange.body.toString()))
  switch (body.grantType) {
    case 'refresh_token':
      await refreshOidc(exchange, world)
      return
    case DEVICE_GRANT:
    case 'authorization_code':
      if (!world.clients.isGenuine(body.clientId, body.clientSecret)) {
        sendOidcError(exchange, 'invalid_client', 'The client is not registered')
      } else if (body.grantType === DEVICE_GRANT) {
        redeemDevice(exchange, world, { deviceCode: textOf(body.deviceCode) ?? '', clientId: textOf(body.clientId) ?? '' })
      } else {
        redeemCode(exchange, world)
      }
      return
    default:
      sendOidcError(exchange, 'unsupported_grant_type', 'The grant type is not supported')
  }
}

function redeemDevice(exchange: Exchange, world: World, asked: { readonly deviceCode: string; readonly clientId: string }): void {
  const pending = world.signIns.device(asked.deviceCode)
  if (pending === undefined || pending.clientId !== asked.clientId) {
    sendOidcError(exchange, 'invalid_grant', 'The device code is not valid')
    return
  }
  const scripted = world.steps.device({ host: headerOf(exchange, 'host') })?.answer
  const answer = pending.expiresAt <= world.settings.now() ? 'expired_token' : scripted
  if (answer !== undefined) {
    if (answer === 'expired_token' || answer === 'access_denied') world.signIns.closeDevice(asked.deviceCode)
    sendOidcError(exchange, answer, `The device flow says ${answer}`)
    return
  }
  world.signIns.closeDevice(asked.deviceCode)
  grant(exchange, world, pending)
}

function redeemCode(exchange: Exchange, world: World): void {
  const { clientId, code, codeVerifier, redirectUri } = objectOf(parseJson(exchange.body.toString()))
  const pending = world.signIns.redeemCode(textOf(code) ?? '', textOf(codeVerifier) ?? '')
  if (pending === undefined || pending.clientId !== clientId || pending.redirectUri !== redirectUri) {
    sendOidcError(exchange, 'invalid_grant', 'The authorization code is not valid')
    return
  }
  grant(exchange, world, { kind: pending.kind, clientId: pending.clientId ?? '' })
}

function grant(exchange: Exchange, world: World, { kind, clientId }: { readonly kind: AccountKind; readonly clientId: string }): void {
  const account = world.accounts.create(kind)
  if (exchange.note !== undefined) exchange.note.account = account.id
  sendPair(exchange, { pair: world.tokens.issuePair(account, { clientId }), account, tongue: 'oidc', rotated: true })
}

function kindOfStart(startUrl: string | undefined): AccountKind {
  return startUrl?.replace(/\/$/, '') === BUILDER_ID_START ? 'builder-id' : 'idc'
}
