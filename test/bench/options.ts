import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Target } from './target.ts'

/** What a run is for. */
type Mode =
  | { readonly kind: 'scenarios' }
  | { readonly kind: 'memory'; readonly soakMinutes: number }
  | { readonly kind: 'curves'; readonly picture: string }
  | { readonly kind: 'compare'; readonly revision: string }

export interface BenchOptions {
  readonly mode: Mode
  /** Which of the mode's parts run; left out: all. */
  readonly names?: readonly string[]
  readonly small: boolean
  readonly targets: readonly Target[]
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Where the results go as JSON. */
  readonly json?: string
  /** Folder for CPU profiles of the targets. */
  readonly profile?: string
}

// The gateway runs many times as much code as the floor: after 3 s of a burst V8 is still compiling it, after 8 s it is not.
const FULL = { rounds: 5, warmUpMs: 8000, measureMs: 4000 }
const SMALL = { rounds: 1, warmUpMs: 1500, measureMs: 1000 }
const TARGETS: readonly Target[] = ['floor', 'gateway', 'direct']
const SOAK_MINUTES = 3

/** @throws Error when an option is not known or makes no sense */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      small: { type: 'boolean', default: false },
      scenario: { type: 'string' },
      target: { type: 'string' },
      rounds: { type: 'string' },
      'warm-up': { type: 'string' },
      measure: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
      memory: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      curves: { type: 'boolean', default: false },
      picture: { type: 'string' },
      compare: { type: 'string' },
    },
  })
  const size = values.small ? SMALL : FULL
  const seconds = (option: 'warm-up' | 'measure') => wholeNumber(`--${option}`, values[option])
  return {
    mode: modeOf(values),
    small: values.small,
    rounds: wholeNumber('--rounds', values.rounds) ?? size.rounds,
    warmUpMs: (seconds('warm-up') ?? size.warmUpMs / 1000) * 1000,
    measureMs: (seconds('measure') ?? size.measureMs / 1000) * 1000,
    targets: values.target === undefined ? TARGETS : values.target.split(',').map(target => named('target', target, TARGETS)),
    ...(values.scenario === undefined ? {} : { names: values.scenario.split(',') }),
    ...(values.json === undefined ? {} : { json: resolve(values.json) }),
    ...(values.profile === undefined ? {} : { profile: resolve(values.profile) }),
  }
}

interface ModeValues {
  readonly memory: boolean
  readonly minutes?: string | undefined
  readonly curves: boolean
  readonly picture?: string | undefined
  readonly compare?: string | undefined
}

function modeOf({ memory, minutes, curves, picture, compare }: ModeValues): Mode {
  const modes: readonly Mode[] = [
    ...(memory ? [{ kind: 'memory', soakMinutes: wholeNumber('--minutes', minutes) ?? SOAK_MINUTES } as const] : []),
    ...(curves ? [{ kind: 'curves', picture: resolve(picture ?? 'docs/performance-curves.svg') } as const] : []),
    ...(compare === undefined ? [] : [{ kind: 'compare', revision: compare } as const]),
  ]
  if (modes.length > 1) throw new Error('--memory, --curves and --compare are runs of their own; give one of them')
  return modes[0] ?? { kind: 'scenarios' }
}

/** @throws Error that names what there is */
export function named<T extends string>(what: string, name: string, known: readonly T[]): T {
  const found = known.find(candidate => candidate === name)
  if (found === undefined) throw new Error(`there is no ${what} "${name}"; choose from ${known.join(', ')}`)
  return found
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} must be a whole number above 0`)
  return number
}
