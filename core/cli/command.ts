import type { Flags, Settings } from '../contract/settings.ts'
import type { WorkerSide } from '../cluster/worker-side.ts'
import type { Output } from './output.ts'

/** What every command gets. */
export interface CommandContext {
  readonly load: (flags: Flags) => Promise<Settings>
  readonly output: Output
  readonly version: string
  readonly readStdin: () => Promise<string>
  /** Absent unless this process is one of several workers. */
  readonly worker?: WorkerSide
}

/** Done; or a fault, or a wrong use, that has been told already. */
export type ExitCode = 0 | 1 | 2
