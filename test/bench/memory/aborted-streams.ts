import { abandonStreams, lastThirdAboveMiddle, openStream } from '../../support/abandoned-streams.ts'
import { type Bench, note, pause } from '../bench.ts'
import { CLIENT_KEY } from '../destination.ts'
import { anthropicBody } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import type { Finding } from './finding.ts'
import { startWatched, type WatchedTarget } from './watched-target.ts'

const ROUNDS = 9
const WAVES = 30
const AT_ONCE = 50
const QUIET_MS = { full: 60_000, small: 2_000 } as const
const RELEASED_WITHIN_MS = 10_000

const SCENARIO: Scenario = {
  name: 'aborted',
  about: 'streams whose clients leave after the first words',
  load: { kind: 'held', streams: AT_ONCE },
  request: 'small',
  stream: true,
  events: 400,
  paceMs: 20,
}

/** 9 × 1500 streams that their clients leave: what do they leave behind? */
export async function abortedStreams(bench: Bench): Promise<readonly Finding[]> {
  const process = await startWatched(bench, SCENARIO, 'gateway')
  const body = anthropicBody(SCENARIO)
  const floors: number[] = []
  const heaps: number[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const open = () => openStream({ url: process.origin, key: CLIENT_KEY, body })
      await abandonStreams(open, { waves: bench.small ? 3 : WAVES, size: AT_ONCE, released: () => released(process) })
      // Before the collection that the heap's figure takes: resident memory is as it comes.
      floors.push(process.resident())
      if (round % 3 === 2) heaps.push(await process.liveHeap())
      note(`aborted round ${round + 1}: ${floors.at(-1)?.toFixed(0)} MiB`)
    }
    await pause(QUIET_MS[bench.small ? 'small' : 'full'])
    const part = `${ROUNDS} × ${(bench.small ? 3 : WAVES) * AT_ONCE} aborted streams`
    const afterwards = process.resident()
    return [
      {
        part,
        about: 'resident memory, last third above the middle one',
        value: lastThirdAboveMiddle(floors),
        unit: 'MiB',
        goal: { name: 'R14', must: 25, aim: 5 },
      },
      {
        part,
        about: 'live heap, after the last third above after the middle one',
        value: (heaps.at(-1) ?? Number.NaN) - (heaps.at(-2) ?? Number.NaN),
        unit: 'MiB',
      },
      {
        part,
        about: 'resident memory a minute later by that after the first round',
        value: afterwards / (floors[0] ?? Number.NaN),
        unit: '×',
        goal: { name: 'goal', must: 1.15, aim: 1.15 },
      },
    ]
  } finally {
    await process.stop()
  }
}

/** Until nothing is open at the upstream any more. */
async function released({ upstream }: WatchedTarget): Promise<void> {
  const until = performance.now() + RELEASED_WITHIN_MS
  for (;;) {
    const { open } = (await (await fetch(`${upstream}/bench/streams`)).json()) as { readonly open: number }
    if (open === 0) return
    if (performance.now() > until) throw new Error(`${open} streams are still open at the upstream ${RELEASED_WITHIN_MS / 1000} s after their clients left`)
    await pause(5)
  }
}
