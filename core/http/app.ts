import KoaRouter from '@koa/router'
import Koa from 'koa'
import type { Dialect, DialectRoute } from '../contract/dialect.ts'
import type { Logger } from '../contract/log.ts'
import type { Hooks } from '../contract/plugin.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type AnswerDeps, answerChat } from './answer.ts'
import { authenticated, type Authenticator } from './authenticate.ts'
import { answerCount, type CountDeps } from './count-tokens.ts'
import { errorBoundary } from './error-boundary.ts'
import { listModels, type ModelSource, showModel } from './model-routes.ts'
import { mountPluginRoutes } from './plugin-routes.ts'
import { probes, type Readiness } from './probes.ts'
import { requestId } from './request-id.ts'
import { type Context, type Middleware, queryOf, type RequestState, singleHeaders } from './state.ts'

export interface AppDeps extends AnswerDeps, CountDeps {
  readonly dialects: readonly Dialect[]
  /** Plugins with endpoints of their own. */
  readonly plugins: readonly Hooks[]
  readonly authenticate: Authenticator
  readonly models: ModelSource
  readonly readiness: () => Readiness
  /** Whether new work is refused because the process is about to end. */
  readonly draining: () => boolean
  readonly version: string
  readonly log: Logger
}

interface Claim {
  readonly dialect: Dialect
  readonly route: DialectRoute
  readonly handler: Middleware
}

/** The Koa application: ids, errors, probes, then one route per path with the dialects that claim it. */
export function createApp(deps: AppDeps): Koa<RequestState> {
  const app = new Koa<RequestState>()
  // Errors are answered by the boundary; what Koa would print holds request details.
  app.silent = true
  app.on('error', (error: unknown) => deps.log.debug('a connection ended early', { error }))
  const authenticate = authenticated(deps.authenticate)
  const router = new KoaRouter<RequestState>()
  for (const [key, claims] of claimsByPath(deps)) {
    const [method, path] = key.split(' ') as ['get' | 'post', string]
    router[method](path, choose(claims), refuseWhileDraining(deps.draining), authenticate, run(claims))
  }
  mountPluginRoutes(router, deps.plugins, authenticate)
  app.use(requestId(deps.log))
  app.use(errorBoundary)
  app.use(probes(deps))
  app.use(router.routes() as Middleware)
  app.use(wrongMethod(router))
  return app
}

function claimsByPath(deps: AppDeps): Map<string, Claim[]> {
  const byPath = new Map<string, Claim[]>()
  for (const dialect of deps.dialects) {
    for (const route of dialect.routes) {
      const handler = handlerOf(deps, dialect, route)
      const key = `${route.method.toLowerCase()} ${route.path}`
      byPath.set(key, [...(byPath.get(key) ?? []), { dialect, route, handler }])
    }
  }
  return byPath
}

function handlerOf(deps: AppDeps, dialect: Dialect, route: DialectRoute): Middleware {
  const { chat, models, tokens } = dialect
  switch (route.serves) {
    case 'chat':
      if (chat) return answerChat(deps, dialect, chat)
      break
    case 'models':
      if (models) return listModels(deps.models, models)
      break
    case 'model':
      if (models) return showModel(deps.models, models)
      break
    case 'count-tokens':
      if (tokens) return answerCount(deps, dialect, tokens)
      break
    default:
      route.serves satisfies never
  }
  throw new Error(`the dialect ${dialect.name} has a route for ${route.serves} and nothing that serves it`)
}

function claimed(claims: readonly Claim[], context: Context): Claim | undefined {
  return claims.find(({ route }) => route.claims?.(singleHeaders(context), queryOf(context)) ?? true)
}

/** Settles the dialect first, so that every error after this has its shape. */
function choose(claims: readonly Claim[]): Middleware {
  return (context, next) => {
    const claim = claimed(claims, context)
    if (claim) context.state.dialect = claim.dialect
    return next()
  }
}

function run(claims: readonly Claim[]): Middleware {
  return (context, next) => {
    const claim = claims.find(({ dialect }) => dialect === context.state.dialect)
    return claim ? claim.handler(context, next) : next()
  }
}

function refuseWhileDraining(draining: () => boolean): Middleware {
  return (_context, next) => {
    if (draining()) throw new GatewayError('draining', 'the gateway is shutting down; send the request again', { retryAfterMs: 2000 })
    return next()
  }
}

function wrongMethod(router: KoaRouter<RequestState>): Middleware {
  return (context, next) => {
    const allowed = ['GET', 'POST', 'DELETE'].filter(method => router.match(context.path, method).route)
    if (allowed.length > 0 && !allowed.includes(context.method)) {
      throw new GatewayError('method_not_allowed', `${context.method} is not allowed here; use ${allowed.join(' or ')}`, {
        headers: { allow: allowed.join(', ') },
      })
    }
    return next()
  }
}
