import type { LoadResult } from './load.ts'
import type { Target } from './round.ts'
import type { Scenario } from './scenario.ts'

/** What one round, or the best of several, comes to. Lower is better, but for `perSecondPerCore`. */
export interface Figures {
  readonly cpuPerRequest: number
  readonly cpuPer1000Events: number
  /** What a core full of this work could serve: 1000 / CPU-ms per request. */
  readonly perSecondPerCore: number
  /** What was served in the window. */
  readonly perSecond: number
  readonly residentMebibytes: number
  readonly addedP50?: number
  readonly addedP99?: number
}

interface TargetSummary {
  readonly target: Target
  readonly best: Figures
  readonly errors: number
  readonly firstProblem?: string
  readonly rounds: readonly LoadResult[]
}

export interface ScenarioSummary {
  readonly name: string
  readonly about: string
  readonly targets: readonly TargetSummary[]
  /** The gateway's best figures by the floor's. */
  readonly ratios?: Figures
  readonly goal: Scenario['goal'] & { readonly reached?: boolean }
}

export function summarize(scenario: Scenario, results: ReadonlyMap<Target, readonly LoadResult[]>): ScenarioSummary {
  const targets = [...results].map(([target, rounds]) => summarizeTarget(target, rounds))
  const floor = targets.find(({ target }) => target === 'floor')?.best
  const gateway = targets.find(({ target }) => target === 'gateway')?.best
  const ratios = floor && gateway ? ratio(gateway, floor) : undefined
  const reached = ratios?.[scenario.goal.figure]
  return {
    name: scenario.name,
    about: scenario.about,
    targets,
    ...(ratios === undefined ? {} : { ratios }),
    goal: { ...scenario.goal, ...(reached === undefined ? {} : { reached: reached <= scenario.goal.atMost }) },
  }
}

function summarizeTarget(target: Target, rounds: readonly LoadResult[]): TargetSummary {
  const firstProblem = rounds.find(round => round.firstProblem !== undefined)?.firstProblem
  return {
    target,
    best: best(rounds.map(figuresOf)),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    ...(firstProblem === undefined ? {} : { firstProblem }),
    rounds,
  }
}

function figuresOf({ cpuMs, requests, events, windowMs, residentMebibytes, added }: LoadResult): Figures {
  return {
    cpuPerRequest: cpuMs / requests,
    cpuPer1000Events: (cpuMs / events) * 1000,
    perSecondPerCore: (1000 * requests) / cpuMs,
    perSecond: (1000 * requests) / windowMs,
    residentMebibytes,
    ...(added === undefined ? {} : { addedP50: added.p50, addedP99: added.p99 }),
  }
}

/** The best of each figure: neighbours on the machine only ever add. */
function best(rounds: readonly Figures[]): Figures {
  const least = (pick: (figures: Figures) => number | undefined) => Math.min(...rounds.map(round => pick(round) ?? Number.POSITIVE_INFINITY))
  const addedP50 = least(round => round.addedP50)
  return {
    cpuPerRequest: least(round => round.cpuPerRequest),
    cpuPer1000Events: least(round => round.cpuPer1000Events),
    perSecondPerCore: Math.max(...rounds.map(round => round.perSecondPerCore)),
    perSecond: Math.max(...rounds.map(round => round.perSecond)),
    residentMebibytes: least(round => round.residentMebibytes),
    ...(Number.isFinite(addedP50) ? { addedP50, addedP99: least(round => round.addedP99) } : {}),
  }
}

function ratio(over: Figures, under: Figures): Figures {
  return {
    cpuPerRequest: over.cpuPerRequest / under.cpuPerRequest,
    cpuPer1000Events: over.cpuPer1000Events / under.cpuPer1000Events,
    perSecondPerCore: over.perSecondPerCore / under.perSecondPerCore,
    perSecond: over.perSecond / under.perSecond,
    residentMebibytes: over.residentMebibytes / under.residentMebibytes,
    ...(over.addedP50 === undefined || under.addedP50 === undefined ? {} : { addedP50: over.addedP50 / under.addedP50 }),
    ...(over.addedP99 === undefined || under.addedP99 === undefined ? {} : { addedP99: over.addedP99 / under.addedP99 }),
  }
}
