import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { type Bench, note, pause } from '../bench.ts'
import { startServing } from '../child.ts'
import { startGateway } from '../gateway.ts'
import { script } from '../round.ts'
import type { Finding } from './finding.ts'
import { type SoakRequest, soakRequest } from './soak-requests.ts'
import { floorsOf, risePerHour, type Sample } from './trend.ts'
import { watched, type WatchedTarget } from './watched-target.ts'

const PER_SECOND = 60
/** Faults among the calls that reach the upstream: one in twenty. */
const FAULTS_PER_SECOND = 3
const STEP_MS = 20
const SAMPLE_MS = 1_000
/** Between two of these, a young heap has been collected at least once. */
const STRETCH_MS = 10_000
const MINUTE_MS = 60_000
/** In less, a megabyte more or less of a collector's mood is dozens per hour: the figure is shown, and not judged. */
const JUDGED_MINUTES = 30
/** How a stream that has begun tells of a failure, in either form. */
const FAILURE = /^(event: error|data: \{"error")/m

interface Counts {
  sent: number
  answered: number
  left: number
  /** Answers that ended with an error inside; they are answered as well. */
  failedWithin: number
  /** Answers that told of a failure, by status. */
  readonly failed: Map<number, number>
  /** The connection broke without an answer. */
  broken: number
}

/** Mixed load with aborts, faults and renewals for some minutes: does memory rise? */
export async function soak({ pinning }: Bench, minutes: number): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-bench-soak-'))
  const credentials = join(folder, 'credentials.json')
  const agent = new Agent({ connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  const upstream = await startServing({
    name: 'the simulator',
    args: ['--conditions=kiro-gateway-source', script('memory/soak-upstream.ts'), credentials, String(FAULTS_PER_SECOND)],
    ...(pinning === undefined ? {} : { core: pinning.others }),
  })
  try {
    const child = await startGateway({
      upstream: upstream.origin,
      credentials,
      nodeArguments: ['--inspect=127.0.0.1:0'],
      ...(pinning === undefined ? {} : { core: pinning.target }),
    })
    const process = watched(child, { origin: upstream.origin, stop: () => Promise.resolve() })
    try {
      return await run({ process, agent, errors: () => child.errors() }, minutes)
    } finally {
      await process.stop()
    }
  } finally {
    await agent.destroy()
    await upstream.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Soaking {
  readonly process: WatchedTarget
  readonly agent: Agent
  readonly errors: () => string
}

async function run({ process, agent, errors }: Soaking, minutes: number): Promise<readonly Finding[]> {
  const counts: Counts = { sent: 0, answered: 0, left: 0, failedWithin: 0, failed: new Map(), broken: 0 }
  const started = performance.now()
  const elapsed = () => performance.now() - started
  const load = setInterval(() => {
    for (const due = (elapsed() / 1000) * PER_SECOND; counts.sent < due; ) send(agent, process.origin, counts)
  }, STEP_MS)
  const samples: Sample[] = []
  const heaps: Sample[] = []
  const total = minutes * MINUTE_MS
  try {
    while (elapsed() < total) {
      await pause(SAMPLE_MS)
      samples.push({ atMs: elapsed(), value: process.resident() })
      // Early: a forced collection makes resident memory grow anew, and it is looked at in the second half.
      if (heaps.length === 0 && elapsed() > total / 6) heaps.push(await lookInto(process, elapsed()))
    }
    heaps.push(await lookInto(process, elapsed()))
  } finally {
    clearInterval(load)
  }
  const { sent, answered, left, failedWithin, failed, broken } = counts
  const statuses = [...failed].map(([status, times]) => `${times} × ${status}`).join(', ') || 'none'
  note(
    `soak: ${sent} requests, ${answered} answered (${failedWithin} with an error inside), ${left} left by their clients, ${broken} broken off, failed: ${statuses}`,
  )
  const part = `soak, ${minutes} min at ${PER_SECOND}/s`
  const judged = minutes < JUDGED_MINUTES ? {} : { goal: { name: 'R25', must: 5, aim: 1 } }
  const late = floorsOf(
    samples.filter(({ atMs }) => atMs > total / 2),
    STRETCH_MS,
  )
  const others = [...failed].reduce((sum, [status, times]) => sum + (status === 500 ? times : 0), 0)
  return [
    { part, about: 'rise of resident memory, second half, per hour', value: risePerHour(late), unit: 'MiB/h', ...judged },
    { part, about: 'rise of the live heap, per hour', value: risePerHour(heaps), unit: 'MiB/h', ...judged },
    { part, about: 'live heap at the end', value: heaps.at(-1)?.value ?? Number.NaN, unit: 'MiB' },
    {
      part,
      about: 'unhandled errors and answers with status 500',
      value: others + (errors().match(/unhandled|uncaught/gi)?.length ?? 0),
      unit: '',
      goal: { name: 'R25', must: 0, aim: 0 },
    },
    { part, about: 'requests answered, left by their clients included', value: (100 * (answered + left)) / sent, unit: '%' },
  ]
}

async function lookInto(process: WatchedTarget, atMs: number): Promise<Sample> {
  const resident = process.resident()
  const value = await process.liveHeap()
  note(`soak after ${Math.round(atMs / 1000)} s: ${resident.toFixed(0)} MiB resident, ${value.toFixed(1)} MiB live heap`)
  return { atMs, value }
}

function send(agent: Agent, origin: string, counts: Counts): void {
  const { path, headers, body, leaves }: SoakRequest = soakRequest(counts.sent)
  counts.sent += 1
  let status = 0
  agent.dispatch(
    { origin, path, method: 'POST', headers, body },
    {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, received) => {
        status = received
      },
      onResponseData: (controller, chunk) => {
        if (FAILURE.test(chunk.toString('latin1'))) counts.failedWithin += 1
        if (leaves) controller.abort(new Error('left'))
      },
      onResponseEnd: () => {
        if (status === 200) counts.answered += 1
        else counts.failed.set(status, (counts.failed.get(status) ?? 0) + 1)
      },
      onResponseError: () => {
        if (leaves && status === 200) counts.left += 1
        else counts.broken += 1
      },
    },
  )
}
