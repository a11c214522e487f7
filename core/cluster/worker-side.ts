import cluster from 'node:cluster'
import { FIRST_VARIABLE, WORKER_VARIABLE } from './fork.ts'
import type { ReadyMessage, ServingFacts } from './worker-facts.ts'

/** This process as one of several workers. */
export interface WorkerSide {
  readonly number: number
  /** Whether it may make what there must be once. */
  readonly first: boolean
  /** It listens and has opened its data. */
  ready(facts: ServingFacts): void
}

/** Undefined in a process that serves alone, and in the one that looks after workers. */
export function workerSide(environment: Readonly<Record<string, string | undefined>>): WorkerSide | undefined {
  if (!cluster.isWorker) return undefined
  return {
    number: Number(environment[WORKER_VARIABLE]),
    first: environment[FIRST_VARIABLE] === '1',
    ready: facts => void process.send?.({ kind: 'ready', facts } satisfies ReadyMessage),
  }
}
