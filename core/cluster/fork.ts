import { type ChildProcess, fork as forkProcess } from 'node:child_process'
import type { FrontDoor } from './front-door.ts'
import { type ConnectionMessage, isMessage, type WorkerMessage } from './worker-facts.ts'
import type { Fork } from './worker-process.ts'

/** Tells a worker which it is; set by this file, read by the process entry. */
export const WORKER_VARIABLE = 'KIRO_GATEWAY_WORKER'
export const FIRST_VARIABLE = 'KIRO_GATEWAY_FIRST_WORKER'

export interface WorkersPlan {
  /** The program, and its command line. */
  readonly script: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Gets its connections from here while it serves. */
  readonly door: Pick<FrontDoor, 'join' | 'leave' | 'lost' | 'taken'>
}

/** Starts workers, each a process of its own. */
export function workersOf({ script, args, environment, door }: WorkersPlan): Fork {
  const running = new Set<ChildProcess>()
  // Whoever insists on an end ends them all.
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL')
  })
  return ({ number, first }, { ready, ended }) => {
    // As after a launcher: it ends with the process at the other end of its channel, however that one ends.
    const own = { [WORKER_VARIABLE]: String(number), [FIRST_VARIABLE]: first ? '1' : '', KIRO_GATEWAY_LAUNCHED: '1' }
    const child = forkProcess(script, [...args], { env: { ...environment, ...own } })
    running.add(child)
    const taker = {
      // A failure to send is the end of the worker, which comes by itself.
      give: (socket: Parameters<ChildProcess['send']>[1], connection: number) =>
        void child.send({ kind: 'connection', connection } satisfies ConnectionMessage, socket, { keepOpen: true }, () => undefined),
    }
    const told = (message: WorkerMessage) => {
      switch (message.kind) {
        case 'ready':
          door.join(taker)
          return ready(message.facts)
        case 'taken':
          return door.taken(message.connection)
        case 'leaving':
          return door.leave(taker)
        default:
          return message satisfies never
      }
    }
    child.on('message', (message: unknown) => {
      if (isMessage(message)) told(message as WorkerMessage)
    })
    child.once('exit', (code, signal) => {
      running.delete(child)
      afterLastWords(child, () => door.lost(taker))
      ended(signal === null ? { code: code ?? 1 } : { signal })
    })
    child.on('error', error => {
      // With a process it is only its channel, and the end of the process follows.
      if (child.pid !== undefined || !running.delete(child)) return
      ended({ failure: error.message })
    })
    return { pid: child.pid ?? 0, kill: signal => void child.kill(signal) }
  }
}

/**
 * What a process said before it ended may still be in its channel, and a connection that it has taken must go to nobody
 * else. Node emits no `disconnect` while a socket is on its way there, but knows when it has read the end.
 */
function afterLastWords(child: ChildProcess, then: () => void): void {
  if (child.connected) setImmediate(() => afterLastWords(child, then))
  else setImmediate(then)
}
