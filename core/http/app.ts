import KoaRouter from '@koa/router'
import Koa from 'koa'
import type { Dialect, DialectRoute } from '../contract/dialect.ts'
import type { Logger } from '../contract/log.ts'
import type { Hooks } from '../contract/plugin.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type AnswerDeps, answerChat } from './answer.ts'
import { authenticated, type Authenticator, principalOf } from './authenticate.ts'
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

type Handle = (context: Context, run: (context: Context) => Promise<void>) => Promise<void>

/**
 * Koa, but for the end of answers that we write ourselves. It watches each response for its end, to report errors that
 * the writer hears of anyway; that costs as much as all our own middleware.
 */
class Application extends Koa<RequestState> {
  readonly handleRequest: Handle = async (context, run) => {
    const { res } = context
    res.statusCode = 404
    try {
      await run(context)
    } catch (error) {
      context.onerror(error as Error)
      return
    }
    if (context.respond === false) return
    const { statusCode } = res
    // Koa's own way begins with a status of its own.
    await (Koa.prototype as unknown as { readonly handleRequest: Handle }).handleRequest.call(this, context, () => {
      res.statusCode = statusCode
      return Promise.resolve()
    })
  }
}

/** The Koa application: ids, errors, probes, then one route per path with the dialects that claim it. */
export function createApp(deps: AppDeps): Koa<RequestState> {
  const app = new Application()
  // Errors are answered by the boundary; what Koa would print holds request details.
  app.silent = true
  app.on('error', (error: unknown) => deps.log.debug('a connection ended early', { error }))
  const router = new KoaRouter<RequestState>()
  const fixed = new Map<string, Middleware>()
  for (const [key, claims] of claimsByPath(deps)) {
    const [method, path] = key.split(' ') as ['GET' | 'POST', string]
    const handler = serve(claims, deps)
    router[method === 'GET' ? 'get' : 'post'](path, handler)
    if (!/[:*{]/.test(path)) fixed.set(key, handler)
  }
  mountPluginRoutes(router, deps.plugins, authenticated(deps.authenticate))
  app.use(requestId(deps.log))
  app.use(errorBoundary)
  app.use(byFixedPath(fixed))
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
      const key = `${route.method} ${route.path}`
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

/** Paths without parameters need no search: the router would try each of its patterns in turn. */
function byFixedPath(fixed: ReadonlyMap<string, Middleware>): Middleware {
  return (context, next) => {
    const handler = fixed.get(`${context.method} ${context.path}`)
    return handler ? handler(context, next) : next()
  }
}

/** One path: the dialect first, so that every error after it has its shape; then who asks; then what is asked. */
function serve(claims: readonly Claim[], { draining, authenticate }: Pick<AppDeps, 'draining' | 'authenticate'>): Middleware {
  return async (context, next) => {
    const claim = claims.find(({ route }) => route.claims?.(singleHeaders(context), queryOf(context)) ?? true)
    if (!claim) return next()
    context.state.dialect = claim.dialect
    if (draining()) throw new GatewayError('draining', 'the gateway is shutting down; send the request again', { retryAfterMs: 2000 })
    const principal = principalOf(context, authenticate)
    context.state.principal = principal instanceof Promise ? await principal : principal
    return claim.handler(context, next)
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
