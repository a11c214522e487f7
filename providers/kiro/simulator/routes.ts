import { authenticate } from './authentication.ts'
import { getUsage, listModels, listProfiles } from './control-plane-routes.ts'
import { authorizeDevice, devicePage } from './device-routes.ts'
import { ERRORS } from './error-catalogue.ts'
import { type Exchange, type Handler, headerOf, sendError } from './exchange.ts'
import { authorizeExternal, createExternalToken, discover } from './external-idp-routes.ts'
import { generate } from './generate-route.ts'
import { mcp } from './mcp-route.ts'
import { authorize, createToken, registerClient } from './oidc-routes.ts'
import { refreshSocial } from './refresh-routes.ts'
import { control } from './remote-control.ts'
import { exchangeSocialCode, login, signIn } from './social-routes.ts'
import type { World } from './world.ts'

interface Route {
  /** What the journal calls it. */
  readonly operation: string
  readonly handle: Handler
}

const GENERATE: Route = { operation: 'generate', handle: generate }
const MODELS: Route = { operation: 'models', handle: listModels }
const USAGE: Route = { operation: 'usage', handle: getUsage }
const PROFILES: Route = { operation: 'profiles', handle: listProfiles }

/** All hosts of `kiro.md` §1.1, told apart by path alone. */
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['POST /generateAssistantResponse', GENERATE],
  ['GET /ListAvailableModels', MODELS],
  ['GET /List-Available-Models', MODELS],
  ['GET /getUsageLimits', USAGE],
  ['GET /Get-Usage-Limits', USAGE],
  ['POST /ListAvailableProfiles', PROFILES],
  ['POST /List-Available-Profiles', PROFILES],
  ['POST /mcp', { operation: 'mcp', handle: mcp }],
  ['POST /refreshToken', { operation: 'refresh', handle: refreshSocial }],
  ...page('/login', { operation: 'login', handle: login }),
  ...page('/signin', { operation: 'sign-in', handle: signIn }),
  ['POST /oauth/token', { operation: 'exchange', handle: exchangeSocialCode }],
  ['POST /client/register', { operation: 'register', handle: registerClient }],
  ['POST /device_authorization', { operation: 'device', handle: authorizeDevice }],
  ...page('/device', { operation: 'device-page', handle: devicePage }),
  ...page('/authorize', { operation: 'authorize', handle: authorize }),
  ['POST /token', { operation: 'token', handle: createToken }],
  ['GET /oidc-external/.well-known/openid-configuration', { operation: 'discover', handle: discover }],
  ['GET /oidc-external/authorize', { operation: 'authorize', handle: authorizeExternal }],
  ['POST /oidc-external/token', { operation: 'token', handle: createExternalToken }],
])

/** Operations of the root path by target header. */
const TARGETS: ReadonlyMap<string, Route> = new Map([
  ['AmazonCodeWhispererStreamingService.GenerateAssistantResponse', GENERATE],
  ['AmazonCodeWhispererService.ListAvailableModels', MODELS],
  ['AmazonCodeWhispererService.GetUsageLimits', USAGE],
  ['AmazonCodeWhispererService.ListAvailableProfiles', PROFILES],
])

/** Whoever asks for the simulator itself stays out of its journal and its counts. */
export function isControl(path: string): boolean {
  return path.startsWith('/__simulator/')
}

/** Serves a request by its path, or by its target header at the root. */
export async function serve(exchange: Exchange, world: World): Promise<void> {
  const { method, path, note } = exchange
  if (isControl(path) && world.settings.remoteControl) {
    control(exchange, world)
    return
  }
  const route = method === 'POST' && path === '/' ? TARGETS.get(headerOf(exchange, 'x-amz-target') ?? '') : ROUTES.get(`${method} ${path}`)
  if (route === undefined) {
    refuseUnknown(exchange, world)
    return
  }
  if (note !== undefined) note.operation = route.operation
  await route.handle(exchange, world)
}

function refuseUnknown(exchange: Exchange, world: World): void {
  const elsewhere = [...ROUTES.keys()].some(key => key.endsWith(` ${exchange.path}`))
  // The service looks at the caller before it looks at the operation.
  if (headerOf(exchange, 'authorization') !== undefined && authenticate(exchange, world) === undefined) return
  sendError(exchange, ERRORS[elsewhere ? 'method-not-allowed' : 'unknown-operation'])
}

/** A page that a browser asks for, and whose form it sends to the same address. */
function page(path: string, route: Route): readonly (readonly [string, Route])[] {
  return ['GET', 'POST'].map(method => [`${method} ${path}`, route])
}
