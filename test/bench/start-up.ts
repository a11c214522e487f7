import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { type Bench, note, pause } from './bench.ts'
import { startServing } from './child.ts'
import { throughGateway, toUpstream } from './destination.ts'
import { Exchanger } from './exchange.ts'
import { seed } from './kept-data.ts'
import { residentMebibytes } from './measure.ts'
import { program } from './plain-program.ts'
import { startTarget } from './round.ts'
import type { Target } from './target.ts'
import { type Scenario, SCENARIOS } from './scenario.ts'
import type { Measured } from './summary.ts'

export interface StartScenario {
  readonly name: string
  readonly about: string
  /** Accounts in the gateway's data folder. */
  readonly accounts: number
  readonly targets: readonly Target[]
}

export const START_SCENARIOS: readonly StartScenario[] = [
  {
    name: 'start-up',
    about: 'from the start of the process until it listens and until its first answer; memory when idle',
    accounts: 1,
    targets: ['floor', 'gateway', 'direct'],
  },
  { name: 'start-up-10000', about: 'the same with 10,000 accounts in the data folder', accounts: 10_000, targets: ['gateway'] },
]

/** Memory is read twice: soon after the start, and when the process has long been left alone. Nobody forces a collection. */
const IDLE_MS = { full: { soon: 3_000, later: 15_000 }, small: { soon: 1_000, later: 2_000 } } as const

/** Any request that is answered at once. */
const FIRST: Scenario = SCENARIOS.find(({ name }) => name === 'burst') as Scenario

export async function startRounds(bench: Bench, { name, accounts, targets }: StartScenario): Promise<ReadonlyMap<Target, readonly Measured[]>> {
  const wanted = targets.filter(target => bench.targets.includes(target))
  const results = new Map<Target, Measured[]>(wanted.map(target => [target, []]))
  const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-bench-kept-'))
  try {
    const dataDir = accounts === 1 || wanted.length === 0 ? undefined : await seed({ folder, accounts })
    for (let round = 0; round < bench.rounds; round++) {
      for (const target of round % 2 === 0 ? wanted : wanted.toReversed()) {
        const measured = await startRound(bench, target, dataDir)
        results.get(target)?.push(measured)
        const { startMs = Number.NaN, firstAnswerMs = Number.NaN, idleMebibytes = Number.NaN } = measured.figures
        note(
          `${name} ${target} round ${round + 1}: listens after ${startMs.toFixed(0)} ms, answers after ${firstAnswerMs.toFixed(0)} ms, ${idleMebibytes.toFixed(0)} MiB idle`,
        )
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return results
}

async function startRound(bench: Bench, target: Target, dataDir: string | undefined): Promise<Measured> {
  const { pinning } = bench
  const upstream = await startServing({
    name: 'the upstream',
    args: [program('upstream.ts'), JSON.stringify(FIRST)],
    ...(pinning === undefined ? {} : { core: pinning.others }),
  })
  const plan = { scenario: FIRST, target, ...(pinning === undefined ? {} : { pinning }), ...(dataDir === undefined ? {} : { gateway: { dataDir } }) }
  const start = () =>
    target === 'direct'
      ? startServing({
          name: 'a second upstream',
          args: [program('upstream.ts'), JSON.stringify(FIRST)],
          ...(pinning === undefined ? {} : { core: pinning.target }),
        })
      : startTarget(plan, upstream.origin)
  const agent = new Agent()
  try {
    const started = performance.now()
    const first = await start()
    const exchange = await new Exchanger(agent, FIRST).ask(target === 'direct' ? toUpstream(first.origin, FIRST) : throughGateway(first.origin, FIRST))
    const firstAnswerMs = performance.now() - started
    await first.stop()
    // Another process: the first answer has loaded what an idle one has not.
    const idle = await start()
    const { soon, later } = IDLE_MS[bench.small ? 'small' : 'full']
    await pause(soon)
    const idleMebibytes = residentMebibytes(idle.pid)
    await pause(later - soon)
    const laterMebibytes = residentMebibytes(idle.pid)
    await idle.stop()
    const figures = {
      startMs: Math.min(first.readyMs, idle.readyMs),
      firstAnswerMs,
      idleMebibytes,
      laterMebibytes,
      errors: exchange.problem === undefined ? 0 : 1,
    }
    return {
      figures,
      raw: { ...figures, readyMs: [first.readyMs, idle.readyMs] },
      ...(exchange.problem === undefined ? {} : { firstProblem: exchange.problem }),
    }
  } finally {
    await agent.destroy()
    await upstream.stop()
  }
}
