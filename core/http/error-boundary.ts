import { dialectOfPath } from '../dialects/index.ts'
import type { ErrorCode } from '../errors/codes.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Context, Middleware } from './state.ts'

/** What clients are told to wait where nobody knows better. A used-up quota has no such guess, nor has what only its operator can mend. */
const RETRY_AFTER_S: Readonly<Partial<Record<ErrorCode, number>>> = {
  rate_limited: 1,
  account_rate_limited: 5,
  account_suspicious: 60,
  all_cooling: 5,
  draining: 2,
  overloaded: 1,
  store_unavailable: 5,
}

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
  const { status, body } = dialect.fault(forClients(error), state.requestId)
  context.respond = true
  context.status = status
  for (const [name, value] of Object.entries(error.headers ?? {})) context.set(name, value)
  if (error.attempts !== undefined) context.set('x-kiro-gateway-attempts', String(error.attempts))
  const seconds = error.retryAfterMs === undefined ? RETRY_AFTER_S[error.code] : Math.max(1, Math.ceil(error.retryAfterMs / 1000))
  if (seconds !== undefined && (status === 429 || status === 503 || status === 529)) context.set('retry-after', String(seconds))
  if (error.code === 'draining') context.set('connection', 'close')
  // What was not read of the body must not be taken for the next request.
  if (!context.req.complete) context.set('connection', 'close')
  context.type = 'application/json; charset=utf-8'
  context.body = JSON.stringify(body)
}

/** What is wrong with the store is the operator's to know: it names paths. */
function forClients(error: GatewayError): GatewayError {
  if (error.code !== 'store_unavailable') return error
  return new GatewayError('store_unavailable', 'the gateway cannot reach its store just now; its log names the reason, try again later', error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs })
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
