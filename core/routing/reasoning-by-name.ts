import type { Hooks } from '../contract/plugin.ts'
import type { ChatRequest } from '../model/request.ts'

/** Clients choose names: nothing longer can be a model's. */
const MAX_LENGTH = 256
/** The word, and what clients append behind it: a date, `latest`, a window. */
const THINKING = /(?<=.)-thinking(?=(?:-latest|-\d{8}|@\d{8}|\[1m\])*$)/i

/**
 * `NAME-thinking` asks for reasoning by the model's name, for clients that have no other way: the suffix is taken off and
 * reasoning turned on unless the request itself says something about it. A model that really has such a name keeps it.
 */
export function reasonByName(request: ChatRequest, isModel: (name: string) => boolean): ChatRequest {
  const { model, reasoning } = request
  if (model.length > MAX_LENGTH || !THINKING.test(model) || isModel(model)) return request
  return { ...request, model: model.replace(THINKING, ''), reasoning: reasoning ?? { mode: 'on' } }
}

/**
 * The same as hooks around a configuration's plugins, whichever they are: outside of them, so that maps and rules are
 * written for plain names, and inside, so that a map's target may carry the suffix too.
 */
export function aroundPlugins(plugins: readonly Hooks[], isModel: (name: string) => boolean): readonly Hooks[] {
  const byName: Hooks = {
    request(call, next) {
      const request = reasonByName(call.request, isModel)
      return next(request === call.request ? call : { ...call, request })
    },
  }
  return [byName, ...plugins, byName]
}
