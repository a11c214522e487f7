import { dialectOfPath } from '../dialects/index.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Context, Middleware } from './state.ts'

/** The only place where an error becomes a status and a body, in the dialect that was called. */
export const errorBoundary: Middleware = async (context, next) => {
  try {
    await next()
    if (context.status === 404 && context.body == null && context.respond !== false) throw unknownPath(context)
  } catch (thrown) {
    answerError(context, GatewayError.from(thrown))
  }
}

function answerError(context: Context, error: GatewayError): void {
  const { res, state } = context
  logError(context, error)
  if (res.headersSent || res.destroyed || error.code === 'cancelled') {
    context.respond = false
    if (!res.writableEnded) res.destroy()
    return
  }
  const dialect = state.dialect ?? dialectOfPath(context.path)
  const { status, body } = dialect.fault(error, state.requestId)
  context.respond = true
  context.status = status
  for (const [name, value] of Object.entries(error.headers ?? {})) context.set(name, value)
  if (error.retryAfterMs !== undefined && (status === 429 || status === 503 || status === 529)) context.set('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))))
  if (error.code === 'draining') context.set('connection', 'close')
  // What was not read of the body must not be taken for the next request.
  if (!context.req.complete) context.set('connection', 'close')
  context.type = 'application/json; charset=utf-8'
  context.body = JSON.stringify(body)
}

function logError({ state, method, path }: Context, error: GatewayError): void {
  const fields = { method, path, code: error.code, status: error.status }
  if (error.code === 'internal') state.log.error('a request failed by our fault', { ...fields, error })
  else if (error.scope === 'request') state.log.info('a request was refused', { ...fields, reason: error.message })
  else state.log.warn('a request failed', { ...fields, reason: error.message, upstream: error.reason })
}

function unknownPath({ path }: Context): GatewayError {
  const doubled = /\/v1\/v1\//.test(path) ? '; the base URL of your client already ends in /v1, leave one of them out' : ''
  return new GatewayError('not_found', `there is nothing at ${path.slice(0, 200)}${doubled}`)
}
