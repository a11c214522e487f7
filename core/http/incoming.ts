import type { Call } from '../contract/call.ts'
import type { Dialect, ParseContext } from '../contract/dialect.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ChatRequest } from '../model/request.ts'
import type { BodyReader } from './read-body.ts'
import { type Context, queryOf, singleHeaders } from './state.ts'

export type UntrackedCall = Omit<Call, 'trail'>

export interface IncomingDeps {
  readonly bodies: BodyReader
}

const NO_QUERY = new URLSearchParams()

interface Incoming {
  readonly dialect: Dialect
  readonly parse: (body: unknown, context: ParseContext) => ChatRequest
}

/**
 * Reads and parses a request, and runs `serve` with it. The call is cancelled when the client leaves.
 * @throws GatewayError what reading and parsing throw
 */
export async function withCall(
  context: Context,
  { dialect, parse, bodies }: Incoming & IncomingDeps,
  serve: (call: UntrackedCall) => Promise<void>,
): Promise<void> {
  const body = await bodies.json(context.req)
  const request = parse(body, {
    headers: singleHeaders(context),
    params: (context as { params?: Record<string, string> }).params ?? {},
    query: context.querystring === '' ? NO_QUERY : queryOf(context),
  })
  const { res, state } = context
  const leaving = new AbortController()
  const onClose = () => leaving.abort(new GatewayError('cancelled', 'the client left'))
  if (res.destroyed) onClose()
  res.once('close', onClose)
  try {
    await serve({
      id: state.requestId,
      dialect: dialect.name,
      principal: state.principal ?? { keyId: 'anonymous' },
      request,
      requestedModel: request.model,
      signal: leaving.signal,
      log: state.log,
    })
  } finally {
    res.removeListener('close', onClose)
  }
}
