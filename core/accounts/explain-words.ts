import type { AccountState } from '../contract/account.ts'
import type { StrategyName } from '../contract/strategy-names.ts'
import type { ModelStanding } from '../contract/pool.ts'
import { allowsModel } from '../routing/model-restriction.ts'
import type { AccountEntry } from './entry.ts'
import { wordsFor } from './health-words.ts'
import type { Obstacle } from './verdict.ts'

/** Why an account is the one, in words for people. */
export function chosenBecause(how: 'bound' | 'only' | 'turn', strategy: StrategyName): string {
  switch (how) {
    case 'bound':
      return 'the conversation is with it'
    case 'only':
      return 'the caller brought it along'
    case 'turn':
      return `first by ${strategy}`
    default:
      return how satisfies never
  }
}

/** What is to be said besides of an account of which nothing says that it has the model. */
export function standingWords(standing: ModelStanding): string {
  switch (standing) {
    case 'named':
    case 'absent':
      return ''
    case 'untold':
      return '; no list names the model, so it is tried'
    case 'behind':
      return '; its list is not known, so it comes after those that name the model'
    default:
      return standing satisfies never
  }
}

/** Why it is asked where those before it fail. */
export function fallbackBecause(entry: AccountEntry, state: AccountState, strategy: StrategyName): string {
  if (entry.bin === 'unhealthy') return `${because(state, entry.id)}; asked because nobody else is well`
  if (entry.account.settings.weight === 0) return 'of weight 0: asked only after all others'
  return `next by ${strategy}`
}

/** What in its state keeps it from serving anybody. */
export function asideBecause(entry: AccountEntry, state: AccountState): string {
  if (entry.probing) return 'one request is trying whether it is well again'
  return because(state, entry.id)
}

/** What keeps it from serving this request. */
export function ruledOutBecause(entry: AccountEntry, obstacle: Obstacle, model: string): string {
  switch (obstacle.obstacle) {
    case 'not-served':
      return allowsModel(entry.account.settings, model) ? 'the model is not among those that it offers' : 'its settings restrict it to other models'
    case 'behind':
      return 'its list is not known, and others name the model'
    case 'refused':
      if (obstacle.code === 'model_quota_exhausted') return `its allowance of this model is used up until ${timeOf(obstacle.until)}`
      return obstacle.code === 'model_not_offered'
        ? 'the upstream said lately that the model is not in its plan'
        : 'the upstream said lately that it may not be asked this of the model'
    case 'busy':
      return obstacle.until === Infinity
        ? `busy: ${entry.inFlight === 1 ? '1 request' : `${entry.inFlight} requests`} under way, as many as are allowed; the next one waits`
        : `busy until ${timeOf(obstacle.until)}: its pace allows no request before; the next one waits`
    case 'tired':
      return `its endpoints rest until ${timeOf(obstacle.until)}, for they failed lately`
    case 'no-lane':
      return 'it has no endpoint'
    case 'no-provider':
      return 'its provider is not configured'
    case 'passed':
      return 'it was found unusable just now'
    default:
      return obstacle satisfies never
  }
}

function because(state: AccountState, id: string): string {
  const words = wordsFor(state, id)
  const status = `${STATUS[state.status]}${state.until === undefined ? '' : ` until ${timeOf(state.until)}`}`
  return words === undefined ? status : `${status}: ${words.why}`
}

const STATUS: Readonly<Record<AccountState['status'], string>> = {
  active: 'active',
  cooldown: 'resting',
  exhausted: 'used up',
  unhealthy: 'unwell',
  suspended: 'suspended',
  invalid: 'invalid',
  disabled: 'disabled',
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
