import { Socket } from 'node:net'
import { FIRST_VARIABLE, WORKER_VARIABLE } from './fork.ts'
import { isMessage, type ServingFacts, type WorkerMessage } from './worker-facts.ts'

/** This process as one of several workers. */
export interface WorkerSide {
  readonly number: number
  /** Whether it may make what there must be once. */
  readonly first: boolean
  /** It can serve: connections come from now on. */
  ready(facts: ServingFacts, take: (connection: Socket) => void): void
  /** It wants no more of them. */
  leaving(): void
  /** It has nothing left to do. */
  over(): void
}

/** Undefined in a process that serves alone, and in the one that looks after workers. */
export function workerSide(environment: Readonly<Record<string, string | undefined>>): WorkerSide | undefined {
  const number = Number(environment[WORKER_VARIABLE])
  if (!process.send || !Number.isInteger(number) || number < 1) return undefined
  // Whoever is at the other end may be gone, and then so are we.
  const tell = (message: WorkerMessage) => void process.send?.(message, undefined, undefined, () => undefined)
  return {
    number,
    first: environment[FIRST_VARIABLE] === '1',
    ready: (facts, take) => {
      process.on('message', (message: unknown, socket: unknown) => {
        if (!isMessage(message) || message.kind !== 'connection' || !('connection' in message)) return
        // First: once we have read from it nobody else may be given it.
        tell({ kind: 'taken', connection: Number(message.connection) })
        if (socket instanceof Socket) take(socket)
      })
      tell({ kind: 'ready', facts })
      // Without a port of its own, what it waits for comes from here.
      process.channel?.ref()
    },
    leaving: () => tell({ kind: 'leaving' }),
    over: () => process.channel?.unref(),
  }
}
