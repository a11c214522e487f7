import type { Bench, Outcome } from '../bench.ts'
import { named } from '../options.ts'
import { abortedStreams } from './aborted-streams.ts'
import { type Finding, findingTable } from './finding.ts'
import { quietStreams } from './quiet-streams.ts'
import { soak } from './soak.ts'

/** Memory is read once per run: what is asked is how it grows, and that takes its time. */
const PARTS = ['quiet-1000', 'quiet-5000', 'aborted', 'soak'] as const

export async function runMemory(bench: Bench, { soakMinutes }: { readonly soakMinutes: number }): Promise<Outcome> {
  const names = bench.names?.map(name => named('memory run', name, PARTS))
  const findings: Finding[] = []
  for (const part of PARTS) {
    if (names !== undefined && !names.includes(part)) continue
    findings.push(...(await run(bench, part, soakMinutes)))
  }
  const notWhole = findings.filter(({ about, value }) => about.startsWith('streams that were not whole') && value > 0)
  return { text: findingTable(findings), data: { findings }, problems: notWhole.map(({ part, value }) => `${part}: ${value} streams were not whole`) }
}

function run(bench: Bench, part: (typeof PARTS)[number], soakMinutes: number): Promise<readonly Finding[]> {
  switch (part) {
    case 'quiet-1000':
      return quietStreams(bench, 1000)
    case 'quiet-5000':
      return quietStreams(bench, 5000)
    case 'aborted':
      return abortedStreams(bench)
    case 'soak':
      return soak(bench, soakMinutes)
    default:
      return part satisfies never
  }
}
