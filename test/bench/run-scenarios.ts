import { type Bench, note, type Outcome } from './bench.ts'
import { GOALS, judge } from './goals.ts'
import type { LoadResult } from './load.ts'
import { named } from './options.ts'
import { goalTable, table } from './report.ts'
import { type RoundPlan, runRound } from './round.ts'
import type { Target } from './target.ts'
import { answerMs, lasting, type Scenario, SCENARIOS } from './scenario.ts'
import { type StartScenario, START_SCENARIOS, startRounds } from './start-up.ts'
import { type Measured, measuredLoad, type Summary, summarize } from './summary.ts'

const PARTS: readonly (Scenario | StartScenario)[] = [...SCENARIOS, ...START_SCENARIOS]

/** Streams that stay must outlast the window by this. */
const SLACK_MS = 2_000

/** Every scenario: the built gateway against the floor, in turns. */
export async function runScenarios(bench: Bench): Promise<Outcome> {
  const names = bench.names?.map(name =>
    named(
      'scenario',
      name,
      PARTS.map(part => part.name),
    ),
  )
  const summaries: Summary[] = []
  for (const part of PARTS) {
    if (names !== undefined && !names.includes(part.name)) continue
    const results = 'load' in part ? await loadRounds(bench, part) : await startRounds(bench, part)
    summaries.push(summarize(part, results))
  }
  const goals = judge(GOALS, summaries)
  return {
    text: [table(summaries), ...(goals.length === 0 ? [] : [goalTable(goals)])].join('\n\n'),
    data: { rounds: bench.rounds, warmUpMs: bench.warmUpMs, measureMs: bench.measureMs, scenarios: summaries, goals },
    problems: summaries.flatMap(({ name, targets }) =>
      targets.flatMap(({ target, firstProblem }) => (firstProblem === undefined ? [] : [`incomplete answers, ${name} ${target}: ${firstProblem}`])),
    ),
  }
}

async function loadRounds(bench: Bench, plain: Scenario): Promise<ReadonlyMap<Target, readonly Measured[]>> {
  const { rounds, pinning, profile } = bench
  const targets = bench.targets.filter(target => target !== 'direct' || plain.direct)
  const window = windowFor(plain, bench)
  const results = new Map<Target, Measured[]>(targets.map(target => [target, []]))
  for (let round = 0; round < rounds; round++) {
    // Whatever drifts on the machine must not always meet the same target.
    for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
      const result = await runRound({ ...window, target, ...(pinning === undefined ? {} : { pinning }), ...(profile === undefined ? {} : { profile }) })
      results.get(target)?.push(measuredLoad(result))
      note(`${plain.name} ${target} round ${round + 1}: ${progress(result)}`)
    }
  }
  return results
}

/** How long a scenario's round warms up and measures. */
export function windowFor(
  scenario: Scenario,
  { warmUpMs, measureMs }: Pick<Bench, 'warmUpMs' | 'measureMs'>,
): Pick<RoundPlan, 'scenario' | 'warmUpMs' | 'measureMs'> {
  if (scenario.load.kind === 'held') return { scenario: lasting(scenario, warmUpMs + measureMs + SLACK_MS), warmUpMs, measureMs }
  // A window in which no answer could end yet would show no requests.
  return { scenario, warmUpMs: warmUpMs + answerMs(scenario), measureMs }
}

/** How busy others kept the target's core says how far a round is to be trusted. */
export function progress({ cpuMs, requests, events, errors, neighboursMs, windowMs }: LoadResult): string {
  const cost = requests === 0 ? `${((1000 * cpuMs) / events).toFixed(1)} CPU-ms per 1000 events` : `${(cpuMs / requests).toFixed(3)} CPU-ms per request`
  const neighbours = neighboursMs === undefined ? '' : `, others on its core ${Math.round((100 * neighboursMs) / windowMs)} %`
  return `${cost}, ${errors} errors${neighbours}`
}
