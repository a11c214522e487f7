import type { WorkerSide } from '../cluster/worker-side.ts'
import type { ServingFacts } from '../cluster/worker-facts.ts'
import { removeRunFile, writeRunFile } from '../container/run-file.ts'
import type { Settings } from '../contract/settings.ts'
import { Gateway } from '../gateway.ts'
import { createLogger } from '../telemetry/log.ts'
import { banner } from './banner.ts'
import { cannotListen } from './cannot-listen.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { endSignal } from './end-signal.ts'

/** Runs one gateway in this process until it is asked to end. */
export async function serve({ output, version }: CommandContext, settings: Settings): Promise<ExitCode> {
  const gateway = await Gateway.open(settings, version)
  const ended = endSignal()
  const { log } = gateway.services
  for (const note of settings.notes) log.warn(note)
  try {
    const { url } = await gateway.listen().catch((error: unknown) => Promise.reject(cannotListen(error, settings)))
    // Only now: a key that is made is shown, and it is shown once.
    const facts = await servingFacts(gateway, true)
    writeRunFile(settings.dataDir, { pid: process.pid, url, startedAt: Date.now() })
    output.notice(banner({ version, url, ...facts }))
    output.line(`kiro-gateway ready on ${url}`)
    log.info('shutting down', { signal: await ended })
  } finally {
    removeRunFile(settings.dataDir)
    await gateway.close()
  }
  return 0
}

/** Runs one gateway of several, on connections that another process accepts. */
export async function serveAsWorker(worker: WorkerSide, version: string, settings: Settings): Promise<ExitCode> {
  const { number, first } = worker
  const gateway = await Gateway.open(settings, version, { worker: number, log: createLogger(settings.log).child({ worker: number }) })
  const ended = endSignal()
  try {
    worker.ready(await servingFacts(gateway, first), connection => gateway.take(connection))
    gateway.services.log.info('shutting down', { signal: await ended })
    worker.leaving()
  } finally {
    await gateway.close()
    worker.over()
  }
  return 0
}

async function servingFacts({ services, sandboxed }: Gateway, mayMakeKey: boolean): Promise<ServingFacts> {
  const { keys, settings } = services
  const isMissing = mayMakeKey && settings.auth === 'keys' && keys.size === 0
  return isMissing ? { sandboxed, firstKey: (await keys.create({ label: 'first key' })).key } : { sandboxed }
}
