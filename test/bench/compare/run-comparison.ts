import { type Bench, note, type Outcome } from '../bench.ts'
import { best, type Figures, ratio } from '../figures.ts'
import { named } from '../options.ts'
import { absolute, markdown, relative } from '../report.ts'
import { runRound } from '../round.ts'
import { progress, windowFor } from '../run-scenarios.ts'
import { type Scenario, SCENARIOS } from '../scenario.ts'
import { type Measured, measuredLoad } from '../summary.ts'
import { checkOut } from './checkout.ts'

/** What is shown of each scenario, where it was measured. */
const SHOWN = ['cpuPerRequest', 'cpuPer1000Events', 'addedP50', 'transitP50', 'residentMebibytes'] as const

interface Pair {
  readonly scenario: string
  readonly before: Figures
  readonly now: Figures
  readonly ratios: Figures
}

/** The working tree's gateway against another revision's, under the same load and in turns. */
export async function runComparison(bench: Bench, { revision }: { readonly revision: string }): Promise<Outcome> {
  const names = bench.names?.map(name =>
    named(
      'scenario',
      name,
      SCENARIOS.map(scenario => scenario.name),
    ),
  )
  const checkout = checkOut(revision)
  try {
    const pairs: Pair[] = []
    const problems: string[] = []
    for (const scenario of SCENARIOS.filter(({ name }) => names?.includes(name) ?? true)) {
      const results = await rounds(bench, scenario, checkout.folder)
      const now = best(results.now.map(({ figures }) => figures))
      const before = best(results.before.map(({ figures }) => figures))
      pairs.push({ scenario: scenario.name, before, now, ratios: ratio(now, before) })
      for (const [side, measured] of Object.entries(results))
        problems.push(
          ...measured.flatMap(({ firstProblem }) => (firstProblem === undefined ? [] : [`incomplete answers, ${scenario.name} ${side}: ${firstProblem}`])),
        )
    }
    return { text: `the working tree by ${checkout.commit}\n\n${comparisonTable(pairs)}`, data: { before: checkout.commit, pairs }, problems }
  } finally {
    checkout.remove()
  }
}

async function rounds(
  bench: Bench,
  scenario: Scenario,
  checkout: string,
): Promise<{ readonly before: readonly Measured[]; readonly now: readonly Measured[] }> {
  const { pinning } = bench
  const window = windowFor(scenario, bench)
  const results = { before: [] as Measured[], now: [] as Measured[] }
  for (let round = 0; round < bench.rounds; round++) {
    for (const side of round % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const)) {
      const result = await runRound({
        ...window,
        target: 'gateway',
        ...(pinning === undefined ? {} : { pinning }),
        ...(side === 'before' ? { gateway: { checkout } } : {}),
      })
      results[side].push(measuredLoad(result))
      note(`${scenario.name} ${side} round ${round + 1}: ${progress(result)}`)
    }
  }
  return results
}

function comparisonTable(pairs: readonly Pair[]): string {
  const rows = pairs.flatMap(({ scenario, before, now, ratios }) =>
    SHOWN.flatMap(figure => {
      const [old, current, factor] = [before[figure], now[figure], ratios[figure]]
      return old === undefined || current === undefined || factor === undefined ? [] : [[scenario, figure, absolute(old), absolute(current), relative(factor)]]
    }),
  )
  return markdown(['scenario', 'figure', 'before', 'now', 'now / before'], rows)
}
