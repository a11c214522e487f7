import type { AccountSettings } from '../contract/account.ts'

/** Settings are replaced as a whole when they change. */
const PATTERNS = new WeakMap<AccountSettings, RegExp>()

/** Whether an account's settings let it be asked for a model, by any of the names that the model has. */
export function allowsModel(settings: AccountSettings, ...names: readonly string[]): boolean {
  if (settings.models === undefined) return true
  let pattern = PATTERNS.get(settings)
  if (pattern === undefined) PATTERNS.set(settings, (pattern = patternOf(settings.models)))
  return names.some(name => pattern.test(name))
}

/** Of settings that are replaced as a whole, so that the same ones give the same list. */
const DECLARED = new WeakMap<AccountSettings, readonly string[]>()
const NONE: readonly string[] = []

/** Models that an account's settings name in full: the operator says that it has them. */
export function declaredModels(settings: AccountSettings): readonly string[] {
  if (settings.models === undefined) return NONE
  let declared = DECLARED.get(settings)
  if (declared === undefined) DECLARED.set(settings, (declared = settings.models.filter(model => !model.includes('*'))))
  return declared
}

function patternOf(models: readonly string[]): RegExp {
  const choices = models.map(model => model.split('*').map(literally).join('.*'))
  return new RegExp(`^(?:${choices.join('|')})$`)
}

function literally(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
}
