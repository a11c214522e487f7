import type { Bench } from '../bench.ts'
import { type ServingChild, startServing } from '../child.ts'
import { residentMebibytes } from '../measure.ts'
import { program } from '../plain-program.ts'
import { startTarget } from '../round.ts'
import type { Target } from '../target.ts'
import type { Scenario } from '../scenario.ts'
import { liveHeapMebibytes } from './live-heap.ts'

/** A target whose memory can be looked at from outside. */
export interface WatchedTarget {
  readonly origin: string
  readonly upstream: string
  resident(): number
  /** After a full collection: it changes what `resident` shows next. */
  liveHeap(): Promise<number>
  stop(): Promise<void>
}

/** Upstream and target, each fresh; the target lets its heap be asked. */
export async function startWatched(bench: Bench, scenario: Scenario, target: Exclude<Target, 'direct'>): Promise<WatchedTarget> {
  const { pinning } = bench
  const upstream = await startServing({
    name: 'the upstream',
    args: [program('upstream.ts'), JSON.stringify(scenario)],
    ...(pinning === undefined ? {} : { core: pinning.others }),
  })
  const child = await startTarget(
    { scenario, target, nodeArguments: ['--inspect=127.0.0.1:0'], ...(pinning === undefined ? {} : { pinning }) },
    upstream.origin,
  ).catch(async (error: unknown) => {
    await upstream.stop()
    throw error
  })
  return watched(child, upstream)
}

export function watched(child: ServingChild, upstream: Pick<ServingChild, 'origin' | 'stop'>): WatchedTarget {
  return {
    origin: child.origin,
    upstream: upstream.origin,
    resident: () => residentMebibytes(child.pid),
    liveHeap: () => liveHeapMebibytes(child.inspector ?? ''),
    stop: async () => {
      await child.stop()
      await upstream.stop()
    },
  }
}
