import cluster, { type Worker } from 'node:cluster'
import { isReadyMessage } from './worker-facts.ts'
import type { Fork } from './worker-process.ts'

/** Tells a worker which it is; set by this file, read by the process entry. */
export const WORKER_VARIABLE = 'KIRO_GATEWAY_WORKER'
export const FIRST_VARIABLE = 'KIRO_GATEWAY_FIRST_WORKER'

/**
 * Makes workers of this very program.
 * @param args their command line
 */
export function workersOf(args: readonly string[]): Fork {
  // The kernel gives most connections to whoever asked last, and a stream stays where it came in: turns are fairer. The
  // listening socket is then this process's, so nobody is refused while a worker is replaced.
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({ args: [...args] })
  const running = new Set<Worker>()
  // Whoever insists on an end ends them all.
  process.on('exit', () => {
    for (const worker of running) worker.process.kill('SIGKILL')
  })
  return ({ number, first }, { ready, ended }) => {
    const worker = cluster.fork({ [WORKER_VARIABLE]: String(number), [FIRST_VARIABLE]: first ? '1' : '' })
    running.add(worker)
    worker.on('message', (message: unknown) => {
      if (isReadyMessage(message)) ready(message.facts)
    })
    worker.once('exit', (code, signal) => {
      running.delete(worker)
      ended(signal ? { signal } : { code })
    })
    worker.on('error', error => {
      // With a process it is only its channel, and the end of the process follows.
      if (worker.process.pid !== undefined || !running.delete(worker)) return
      ended({ failure: error.message })
    })
    return { pid: worker.process.pid ?? 0, kill: signal => void worker.process.kill(signal) }
  }
}
