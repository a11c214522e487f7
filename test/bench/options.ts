import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Target } from './round.ts'
import { type Scenario, SCENARIOS, scenarioNamed } from './scenario.ts'

export interface BenchOptions {
  readonly scenarios: readonly Scenario[]
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
const SMALL = { rounds: 2, warmUpMs: 2000, measureMs: 1000 }
const TARGETS: readonly Target[] = ['floor', 'gateway', 'direct']

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
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const size = values.small ? SMALL : FULL
  const rounds = wholeNumber('--rounds', values.rounds) ?? size.rounds
  const warmUpSeconds = wholeNumber('--warm-up', values['warm-up'])
  return {
    ...size,
    rounds,
    warmUpMs: warmUpSeconds === undefined ? size.warmUpMs : warmUpSeconds * 1000,
    scenarios: values.scenario === undefined ? SCENARIOS : values.scenario.split(',').map(scenarioNamed),
    targets: values.target === undefined ? TARGETS : values.target.split(',').map(targetNamed),
    ...(values.json === undefined ? {} : { json: resolve(values.json) }),
    ...(values.profile === undefined ? {} : { profile: resolve(values.profile) }),
  }
}

function targetNamed(name: string): Target {
  const target = TARGETS.find(candidate => candidate === name)
  if (target === undefined) throw new Error(`there is no target "${name}"; choose from ${TARGETS.join(', ')}`)
  return target
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} must be a whole number above 0`)
  return number
}
