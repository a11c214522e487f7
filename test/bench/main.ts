// npm run bench: the built gateway against the floor; docs/performance.md says what is measured and how to read it.
import { writeFileSync } from 'node:fs'
import type { Bench, Outcome } from './bench.ts'
import { runComparison } from './compare/run-comparison.ts'
import { runCurves } from './curves/run-curves.ts'
import { buildIfNeeded } from './gateway.ts'
import { choosePinning, describeMachine } from './machine.ts'
import { runMemory } from './memory/run-memory.ts'
import { readOptions } from './options.ts'
import { writePrograms } from './plain-program.ts'
import { runScenarios } from './run-scenarios.ts'

function run(bench: Bench): Promise<Outcome> {
  const { mode } = bench
  switch (mode.kind) {
    case 'scenarios':
      return runScenarios(bench)
    case 'memory':
      return runMemory(bench, mode)
    case 'curves':
      return runCurves(bench, mode)
    case 'compare':
      return runComparison(bench, mode)
    default:
      return mode satisfies never
  }
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the benchmark reads CPU times from /proc, so it runs on Linux only')
  const options = readOptions(process.argv.slice(2))
  const pinning = choosePinning()
  const machine = describeMachine(pinning !== undefined)
  if (options.targets.includes('gateway')) buildIfNeeded()
  writePrograms()
  const { text, data, problems } = await run({ ...options, ...(pinning === undefined ? {} : { pinning }) })
  const { node, cores, cpu, commit, pinned } = machine
  const rounds = options.mode.kind === 'memory' ? 'one run' : `best of ${options.rounds} rounds`
  process.stdout.write(`Node ${node}, ${cores} × ${cpu}, ${pinned ? 'pinned' : 'not pinned'}, ${rounds}, commit ${commit}\n\n${text}\n`)
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ machine, arguments: process.argv.slice(2), problems, ...data }, null, 2)}\n`)
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
