import type { NamedModelCard } from '../contract/dialect.ts'
import type { Principal } from '../contract/call.ts'
import type { ModelsDialect } from '../contract/dialect.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type Context, type Middleware, queryOf } from './state.ts'

/** The models that a caller may use. */
export type ModelSource = (principal: Principal) => Promise<readonly NamedModelCard[]>

export function listModels(source: ModelSource, models: ModelsDialect): Middleware {
  return async context => {
    const cards = await source(principalOf(context))
    context.body = models.list(cards, queryOf(context))
  }
}

export function showModel(source: ModelSource, models: ModelsDialect): Middleware {
  return async context => {
    const id = modelIdOf(context)
    const cards = await source(principalOf(context))
    const card = cards.find(({ publicId, provider, aliases }) => publicId === id || `${provider}/${publicId}` === id || aliases?.includes(id))
    if (card === undefined) throw new GatewayError('model_not_found', `there is no model ${id.slice(0, 100)}; GET /v1/models lists those that can be used`, { param: 'model' })
    context.body = models.one({ ...card, publicId: id })
  }
}

function principalOf(context: Context): Principal {
  return context.state.principal ?? { keyId: 'anonymous' }
}

function modelIdOf(context: Context): string {
  const { id = '' } = (context as { params?: Record<string, string> }).params ?? {}
  return id.replace(/\/$/, '')
}
