import type { ServingFacts } from './worker-facts.ts'

/** A worker as the process sees it that looks after it. */
export interface WorkerProcess {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
}

/** How a worker ended: by itself with a code, by a signal, or it could not even be started. */
export type Ending = { readonly code: number } | { readonly signal: string } | { readonly failure: string }

/** Told of one worker: at most once that it serves, and once that it has ended. */
export interface WorkerEvents {
  readonly ready: (facts: ServingFacts) => void
  readonly ended: (ending: Ending) => void
}

export interface WorkerStart {
  /** Its place among the others, from 1; whoever replaces it has the same. */
  readonly number: number
  /** One alone may make what there must be once, such as the first client key. */
  readonly first: boolean
}

export type Fork = (start: WorkerStart, events: WorkerEvents) => WorkerProcess

export function endingWords(ending: Ending): string {
  if ('failure' in ending) return ending.failure
  return 'signal' in ending ? `signal ${ending.signal}` : `exit code ${ending.code}`
}
