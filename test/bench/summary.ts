import { best, type Figures, ratio } from './figures.ts'
import type { LoadResult } from './load.ts'
import type { Target } from './target.ts'

/** One round of one target. */
export interface Measured {
  readonly figures: Figures
  readonly firstProblem?: string
  /** As it was measured, for the JSON. */
  readonly raw: object
}

interface TargetSummary {
  readonly target: Target
  readonly best: Figures
  readonly firstProblem?: string
  readonly rounds: readonly object[]
}

export interface Summary {
  readonly name: string
  readonly about: string
  readonly targets: readonly TargetSummary[]
  /** The gateway's best figures by the floor's. */
  readonly ratios?: Figures
}

export function summarize({ name, about }: Pick<Summary, 'name' | 'about'>, results: ReadonlyMap<Target, readonly Measured[]>): Summary {
  const plain = [...results].map(([target, rounds]) => summarizeTarget(target, rounds))
  const way = plain.find(({ target }) => target === 'direct')?.best.transitP50
  const targets = way === undefined ? plain : plain.map(each => withAddedTransit(each, way))
  const floor = targets.find(({ target }) => target === 'floor')?.best
  const gateway = targets.find(({ target }) => target === 'gateway')?.best
  return { name, about, targets, ...(floor && gateway ? { ratios: ratio(gateway, floor) } : {}) }
}

function summarizeTarget(target: Target, rounds: readonly Measured[]): TargetSummary {
  const firstProblem = rounds.find(round => round.firstProblem !== undefined)?.firstProblem
  return {
    target,
    best: best(rounds.map(round => round.figures)),
    ...(firstProblem === undefined ? {} : { firstProblem }),
    rounds: rounds.map(({ raw }) => raw),
  }
}

function withAddedTransit(summary: TargetSummary, wayP50: number): TargetSummary {
  const { transitP50 } = summary.best
  if (summary.target === 'direct' || transitP50 === undefined) return summary
  return { ...summary, best: { ...summary.best, addedTransitP50: transitP50 - wayP50 } }
}

/** What a window of load says of its target. */
export function measuredLoad(result: LoadResult): Measured {
  const { cpuMs, requests, events, windowMs, residentMebibytes, added, transit, held, errors, firstProblem } = result
  return {
    figures: {
      // Of streams that outlast the window, none was a whole request.
      ...(requests === 0 ? {} : { cpuPerRequest: cpuMs / requests, perSecondPerCore: (1000 * requests) / cpuMs, perSecond: (1000 * requests) / windowMs }),
      cpuPer1000Events: (cpuMs / events) * 1000,
      residentMebibytes,
      errors,
      ...(added === undefined ? {} : { addedP50: added.p50, addedP99: added.p99 }),
      ...(transit === undefined ? {} : { transitP50: transit.p50, transitP99: transit.p99 }),
      ...(held === undefined ? {} : { growthKibibytes: ((residentMebibytes - held.idleMebibytes) * 1024) / held.streams }),
    },
    ...(firstProblem === undefined ? {} : { firstProblem }),
    raw: result,
  }
}
