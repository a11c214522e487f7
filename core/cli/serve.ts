import type { ServingFacts } from '../cluster/worker-facts.ts'
import { removeRunFile, writeRunFile } from '../container/run-file.ts'
import type { Settings } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { Gateway } from '../gateway.ts'
import { createLogger } from '../telemetry/log.ts'
import { banner } from './banner.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { endSignal } from './end-signal.ts'

/** Runs one gateway in this process until it is asked to end. */
export async function serve({ output, version, worker }: CommandContext, settings: Settings): Promise<ExitCode> {
  const gateway = await Gateway.open(settings, version, worker && { worker: worker.number, log: createLogger(settings.log).child({ worker: worker.number }) })
  const ended = endSignal()
  const { log, keys } = gateway.services
  if (worker === undefined) for (const note of settings.notes) log.warn(note)
  try {
    const { url } = await gateway.listen().catch((error: unknown) => Promise.reject(cannotListen(error, settings)))
    // Only now: a key that is made is shown, and it is shown once.
    const isFirst = worker === undefined || worker.first
    const firstKey = isFirst && settings.auth === 'keys' && keys.size === 0 ? (await keys.create({ label: 'first key' })).key : undefined
    const facts: ServingFacts = { url, sandboxed: gateway.sandboxed, ...(firstKey === undefined ? {} : { firstKey }) }
    if (worker) worker.ready(facts)
    else {
      writeRunFile(settings.dataDir, { pid: process.pid, url, startedAt: Date.now() })
      output.notice(banner(version, facts))
      output.line(`kiro-gateway ready on ${url}`)
    }
    const signal = await ended
    log.info('shutting down', { signal })
  } finally {
    if (worker === undefined) removeRunFile(settings.dataDir)
    await gateway.close()
  }
  return 0
}

function cannotListen(error: unknown, { host, port }: Settings): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new GatewayError(
      'store_unavailable',
      `port ${port} on ${host} is in use by another program; end it, or choose another with --port (0 picks a free one)`,
      { cause: error },
    )
  if (code === 'EACCES')
    return new GatewayError('store_unavailable', `port ${port} may not be used by this user; choose one above 1023 with --port`, { cause: error })
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return new GatewayError('store_unavailable', `${host} is no address of this machine; choose another with --host`, { cause: error })
  return error
}
