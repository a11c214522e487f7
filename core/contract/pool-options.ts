import { Type } from 'typebox'
import { DEFAULT_STRATEGY, STRATEGY_NAMES, STRATEGY_WORDS } from './strategy-names.ts'

const share = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000, description }))

/** How fast one account may be asked; what is left out is not limited. */
const PacingOptions = Type.Object(
  {
    minIntervalMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000, description: 'Least time between the starts of two requests' })),
    requestsPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Requests that may start within a minute' })),
    maxInFlight: Type.Optional(Type.Integer({ minimum: 1, description: 'Requests under way at once' })),
    queue: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, default: 100, description: 'Requests that may wait for a place; more are refused' })),
    queueSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 3_600, default: 60, description: 'How long one may wait' })),
  },
  { additionalProperties: false },
)

/** Options that every provider takes: how core chooses among its accounts. To be spread into the provider's own. */
export const poolOptions = {
  strategy: Type.String({ default: DEFAULT_STRATEGY, words: STRATEGY_WORDS, description: `How the next account is chosen: ${STRATEGY_NAMES.join(', ')}` }),
  affinity: Type.Optional(Type.Boolean({ default: true, description: 'Whether a conversation stays with its account as long as that can serve' })),
  pacing: Type.Optional(PacingOptions),
}

/** Settings of one account in a configuration. To be spread beside its secret. */
export const accountOptions = {
  label: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'For people' })),
  proxy: Type.Optional(Type.String({ minLength: 1, description: 'Way out for all its calls: a proxy URL, or `direct`' })),
  priority: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000, description: 'Accounts of a higher one are asked first; default 0' })),
  weight: share('Share of the turns compared with its peers; default 1, 0: only where nobody else can serve'),
  models: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'The only models that it may be asked for, `*` for any characters' })),
}
