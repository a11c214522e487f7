import { definePlugin, type Static, Type } from '../../core/index.ts'
import { matcher } from './pattern.ts'

const Names = Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 }))
const Options = Type.Union([Type.Object({ map: Names }, { additionalProperties: false }), Names])

interface Rule {
  readonly matches: (name: string) => boolean
  readonly to: string
}

/**
 * Renames models on their way in: `{ 'gpt-4*': 'kiro/claude-sonnet-4.5' }`. The first rule that matches wins; `*` in the
 * target stands for the whole name that was asked for.
 */
export const modelMap = definePlugin({
  name: 'model-map',
  options: Options,
  setup: options => {
    const rules = rulesOf(options)
    return {
      request(call, next) {
        const rule = rules.find(({ matches }) => matches(call.request.model))
        if (rule === undefined) return next(call)
        // A function: a name may hold `$&`, which means something in a plain replacement.
        const model = rule.to.replaceAll('*', () => call.request.model)
        return next({ ...call, request: { ...call.request, model } })
      },
    }
  },
})

function rulesOf(options: Static<typeof Options>): readonly Rule[] {
  const map = isNested(options) ? options.map : options
  return Object.entries(map).map(([pattern, to]) => ({ matches: matcher(pattern), to }))
}

function isNested(options: Static<typeof Options>): options is { map: Static<typeof Names> } {
  return typeof options.map === 'object'
}
