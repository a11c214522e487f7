import { Agent } from 'undici'
import { type Bench, note, pause } from '../bench.ts'
import { throughGateway } from '../destination.ts'
import { Exchanger } from '../exchange.ts'
import type { Scenario } from '../scenario.ts'
import type { Finding } from './finding.ts'
import { startWatched } from './watched-target.ts'

const OPEN_WITHIN_MS = 60_000
const WARM_UP_REQUESTS = 500
const SETTLE_MS = 5_000
const AT_ONCE = 100

/** Streams that say one word and fall silent, as while a model thinks: what does one of them hold? */
export async function quietStreams(bench: Bench, streams: number): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const target of ['floor', 'gateway'] as const) findings.push(...(await hold(bench, streams, target)))
  return findings
}

async function hold(bench: Bench, streams: number, target: 'floor' | 'gateway'): Promise<readonly Finding[]> {
  const part = `${streams} quiet streams`
  const scenario: Scenario = { name: part, about: part, load: { kind: 'held', streams }, request: 'small', stream: true, events: 1, paceMs: 1000, quiet: true }
  const process = await startWatched(bench, scenario, target)
  const agent = new Agent({ connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  try {
    const destination = throughGateway(process.origin, scenario)
    const release = () => fetch(`${process.upstream}/bench/release`, { method: 'POST', body: '' })
    // What the first requests load and compile is nobody's stream.
    for (let served = 0; served < WARM_UP_REQUESTS; served += AT_ONCE) {
      const warm = new Exchanger(agent, scenario)
      const all = Promise.all(Array.from({ length: AT_ONCE }, () => warm.ask(destination)))
      await openedIn(warm, AT_ONCE)
      await release()
      await all
    }
    const idleHeap = await process.liveHeap()
    await pause(SETTLE_MS)
    // After the collection, so that no garbage of the warm-up makes room for streams.
    const idle = process.resident()
    const exchanger = new Exchanger(agent, scenario)
    const ended: Promise<unknown>[] = []
    for (let opened = 0; opened < streams; opened += AT_ONCE) {
      for (let index = 0; index < AT_ONCE; index++) ended.push(exchanger.ask(destination))
      await openedIn(exchanger, opened + AT_ONCE)
    }
    await pause(SETTLE_MS)
    const resident = process.resident()
    const heap = await process.liveHeap()
    await release()
    await Promise.all(ended)
    const { requests, errors, firstProblem } = exchanger.tally
    note(
      `${part} ${target}: ${idle.toFixed(0)} to ${resident.toFixed(0)} MiB, ${requests} whole, ${errors} not${firstProblem === undefined ? '' : ` (${firstProblem})`}`,
    )
    const each = { part: `${part}, ${target}`, unit: 'KiB' } as const
    const goals = target === 'gateway'
    return [
      {
        ...each,
        about: 'resident memory of each',
        value: ((resident - idle) * 1024) / streams,
        ...(goals ? { goal: { name: 'R16', must: 100, aim: 40 } } : {}),
      },
      { ...each, about: 'live heap of each', value: ((heap - idleHeap) * 1024) / streams },
      { ...each, about: 'streams that were not whole at the end', unit: '', value: errors, ...(goals ? { goal: { name: 'R16', must: 0, aim: 0 } } : {}) },
    ]
  } finally {
    await agent.destroy()
    await process.stop()
  }
}

/** Until so many streams have said their word, or have failed. */
async function openedIn({ tally }: Exchanger, count: number): Promise<void> {
  const until = performance.now() + OPEN_WITHIN_MS
  while (tally.events + tally.errors < count) {
    if (performance.now() > until) throw new Error(`of ${count} streams only ${tally.events} opened within ${OPEN_WITHIN_MS / 1000} s`)
    await pause(5)
  }
}
