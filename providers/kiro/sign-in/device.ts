import { type DeviceFlow, type DevicePoll, GatewayError, type UpstreamResponse } from '../../../core/index.ts'
import { readRefusal } from '../auth/refusal.ts'
import { renewedCredential } from '../auth/token-answer.ts'
import { TOKEN_CALL } from '../auth/token-call.ts'
import type { KiroCredential } from '../credential.ts'
import { oidcOrigin } from '../endpoints.ts'
import { numberOf, parseObject, textOf } from '../untrusted.ts'
import { acceptedAccount, newAccount } from './accepted-account.ts'
import type { SignInContext } from './context.ts'
import { refusedSignIn, unusableAnswer } from './refused.ts'

export const BUILDER_ID_START_URL = 'https://view.awsapps.com/start'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const SCOPES = [
  'codewhisperer:completions',
  'codewhisperer:analysis',
  'codewhisperer:conversations',
  'codewhisperer:transformations',
  'codewhisperer:taskassist',
]
const DEFAULT_SECONDS = 600
/** RFC 8628; the service says 1. */
const DEFAULT_INTERVAL_SECONDS = 5

/** Whose sign-in page, and where it is. */
interface Organisation {
  readonly startUrl: string
  /** SSO region. */
  readonly region: string
}

/** One device flow. */
export interface DeviceStart extends Organisation {
  readonly kind: 'builder-id' | 'idc'
  readonly title: string
}

/** Signs in by a code that a person confirms on any machine (`kiro.md` §3.7). */
export async function beginDevice(start: DeviceStart, context: SignInContext): Promise<DeviceFlow<KiroCredential>> {
  const origin = oidcOrigin(start.region, context.options)
  const client = await register(origin, start, context)
  const answer = await call(`${origin}/device_authorization`, { ...client, startUrl: start.startUrl }, context)
  if (answer.status !== 200) throw unusableAnswer(answer, subjectOf(start))
  const body = parseObject(answer.body.toString('utf8'))
  const deviceCode = textOf(body?.deviceCode)
  const userCode = textOf(body?.userCode)
  const url = webAddress(body?.verificationUriComplete) ?? webAddress(body?.verificationUri)
  if (deviceCode === undefined || userCode === undefined || url === undefined) throw nonsense()
  const credential: KiroCredential = {
    ...{ kind: start.kind, ...client, authRegion: start.region, startUrl: start.startUrl },
    identityProvider: start.kind === 'idc' ? 'Enterprise' : 'BuilderId',
  }
  return {
    kind: 'device',
    url,
    userCode: userCode.replace(/[^\w-]/g, ''),
    expiresAt: context.clock.now() + between(numberOf(body?.expiresIn), { least: 1, most: 3600, fallback: DEFAULT_SECONDS }) * 1000,
    intervalMs: between(numberOf(body?.interval), { least: 1, most: 60, fallback: DEFAULT_INTERVAL_SECONDS }) * 1000,
    async poll() {
      const response = await call(`${origin}/token`, { ...client, deviceCode, grantType: GRANT }, context)
      if (response.status !== 200) return readPending(response)
      const account = newAccount(renewedCredential(credential, response, context.clock.now()))
      return { kind: 'signed-in', signedIn: await acceptedAccount(account, { ...context, title: start.title }) }
    },
  }
}

function readPending(response: UpstreamResponse): DevicePoll<KiroCredential> {
  const { word } = readRefusal(response)
  switch (word) {
    case 'authorization_pending':
      return { kind: 'pending' }
    case 'slow_down':
      return { kind: 'slow-down' }
    case 'expired_token':
      throw new GatewayError('forbidden', 'the code ran out before anybody used it; sign in again')
    case 'access_denied':
      throw refusedSignIn(word)
    default:
      throw unusableAnswer(response, 'this sign-in')
  }
}

interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

async function register(origin: string, start: DeviceStart, context: SignInContext): Promise<Client> {
  const response = await call(
    `${origin}/client/register`,
    { clientName: 'Kiro IDE', clientType: 'public', scopes: SCOPES, grantTypes: [GRANT, 'refresh_token'], issuerUrl: start.startUrl },
    context,
  )
  if (response.status !== 200) throw unusableAnswer(response, subjectOf(start))
  const body = parseObject(response.body.toString('utf8'))
  const clientId = textOf(body?.clientId)
  const clientSecret = textOf(body?.clientSecret)
  if (clientId === undefined || clientSecret === undefined) throw nonsense()
  return { clientId, clientSecret }
}

/** What a refusal to begin is about. */
function subjectOf({ kind }: DeviceStart): string {
  return kind === 'idc' ? 'the start URL in this region' : 'a new sign-in'
}

function call(url: string, body: object, { http }: SignInContext): Promise<UpstreamResponse> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'node' }
  return http.send({ method: 'POST', url, headers, body: JSON.stringify(body) }, TOKEN_CALL)
}

/** It is shown and opened: nothing but an address of the web may come out of an answer. */
function webAddress(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined
}

function between(value: number | undefined, { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: number }): number {
  return value === undefined ? fallback : Math.min(Math.max(value, least), most)
}

function nonsense(): GatewayError {
  return new GatewayError('upstream_nonsense', 'the sign-in service answered without what a sign-in needs; something between may be answering in its place')
}
