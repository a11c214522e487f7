import { type FigureName, isHigherBetter } from './figures.ts'
import type { Summary } from './summary.ts'

export interface Goal {
  readonly about: string
  readonly scenario: string
  readonly figure: FigureName
  /** The gateway's figure by the floor's, or the gateway's own. */
  readonly of: 'ratio' | 'gateway'
  readonly pass: number
  readonly good: number
}

export const GOALS: readonly Goal[] = [
  { about: 'streamed requests per second and core', scenario: 'burst', figure: 'perSecondPerCore', of: 'ratio', pass: 0.7, good: 0.8 },
  { about: 'CPU per event, burst', scenario: 'burst', figure: 'cpuPer1000Events', of: 'ratio', pass: 1.43, good: 1.25 },
  { about: 'CPU per event, paced', scenario: 'paced', figure: 'cpuPer1000Events', of: 'ratio', pass: 1.5, good: 1.25 },
  { about: 'requests per second and core, not streamed', scenario: 'nonstream', figure: 'perSecondPerCore', of: 'ratio', pass: 0.6, good: 0.75 },
  { about: 'CPU of a large request', scenario: 'large', figure: 'cpuPerRequest', of: 'ratio', pass: 1.6, good: 1.3 },
  { about: 'added until the first event, p50', scenario: 'seq', figure: 'addedP50', of: 'ratio', pass: 2, good: 1.5 },
  { about: 'added until the first event, p99', scenario: 'seq', figure: 'addedP99', of: 'ratio', pass: 2, good: 1.5 },
  { about: 'added to the way of an event at 1000 streams, p50', scenario: 'c1000', figure: 'addedTransitP50', of: 'ratio', pass: 2, good: 1.4 },
  { about: 'way of an event at 1000 streams, p99', scenario: 'c1000', figure: 'transitP99', of: 'ratio', pass: 4, good: 2 },
  { about: 'memory at 1000 streams', scenario: 'c1000', figure: 'residentMebibytes', of: 'ratio', pass: 1.6, good: 1.3 },
  { about: 'memory added per stream', scenario: 'c1000', figure: 'growthKibibytes', of: 'ratio', pass: 1.7, good: 1.3 },
  { about: 'errors at 1000 streams', scenario: 'c1000', figure: 'errors', of: 'gateway', pass: 0, good: 0 },
  { about: 'memory when idle', scenario: 'start-up', figure: 'idleMebibytes', of: 'ratio', pass: 1.8, good: 1.5 },
  { about: 'start until it listens', scenario: 'start-up', figure: 'startMs', of: 'ratio', pass: 4, good: 2.5 },
  { about: 'start until the first answer, ms', scenario: 'start-up', figure: 'firstAnswerMs', of: 'gateway', pass: 2000, good: 600 },
  { about: 'the same with 10,000 accounts, ms', scenario: 'start-up-10000', figure: 'firstAnswerMs', of: 'gateway', pass: 4000, good: 1500 },
  { about: 'CPU per event, same wire, paced', scenario: 'passthrough', figure: 'cpuPer1000Events', of: 'ratio', pass: 1.5, good: 1.25 },
]

export interface GoalResult extends Goal {
  readonly floor?: number
  readonly gateway: number
  readonly reached: number
  readonly verdict: 'good' | 'pass' | 'missed'
}

/** The goals that a run says something about. */
export function judge(goals: readonly Goal[], summaries: readonly Summary[]): readonly GoalResult[] {
  return goals.flatMap(goal => {
    const summary = summaries.find(({ name }) => name === goal.scenario)
    const gateway = summary?.targets.find(({ target }) => target === 'gateway')?.best[goal.figure]
    const floor = summary?.targets.find(({ target }) => target === 'floor')?.best[goal.figure]
    const reached = goal.of === 'ratio' ? summary?.ratios?.[goal.figure] : gateway
    if (gateway === undefined || reached === undefined) return []
    return [{ ...goal, ...(goal.of === 'ratio' && floor !== undefined ? { floor } : {}), gateway, reached, verdict: verdictOf(goal, reached) }]
  })
}

function verdictOf({ figure, pass, good }: Goal, reached: number): GoalResult['verdict'] {
  const within = (limit: number) => (isHigherBetter(figure) ? reached >= limit : reached <= limit)
  if (within(good)) return 'good'
  return within(pass) ? 'pass' : 'missed'
}
