// npm run bench: the built gateway against the floor; docs/performance.md says what is measured and how to read it.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { type ScenarioSummary, summarize } from './figures.ts'
import { buildIfNeeded } from './gateway.ts'
import type { LoadResult } from './load.ts'
import { allowedCores } from './measure.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { table } from './report.ts'
import { type Pinning, runRound, type Target } from './round.ts'
import { answerMs, type Scenario } from './scenario.ts'

/** The target alone on one core, all else on another, where the system lets us. */
function choosePinning(): Pinning | undefined {
  const [others, target] = allowedCores()
  if (others === undefined || target === undefined) return undefined
  return spawnSync('taskset', ['--version']).status === 0 ? { target, others } : undefined
}

interface Bench extends BenchOptions {
  readonly pinning: Pinning | undefined
}

async function runScenario(bench: Bench, scenario: Scenario): Promise<ScenarioSummary> {
  const { rounds, measureMs, pinning, profile } = bench
  const targets = bench.targets.filter(target => target !== 'direct' || scenario.direct)
  // A window in which no answer could end yet would show no requests.
  const warmUpMs = bench.warmUpMs + answerMs(scenario)
  const results = new Map<Target, LoadResult[]>(targets.map(target => [target, []]))
  for (let round = 0; round < rounds; round++) {
    // Whatever drifts on the machine must not always meet the same target.
    const order = round % 2 === 0 ? targets : targets.toReversed()
    for (const target of order) {
      const result = await runRound({
        scenario,
        target,
        warmUpMs,
        measureMs,
        ...(pinning === undefined ? {} : { pinning }),
        ...(profile === undefined ? {} : { profile }),
      })
      results.get(target)?.push(result)
      process.stderr.write(`${scenario.name} ${target} round ${round + 1}: ${progress(result)}\n`)
    }
  }
  return summarize(scenario, results)
}

/** How busy others kept the target's core says how far a round is to be trusted. */
function progress({ cpuMs, requests, errors, neighboursMs, windowMs }: LoadResult): string {
  const neighbours = neighboursMs === undefined ? '' : `, others on its core ${Math.round((100 * neighboursMs) / windowMs)} %`
  return `${(cpuMs / requests).toFixed(3)} CPU-ms per request, ${errors} errors${neighbours}`
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the benchmark reads CPU times from /proc, so it runs on Linux only')
  const options = readOptions(process.argv.slice(2))
  const pinning = choosePinning()
  if (options.targets.includes('gateway')) await buildIfNeeded()
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: allowedCores().length,
    loadBefore: loadavg()[0],
    pinned: pinning !== undefined,
  }
  const scenarios: ScenarioSummary[] = []
  for (const scenario of options.scenarios) scenarios.push(await runScenario({ ...options, pinning }, scenario))
  process.stdout.write(
    `Node ${machine.node}, ${machine.cores} × ${machine.cpu}, ${pinning ? 'pinned' : 'not pinned'}, best of ${options.rounds} rounds\n\n${table(scenarios)}\n`,
  )
  const problems = scenarios.flatMap(({ name, targets }) =>
    targets.flatMap(({ target, firstProblem }) => (firstProblem === undefined ? [] : [`${name} ${target}: ${firstProblem}`])),
  )
  for (const problem of problems) process.stderr.write(`incomplete answers, ${problem}\n`)
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine, rounds: options.rounds, measureMs: options.measureMs, scenarios }, null, 2)}\n`)
  if (problems.length > 0) process.exitCode = 1
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
// The launcher's channel closes when the launcher dies; leaving through `exit` ends the children.
process.once('disconnect', () => process.exit(1))
process.channel?.unref()
await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
