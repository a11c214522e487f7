import { regionOfHost } from './arn.ts'
import { type Exchange, headerOf, sendHtml, sendJson, sendOidcError } from './exchange.ts'
import { htmlPage } from './error-catalogue.ts'
import { objectOf, parseJson, textOf } from './json.ts'
import { BUILDER_ID_START, mayUse, withoutSlash } from './oidc-clients.ts'
import { sendPair } from './refresh-routes.ts'
import { decide } from './sign-in-page.ts'
import type { World } from './world.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const DEVICE_SECONDS = 600
const INTERVAL_SECONDS = 1
/** Clients' timers are not exact. */
const TOLERANCE_MS = 200
const BUILDER_ID_REGION = 'us-east-1'

/** `POST /device_authorization` (`kiro.md` §3.7). */
export function authorizeDevice(exchange: Exchange, world: World): void {
  const { clientId, clientSecret, startUrl: address } = objectOf(parseJson(exchange.body.toString()))
  const region = regionOfHost(headerOf(exchange, 'host'))
  const client = world.clients.genuine({ clientId, clientSecret, region, now: world.settings.now() })
  if (client === undefined) {
    sendOidcError(exchange, 'invalid_client', 'The client is not registered')
    return
  }
  if (!mayUse(client, DEVICE_GRANT)) {
    sendOidcError(exchange, 'unauthorized_client', 'The client is not registered for the device grant')
    return
  }
  const startUrl = withoutSlash(textOf(address) ?? '')
  const isIssuer = client.startUrl === undefined || withoutSlash(client.startUrl) === startUrl
  if (!startUrl.startsWith('https://') || !isIssuer || !isAtHome(world, startUrl, region)) {
    sendOidcError(exchange, 'invalid_request', 'startUrl is not valid')
    return
  }
  const { deviceCode, userCode } = world.signIns.issueDevice({
    kind: startUrl === BUILDER_ID_START ? 'builder-id' : 'idc',
    clientId: textOf(clientId) ?? '',
    expiresAt: world.settings.now() + DEVICE_SECONDS * 1000,
    region,
  })
  const page = `${world.origin}/device`
  const complete = `${page}?user_code=${userCode}`
  sendJson(exchange, { deviceCode, userCode, verificationUri: page, verificationUriComplete: complete, expiresIn: DEVICE_SECONDS, interval: INTERVAL_SECONDS })
}

/** `/device`: where a person with the code agrees or refuses. */
export function devicePage(exchange: Exchange, world: World): void {
  const asked = exchange.query.get('user_code') ?? ''
  const decision = decide(exchange, { title: 'Allow a device to use Kiro?', userCode: asked })
  if (decision === undefined) return
  const typed = exchange.method === 'POST' ? (new URLSearchParams(exchange.body.toString()).get('user_code') ?? asked) : asked
  const device = world.signIns.deviceOf(typed)
  if (device === undefined || device.outcome !== undefined || device.expiresAt <= world.settings.now()) {
    sendHtml(exchange, htmlPage('This code is unknown or has been used'), 400)
    return
  }
  if (decision === 'denied') device.outcome = 'denied'
  else {
    const { kind, region } = device
    device.outcome = { accountId: world.accounts.of(kind, { email: decision.user, ...(region === undefined ? {} : { region }) }).id }
  }
  sendHtml(exchange, htmlPage(decision === 'denied' ? 'Request refused' : 'Request approved: you can close this window'))
}

/** Grant `device_code` of `POST /token`. A script's answers go before what was decided at the page. */
export function redeemDevice(exchange: Exchange, world: World, asked: { readonly deviceCode: string; readonly clientId: string }): void {
  const pending = world.signIns.device(asked.deviceCode)
  if (pending === undefined || pending.clientId !== asked.clientId) {
    sendOidcError(exchange, 'invalid_grant', 'The device code is not valid')
    return
  }
  const now = world.settings.now()
  const scripted = world.steps.device({ host: headerOf(exchange, 'host') })?.answer
  const isEarly = pending.polledAt !== undefined && now - pending.polledAt < INTERVAL_SECONDS * 1000 - TOLERANCE_MS
  if (scripted === undefined) pending.polledAt = now
  const { outcome } = pending
  if (pending.expiresAt > now && scripted === undefined && !isEarly && typeof outcome === 'object') {
    world.signIns.closeDevice(asked.deviceCode)
    const account = world.accounts.get(outcome.accountId)
    if (exchange.note !== undefined) exchange.note.account = outcome.accountId
    sendPair(exchange, { pair: world.tokens.issuePair({ id: outcome.accountId }, { clientId: asked.clientId }), account, tongue: 'oidc', rotated: true })
    return
  }
  const answer =
    pending.expiresAt <= now ? 'expired_token' : (scripted ?? (isEarly ? 'slow_down' : outcome === 'denied' ? 'access_denied' : 'authorization_pending'))
  if (answer === 'expired_token' || answer === 'access_denied') world.signIns.closeDevice(asked.deviceCode)
  sendOidcError(exchange, answer, `The device flow says ${answer}`)
}

/** Whether a start URL belongs to the region that was asked: an organisation's Identity Center lives in one. */
function isAtHome(world: World, startUrl: string, region: string | undefined): boolean {
  const homes: Readonly<Record<string, string>> = { [BUILDER_ID_START]: BUILDER_ID_REGION, ...world.settings.identityCenters }
  const home = homes[startUrl]
  return home === undefined || region === undefined || home === region
}
