// The load generator, a process of its own: warms the target up, then measures one window and prints what it saw as JSON.
import { Agent } from 'undici'
import { endWithParent } from './child-side.ts'
import { throughGateway, toUpstream } from './destination.ts'
import { Exchanger } from './exchange.ts'
import { coreBusyMs, cpuMs, quantile, residentMebibytes } from './measure.ts'
import type { Scenario } from './scenario.ts'

export interface LoadJob {
  readonly scenario: Scenario
  readonly upstream: string
  /** The gateway or the floor; left out: the upstream is asked itself. */
  readonly gateway?: string
  /** The process whose CPU time is measured. */
  readonly pid: number
  /** The core that it has for itself. */
  readonly core?: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface LoadResult {
  readonly windowMs: number
  readonly cpuMs: number
  /** Time for which others used the target's core in the window. */
  readonly neighboursMs?: number
  readonly residentMebibytes: number
  readonly requests: number
  readonly events: number
  readonly bytes: number
  /** Since the start, warm-up included. */
  readonly errors: number
  readonly firstProblem?: string
  /** What asking through the target adds to the time until the first event, over asking the upstream. */
  readonly added?: Quantiles
  /** How long events were on their way, where they tell when they were sent. */
  readonly transit?: Quantiles
  /** Of streams that stay: how many, and the target's memory before the first. */
  readonly held?: { readonly streams: number; readonly idleMebibytes: number }
}

interface Quantiles {
  readonly p50: number
  readonly p99: number
}

const OPEN_STEP_MS = 5
/** Before streams that stay, the target is left alone for so long. */
const IDLE_MS = 1_000

/** A scenario's loop, running until it is told to stop. */
interface Loop {
  /** Differences to the direct way, in ms, since they were last taken. */
  takeAdded(): readonly number[]
  stop(): void
  /** When all streams that stay have ended: only then it is known whether they were whole. */
  ended?(): Promise<unknown>
}

function startLoop(scenario: Scenario, exchanger: Exchanger, job: LoadJob): Loop {
  let running = true
  let added: number[] = []
  const stop = () => {
    running = false
  }
  const takeAdded = () => {
    const taken = added
    added = []
    return taken
  }
  const direct = toUpstream(job.upstream, scenario)
  const destination = job.gateway === undefined ? direct : throughGateway(job.gateway, scenario)
  const { load } = scenario
  switch (load.kind) {
    case 'closed': {
      const again = (): void => {
        if (running) void exchanger.ask(destination).then(again)
      }
      for (let connection = 0; connection < load.connections; connection++) again()
      return { takeAdded, stop }
    }
    case 'open': {
      const start = performance.now()
      let sent = 0
      const timer = setInterval(() => {
        const due = ((performance.now() - start) / 1000) * load.perSecond
        for (; sent < due; sent++) void exchanger.ask(destination)
      }, OPEN_STEP_MS)
      return { takeAdded, stop: () => clearInterval(timer) }
    }
    case 'paired': {
      const aside = new Exchanger(agent, scenario)
      const again = async (): Promise<void> => {
        while (running) {
          const before = await aside.ask(direct)
          const through = await exchanger.ask(destination)
          if (before.problem === undefined && through.problem === undefined) added.push(through.firstEventMs - before.firstEventMs)
        }
      }
      void again()
      return { takeAdded, stop }
    }
    case 'held': {
      // All are there well before the window, and their events do not fall on one moment.
      const apartMs = job.warmUpMs / 2 / load.streams
      const streams = Array.from({ length: load.streams }, (_, index) => pause(index * apartMs).then(() => exchanger.ask(destination)))
      return { takeAdded, stop, ended: () => Promise.all(streams) }
    }
    default:
      return load satisfies never
  }
}

interface Snapshot {
  readonly at: number
  readonly cpu: number
  readonly busy: number | undefined
  readonly requests: number
  readonly events: number
  readonly bytes: number
}

function snapshot({ pid, core }: LoadJob, { tally }: Exchanger): Snapshot {
  const { requests, events, bytes } = tally
  return { at: performance.now(), cpu: cpuMs(pid), busy: core === undefined ? undefined : coreBusyMs(core), requests, events, bytes }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

async function measure(job: LoadJob): Promise<LoadResult> {
  const { scenario } = job
  const exchanger = new Exchanger(agent, scenario)
  if (scenario.load.kind === 'held') await pause(IDLE_MS)
  const idleMebibytes = residentMebibytes(job.pid)
  const loop = startLoop(scenario, exchanger, job)
  await pause(job.warmUpMs)
  loop.takeAdded()
  exchanger.transits = []
  const before = snapshot(job, exchanger)
  await pause(job.measureMs)
  const after = snapshot(job, exchanger)
  const added = loop.takeAdded()
  const { transits } = exchanger
  const resident = residentMebibytes(job.pid)
  loop.stop()
  exchanger.transits = []
  await loop.ended?.()
  const { errors, firstProblem } = exchanger.tally
  const used = after.cpu - before.cpu
  return {
    windowMs: after.at - before.at,
    cpuMs: used,
    ...(before.busy === undefined || after.busy === undefined ? {} : { neighboursMs: Math.max(0, after.busy - before.busy - used) }),
    residentMebibytes: resident,
    requests: after.requests - before.requests,
    events: after.events - before.events,
    bytes: after.bytes - before.bytes,
    errors,
    ...(firstProblem === undefined ? {} : { firstProblem }),
    ...(added.length === 0 ? {} : { added: quantiles(added) }),
    ...(transits.length === 0 ? {} : { transit: quantiles(transits) }),
    ...(scenario.load.kind === 'held' ? { held: { streams: scenario.load.streams, idleMebibytes } } : {}),
  }
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((left, right) => left - right)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

const agent = new Agent({ connections: null, pipelining: 1, keepAliveTimeout: 30_000, headersTimeout: 10_000, bodyTimeout: 10_000 })
endWithParent()
const result = await measure(JSON.parse(process.argv[2] ?? '{}') as LoadJob)
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
