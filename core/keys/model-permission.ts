import type { Principal } from '../contract/call.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { fitsPattern } from '../model/name-pattern.ts'

/** Whether a caller's key lets it ask for a model, which may have several names. */
export function mayAskFor({ models }: Principal, names: readonly string[]): boolean {
  return models === undefined || models.some(pattern => names.some(name => fitsPattern(pattern, name)))
}

/**
 * Stops a request for a model that its key is not for.
 * @param names as the client wrote it, and without the provider before it
 * @throws GatewayError `forbidden`
 */
export function requirePermission(principal: Principal, names: readonly string[]): void {
  if (mayAskFor(principal, names)) return
  const allowed = (principal.models ?? []).slice(0, 20).join(', ')
  throw new GatewayError('forbidden', `this key is not for the model ${names[0]?.slice(0, 100)}; it is for ${allowed === '' ? 'none' : allowed}`, {
    param: 'model',
  })
}
