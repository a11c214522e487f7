import { workersOf } from '../cluster/fork.ts'
import { type ServingWorker, StartFailed, Supervisor } from '../cluster/supervisor.ts'
import type { ServingFacts } from '../cluster/worker-facts.ts'
import { removeRunFile, writeRunFile } from '../container/run-file.ts'
import type { Settings } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { createLogger } from '../telemetry/log.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { banner } from './banner.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { endSignal } from './end-signal.ts'

/** While every worker waits for its replacement nothing else would keep this process. */
const LONG_MS = 2 ** 30

/** Looks after several gateways on one port until it is asked to end. */
export async function supervise({ output, version }: CommandContext, settings: Settings): Promise<ExitCode> {
  const { dataDir, workers: count, notes } = settings
  const log = createLogger(settings.log)
  const startedAt = Date.now()
  let url = ''
  let serving: readonly ServingWorker[] = []
  const noteRun = () => {
    try {
      writeRunFile(dataDir, { pid: process.pid, url, startedAt, workers: serving })
    } catch (error) {
      // A full disk must not end who looks after the workers.
      log.warn('what runs here could not be noted for "kiro-gateway status"', { error })
    }
  }
  const supervisor = new Supervisor({
    count,
    fork: workersOf(commandLine(settings)),
    clock: systemClock,
    changed: workers => {
      serving = workers
      // The first tells where only after this.
      if (url !== '') noteRun()
    },
    replacing: news => log.warn('a worker ended and is replaced', news),
  })
  const ended = endSignal()
  const hold = setInterval(() => undefined, LONG_MS)
  for (const note of notes) log.warn(note)
  try {
    const served = (facts: ServingFacts) => {
      url = facts.url
      noteRun()
      output.notice(banner(version, facts))
    }
    const started = supervisor.start(served).then(() => output.line(`kiro-gateway ready on ${url}`))
    // A stop ends those that are about to start as well: that is no failure then.
    const signal = await Promise.race([ended, started.then(() => Promise.race([ended, supervisor.lost]))])
    log.info('shutting down', { signal })
    return 0
  } catch (error) {
    return toldBy(error)
  } finally {
    await supervisor.stop()
    removeRunFile(dataDir)
    clearInterval(hold)
  }
}

/** As settled here: whoever replaces a worker must not serve elsewhere, or other data than the others, because a file was edited. */
function commandLine({ file, host, port, dataDir, log }: Settings): readonly string[] {
  const config = file === undefined ? [] : ['--config', file]
  return ['start', ...config, '--host', host, '--port', String(port), '--data-dir', dataDir, '--log-level', log.level]
}

/** A worker that leaves with an exit code has said why. */
function toldBy(error: unknown): ExitCode {
  if (!(error instanceof StartFailed)) throw error
  if ('code' in error.ending) return 1
  throw new GatewayError('internal', `${error.message}; start again, with fewer workers if memory is short`, { cause: error })
}
