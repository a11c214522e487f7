import type { Call } from '../contract/call.ts'
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

/** What is known of models' names. */
export interface KnownNames {
  readonly isModel: (name: string) => boolean
  /** Finds out more where a name is nobody's; undefined, at once, when there is nothing to find out. */
  readonly learn: (name: string, principal: Call['principal']) => Promise<void> | undefined
}

/**
 * The same as hooks around a configuration's plugins, whichever they are: outside of them, so that maps and rules are
 * written for plain names, and inside, so that a map's target may carry the suffix too. Inside, where a name is final, what
 * there is to be learnt of it is waited for; outside only where it is to be known whether the suffix is part of it.
 */
export function aroundPlugins(plugins: readonly Hooks[], { isModel, learn }: KnownNames): readonly Hooks[] {
  const byName = (isAsked: (name: string) => boolean): Hooks => ({
    async request(call, next) {
      const { request, principal } = call
      const learning = isAsked(request.model) ? learn(request.model, principal) : undefined
      if (learning) await learning
      const changed = reasonByName(request, isModel)
      return next(changed === request ? call : { ...call, request: changed })
    },
  })
  return [byName(name => name.length <= MAX_LENGTH && THINKING.test(name)), ...plugins, byName(() => true)]
}
