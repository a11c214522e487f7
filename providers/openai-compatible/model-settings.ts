import type { ReasoningEffort } from '../../core/index.ts'
import type { Losses } from './losses.ts'
import type { Quirks } from './quirks.ts'

/** Settings of sampling that models which reason refuse unless they are the usual ones (`providers.md` §6.2). */
const SAMPLING = ['temperature', 'top_p']
const USUAL = 1

/**
 * The efforts that a model takes: none where it does not reason, undefined where nothing is known of the upstream's models.
 * Of several patterns that fit its name the longest counts.
 */
export function effortsOf(model: string, known: Quirks['reasoningModels']): readonly ReasoningEffort[] | undefined {
  const patterns = Object.keys(known)
  if (patterns.length === 0) return undefined
  // Models tuned for a customer are named after the one that they come from.
  const name = model.replace(/^ft:/, '')
  const [best] = patterns.filter(pattern => fits(pattern, name)).toSorted((one, other) => other.length - one.length)
  return best === undefined ? [] : known[best]
}

/** Leaves out of a body what the model that serves it is known to refuse; whoever wrote it may have meant another. */
export function fitToModel(body: Record<string, unknown>, efforts: readonly ReasoningEffort[] | undefined, losses: Losses): void {
  if (efforts === undefined) return
  if (efforts.length === 0) {
    if (!('reasoning_effort' in body)) return
    delete body['reasoning_effort']
    losses.report('reasoning-effort', 'the reasoning settings were left out: the model knows none', 'reasoning')
    return
  }
  for (const field of SAMPLING) {
    const value = body[field]
    if (value === undefined || value === null || value === USUAL) continue
    delete body[field]
    losses.report('sampling', `${field} was left out: a model that reasons takes none`, field)
  }
}

function fits(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.at(-1)
  if (last === undefined) return name === first
  return name.length >= first.length + last.length && name.startsWith(first) && name.endsWith(last)
}
