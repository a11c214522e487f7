import type { SimulatedAccount } from './accounts.ts'
import { regionOfHost } from './arn.ts'
import { htmlPage } from './error-catalogue.ts'
import { dropConnection, type Exchange, headerOf, sendHtml, sendJson, sendOidcError, sendText } from './exchange.ts'
import { objectOf, parseJson, textOf } from './json.ts'
import { pause } from './pause.ts'
import type { RefreshStep } from './steps.ts'
import type { RefreshOutcome, TokenPair } from './tokens.ts'
import type { World } from './world.ts'

/** The three endpoints that trade refresh tokens differ in their words. */
type Tongue = 'social' | 'oidc' | 'external'

/** `POST /refreshToken`: social logins (`kiro.md` §3.1). */
export async function refreshSocial(exchange: Exchange, world: World): Promise<void> {
  const { refreshToken } = objectOf(parseJson(exchange.body.toString()))
  await trade(exchange, world, { tongue: 'social', refreshToken: textOf(refreshToken) ?? '' })
}

/** Grant `refresh_token` of `POST /token` (`kiro.md` §3.2). */
export async function refreshOidc(exchange: Exchange, world: World): Promise<void> {
  const { clientId, clientSecret, refreshToken } = objectOf(parseJson(exchange.body.toString()))
  const region = regionOfHost(headerOf(exchange, 'host'))
  if (world.clients.genuine({ clientId, clientSecret, region, now: world.settings.now() }) === undefined) {
    world.counters.refreshAttempts += 1
    sendOidcError(exchange, 'invalid_client', 'The client registration is unknown or has expired')
    return
  }
  await trade(exchange, world, { tongue: 'oidc', refreshToken: textOf(refreshToken) ?? '', clientId: textOf(clientId) ?? '' })
}

/** Grant `refresh_token` of the external identity provider: a form, with snake_case (`kiro.md` §3.3). */
export async function refreshExternal(exchange: Exchange, world: World): Promise<void> {
  const form = new URLSearchParams(exchange.body.toString())
  await trade(exchange, world, {
    tongue: 'external',
    refreshToken: form.get('refresh_token') ?? '',
    clientId: form.get('client_id') ?? '',
  })
}

interface Trade {
  readonly tongue: Tongue
  readonly refreshToken: string
  readonly clientId?: string
}

async function trade(exchange: Exchange, world: World, { tongue, refreshToken, clientId }: Trade): Promise<void> {
  world.counters.refreshAttempts += 1
  const account = world.findAccount(refreshToken)
  if (account !== undefined && exchange.note !== undefined) exchange.note.account = account.id
  const step = world.steps.refresh({ account: account?.id, host: headerOf(exchange, 'host') })
  if (step !== undefined) {
    if (exchange.note !== undefined) exchange.note.played = `refresh ${step.fault}`
    if (!(await pause(step.delayMs ?? (step.fault === 'slow' ? 2000 : 0), exchange.signal))) return
    if (sendFault(exchange, step, tongue)) return
  }
  const rotate = step?.fault !== 'ok-without-rotation'
  const outcome = world.tokens.refresh(refreshToken, { rotate, ...(clientId === undefined ? {} : { clientId }) })
  if ('refused' in outcome) {
    sendRefusal(exchange, world, { outcome, tongue })
    return
  }
  world.counters.refreshes += 1
  if (step?.fault === 'answer-lost-after-rotation') {
    dropConnection(exchange, 'reset')
    return
  }
  sendPair(exchange, { pair: outcome, account, tongue, rotated: rotate })
}

/** Answers as the fault says; false when the trade goes on all the same. */
function sendFault(exchange: Exchange, { fault, retryAfter }: RefreshStep, tongue: Tongue): boolean {
  switch (fault) {
    case 'bad-credentials':
      sendJson(exchange, { message: 'Bad credentials' }, 401)
      return true
    case 'invalid-refresh-token':
      sendInvalid(exchange, tongue)
      return true
    case 'invalid-client':
      sendOidcError(exchange, 'invalid_client', 'The client registration is unknown or has expired')
      return true
    case 'too-many-requests':
      sendText(exchange, JSON.stringify({ message: 'Too Many Requests' }), {
        status: 429,
        headers: { 'content-type': 'application/json', ...(retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` }) },
      })
      return true
    case 'internal-error':
      sendJson(exchange, { message: 'Internal Server Error' }, 500)
      return true
    case 'answer-lost-before-rotation':
      dropConnection(exchange, 'reset')
      return true
    case 'html':
      sendHtml(exchange, htmlPage('Please sign in'))
      return true
    case 'nonsense':
      sendJson(exchange, { hello: 'world' })
      return true
    case 'ok-without-rotation':
    case 'slow':
    case 'answer-lost-after-rotation':
      return false
    default:
      return fault satisfies never
  }
}

interface Refusal {
  readonly outcome: Extract<RefreshOutcome, { readonly refused: unknown }>
  readonly tongue: Tongue
}

function sendRefusal(exchange: Exchange, world: World, { outcome, tongue }: Refusal): void {
  if (outcome.refused === 'spent') world.counters.spentRefreshTokensPresented += 1
  if (exchange.note !== undefined) exchange.note.refusal = `the refresh token is ${outcome.refused}`
  // The social endpoint's answer to a token that another has traded meanwhile (`kiro.md` §2.2, §3.1).
  if (tongue === 'social' && outcome.refused === 'spent') sendJson(exchange, { message: 'Bad credentials' }, 401)
  else sendInvalid(exchange, tongue)
}

function sendInvalid(exchange: Exchange, tongue: Tongue): void {
  if (tongue === 'social') sendJson(exchange, { message: 'Invalid refresh token provided' }, 400)
  else sendOidcError(exchange, 'invalid_grant', 'Invalid refresh token provided')
}

interface Granted {
  readonly pair: TokenPair
  readonly account: SimulatedAccount | undefined
  readonly tongue: Tongue
  readonly rotated: boolean
}

/** Answers with tokens; a refresh token that stays the same is not repeated. */
export function sendPair(exchange: Exchange, { pair, account, tongue, rotated }: Granted): void {
  const { accessToken, expiresIn } = pair
  const refreshToken = rotated ? pair.refreshToken : undefined
  switch (tongue) {
    case 'social':
      sendJson(exchange, { accessToken, refreshToken, expiresIn, profileArn: account?.profileArn })
      return
    case 'oidc':
      sendJson(exchange, { accessToken, refreshToken, expiresIn, tokenType: 'Bearer' })
      return
    case 'external':
      sendJson(exchange, { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, token_type: 'Bearer' })
      return
    default:
      tongue satisfies never
  }
}
