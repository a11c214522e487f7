import { join } from 'node:path'
import { runForResult } from './child.ts'
import { script } from './round.ts'

/** How much a data folder holds. */
export interface KeptData {
  /** Where it is made. */
  readonly folder: string
  readonly accounts: number
  /** Client keys; the one that the benchmark uses is among them. Default: that one. */
  readonly keys?: number
  /** For how long the accounts have been in use: their timelines, counters and quota readings. Default 0. */
  readonly hours?: number
}

const LONGEST_MS = 600_000

/** Fills a data folder with the gateway's own code, in a process of its own; gives back its path. */
export async function seed({ folder, ...amount }: KeptData): Promise<string> {
  const dataDir = join(folder, `data-${amount.accounts}-${amount.keys ?? 1}-${amount.hours ?? 0}`)
  const said = await runForResult({
    name: 'the filling of a data folder',
    args: ['--conditions=kiro-gateway-source', script('fill-data.ts'), JSON.stringify({ dataDir, ...amount })],
    directory: folder,
    longestMs: LONGEST_MS,
  })
  if (!said.startsWith('filled')) throw new Error(`a data folder could not be filled: ${said}`)
  return dataDir
}
