import type { Principal } from '../contract/call.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Context, Middleware } from './state.ts'

/** Turns a presented key into who presents it, or undefined when it is nobody's. */
export type Authenticator = (presented: string | undefined) => Promise<Principal | undefined> | Principal | undefined

/** Asks for a client key before anything else of the request is looked at. */
export function authenticated(authenticate: Authenticator): Middleware {
  return async (context, next) => {
    context.state.principal = await principalOf(context, authenticate)
    return next()
  }
}

/**
 * Who asks. At once where the key alone tells.
 * @throws GatewayError `unauthorized`
 */
export function principalOf(context: Context, authenticate: Authenticator): Promise<Principal> | Principal {
  const presented = presentedKey(context)
  const principal = authenticate(presented)
  return principal instanceof Promise ? principal.then(known => known ?? refuse(presented)) : (principal ?? refuse(presented))
}

function refuse(presented: string | undefined): never {
  throw new GatewayError(
    'unauthorized',
    presented === undefined
      ? 'no API key was sent; put one of the gateway\'s keys into "Authorization: Bearer KEY" or "x-api-key"'
      : 'the API key is not one of this gateway\'s; "kiro-gateway keys create" makes one',
  )
}

/** The key from the places where clients of any dialect put it. */
function presentedKey({ req }: Context): string | undefined {
  const { authorization } = req.headers
  if (authorization !== undefined) {
    const match = /^Bearer\s+(.+)$/i.exec(authorization)
    if (match?.[1]) return match[1].trim()
  }
  for (const name of ['x-api-key', 'x-goog-api-key']) {
    const value = req.headers[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}
