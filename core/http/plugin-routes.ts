import type KoaRouter from '@koa/router'
import type { Hooks } from '../contract/plugin.ts'
import type { Access, RouteHandler, Router } from '../contract/router.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type Middleware, queryOf, type RequestState, singleHeaders } from './state.ts'

/** Mounts the endpoints of plugins. They are few and small, so Koa's own ways are good enough here. */
export function mountPluginRoutes(router: KoaRouter<RequestState>, hooks: readonly Hooks[], authenticate: Middleware): void {
  let parser: Promise<Middleware> | undefined
  const parseBody: Middleware = async (context, next) => {
    parser ??= loadParser()
    return (await parser)(context, next)
  }
  const add = (method: 'get' | 'post' | 'delete') => {
    return (path: string, handler: RouteHandler, access: Access = 'client') => {
      const guards: Middleware[] = access === 'public' ? [] : [authenticate]
      router[method](path, ...guards, parseBody, handle(handler))
    }
  }
  const facade: Router = { get: add('get'), post: add('post'), delete: add('delete') }
  for (const hook of hooks) hook.routes?.(facade)
}

/** Loaded when the first plugin's endpoint is called: a tenth of the time that the gateway takes to start. */
async function loadParser(): Promise<Middleware> {
  const { koaBody } = await import('koa-body')
  return koaBody({ json: true, jsonLimit: '1mb', text: false, urlencoded: false, multipart: false, onError: refuse }) as unknown as Middleware
}

/** The parser's complaints are about the client's body; its words may quote it. */
function refuse(error: Error & { readonly status?: number }): never {
  if (error.status === 413) throw new GatewayError('too_large', 'the body is larger than 1 MB')
  if (error.status === 415) throw new GatewayError('unsupported_media', 'the content-encoding of the body is not supported')
  throw new GatewayError('bad_request', 'the body is not valid JSON')
}

function handle(handler: RouteHandler): Middleware {
  return async context => {
    const { params = {} } = context as { params?: Record<string, string> }
    const { status = 200, headers = {}, body } = await handler({
      path: context.path,
      params,
      query: queryOf(context),
      headers: singleHeaders(context) as Record<string, string>,
      body: (context.request as { body?: unknown }).body,
      principal: context.state.principal ?? { keyId: 'anonymous' },
    })
    context.status = status
    for (const [name, value] of Object.entries(headers)) context.set(name, value)
    context.body = body
  }
}
