import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, note, type Outcome } from '../bench.ts'
import { runForResult } from '../child.ts'
import { type KeptData, seed } from '../kept-data.ts'
import { named } from '../options.ts'
import { anthropicBody } from '../requests.ts'
import { runRound, script } from '../round.ts'
import { progress } from '../run-scenarios.ts'
import type { Scenario } from '../scenario.ts'
import { chart } from './chart.ts'
import type { Curve, Point, Selection, SelectionCost } from './curve.ts'
import { curveTable, panels, selectionTable } from './curve-report.ts'

const SELECTION_MS = 600_000

/** Short answers: what is asked is what a request costs, not what its events do. */
const ASKED: Scenario = {
  name: 'curve',
  about: '16 connections, closed loop, 10 events in one upstream write',
  load: { kind: 'closed', connections: 16 },
  request: 'small',
  stream: true,
  events: 10,
  paceMs: 0,
}
const FEW: Scenario['load'] = { kind: 'closed', connections: 4 }

interface Plan {
  readonly name: string
  readonly about: string
  readonly unit: string
  readonly kept: readonly number[]
  /** What the data folder holds; left out: what an empty one does. */
  readonly data?: (kept: number) => Omit<KeptData, 'folder'>
  readonly scenario?: (kept: number) => Scenario
  /** More warm-up than usual. */
  readonly moreWarmUpMs?: (kept: number) => number
}

/** Long enough for 10,000 first uses: each reads and prepares what later uses of the account find in memory. */
const FIRST_USE_MS = 1.2

const PLANS: readonly Plan[] = [
  {
    name: 'accounts',
    about: 'accounts in the pool',
    unit: 'accounts',
    kept: [1, 10, 100, 1000, 10_000],
    data: accounts => ({ accounts }),
    moreWarmUpMs: accounts => accounts * FIRST_USE_MS,
  },
  { name: 'keys', about: 'client keys', unit: 'keys', kept: [1, 10, 100, 1000, 10_000], data: keys => ({ accounts: 1, keys }) },
  { name: 'records', about: 'hours of use on record, of 100 accounts', unit: 'hours', kept: [1, 24, 720], data: hours => ({ accounts: 100, hours }) },
  {
    name: 'messages',
    about: 'messages of history in the request',
    unit: 'messages',
    kept: [10, 30, 100, 300, 1000],
    scenario: messages => ({ ...ASKED, load: FEW, request: { messages } }),
  },
]

const SELECTION = 'selection'

/** What a request costs as a function of what is kept, as tables and as a picture. */
export async function runCurves(bench: Bench, { picture }: { readonly picture: string }): Promise<Outcome> {
  const names = bench.names?.map(name => named('curve', name, [...PLANS.map(plan => plan.name), SELECTION]))
  const wanted = (name: string) => names?.includes(name) ?? true
  const problems: string[] = []
  const curves: Curve[] = []
  for (const plan of PLANS.filter(({ name }) => wanted(name))) curves.push(await measure(bench, plan, problems))
  const selection = wanted(SELECTION) ? await selectionCosts(bench, problems) : undefined
  const all = panels(curves, selection)
  writeFileSync(picture, chart(all))
  note(`the picture is in ${picture}`)
  const tables = [...curves.map(curveTable), ...(selection === undefined ? [] : [selectionTable(selection)])]
  return { text: tables.join('\n\n'), data: { rounds: bench.rounds, curves, ...(selection === undefined ? {} : { selection }) }, problems }
}

async function measure(bench: Bench, plan: Plan, problems: string[]): Promise<Curve> {
  const { name, about, unit } = plan
  const kept = bench.small ? [plan.kept[0] as number, plan.kept.at(-1) as number] : plan.kept
  const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-bench-kept-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const folders = new Map<number, string>()
    for (const amount of plan.data === undefined ? [] : kept) {
      note(`filling a data folder: ${amount} ${unit}`)
      folders.set(amount, await seed({ folder, ...(plan.data as NonNullable<Plan['data']>)(amount) }))
    }
    const points = new Map<number, Point>()
    for (let round = 0; round < bench.rounds; round++) {
      // Up and down again: what drifts on the machine shall not look like a curve.
      for (const amount of round % 2 === 0 ? kept : kept.toReversed()) {
        const point = await pointAt({ bench, plan, problems }, amount, folders.get(amount))
        points.set(amount, lower(points.get(amount), point))
      }
    }
    return { name, about, unit, points: kept.flatMap(amount => points.get(amount) ?? []) }
  } finally {
    process.removeListener('exit', remove)
    remove()
  }
}

interface Measuring {
  readonly bench: Bench
  readonly plan: Plan
  readonly problems: string[]
}

async function pointAt({ bench, plan, problems }: Measuring, kept: number, dataDir: string | undefined): Promise<Point> {
  const scenario = plan.scenario?.(kept) ?? ASKED
  const ask = async (target: 'gateway' | 'floor') => {
    const { warmUpMs, measureMs, pinning, profile } = bench
    const result = await runRound({
      scenario,
      target,
      warmUpMs: warmUpMs + (plan.moreWarmUpMs?.(kept) ?? 0),
      measureMs,
      ...(pinning === undefined ? {} : { pinning }),
      ...(profile === undefined ? {} : { profile }),
      ...(dataDir === undefined ? {} : { gateway: { dataDir } }),
    })
    note(`${plan.name} ${kept} ${target}: ${progress(result)}`)
    if (result.firstProblem !== undefined) problems.push(`incomplete answers, ${kept} ${plan.unit}, ${target}: ${result.firstProblem}`)
    return result.cpuMs / result.requests
  }
  const perRequest = await ask('gateway')
  if (plan.scenario === undefined) return { kept, perRequest }
  return { kept, perRequest, floorPerRequest: await ask('floor'), kilobytes: anthropicBody(scenario).length / 1024 }
}

/** The better of two rounds, each figure for itself: neighbours only add. */
function lower(known: Point | undefined, point: Point): Point {
  if (known === undefined) return point
  const floor = Math.min(known.floorPerRequest ?? Infinity, point.floorPerRequest ?? Infinity)
  return { ...point, perRequest: Math.min(known.perRequest, point.perRequest), ...(Number.isFinite(floor) ? { floorPerRequest: floor } : {}) }
}

async function selectionCosts(bench: Bench, problems: string[]): Promise<Selection> {
  const { pinning } = bench
  const said = await runForResult({
    name: 'the choice of accounts',
    args: ['--conditions=kiro-gateway-source', script('curves/selection.ts')],
    longestMs: SELECTION_MS,
    ...(pinning === undefined ? {} : { core: pinning.target }),
  })
  let floor = Infinity
  for (let round = 0; round < bench.rounds; round++) {
    const { warmUpMs, measureMs } = bench
    const result = await runRound({ scenario: ASKED, target: 'floor', warmUpMs, measureMs, ...(pinning === undefined ? {} : { pinning }) })
    if (result.firstProblem !== undefined) problems.push(`incomplete answers, floor: ${result.firstProblem}`)
    floor = Math.min(floor, result.cpuMs / result.requests)
  }
  note(`the floor's request costs ${floor.toFixed(3)} CPU-ms`)
  return { costs: JSON.parse(said) as readonly SelectionCost[], floorMicroseconds: floor * 1000 }
}
