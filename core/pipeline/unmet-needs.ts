import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ChatRequest } from '../model/request.ts'

/**
 * What would change the form of the answer and cannot be given: left out silently, the client would wait for it in vain.
 * @throws GatewayError `unsupported` with the field as `param`
 */
export function refuseUnmetNeeds({ wire }: Pick<Provider, 'wire'>, { original }: ChatRequest): void {
  const need = original === undefined || original.wire === wire ? undefined : original.needs[0]
  if (need !== undefined) throw new GatewayError('unsupported', `${need.field}: ${need.why}`, { param: need.field })
}
