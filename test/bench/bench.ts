import type { BenchOptions } from './options.ts'
import type { Pinning } from './target.ts'

/** The options of a run with what the machine allows. */
export interface Bench extends BenchOptions {
  readonly pinning?: Pinning
}

/** What a run has to say: to people, to programs, and what must not have happened. */
export interface Outcome {
  readonly text: string
  readonly data: object
  /** Incomplete answers and the like; figures never are. */
  readonly problems: readonly string[]
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`)
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
