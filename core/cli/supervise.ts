import { FrontDoor } from '../cluster/front-door.ts'
import { workersOf } from '../cluster/fork.ts'
import { type ServingWorker, StartFailed, Supervisor } from '../cluster/supervisor.ts'
import { removeRunFile, writeRunFile } from '../container/run-file.ts'
import type { Settings } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { addressUrl } from '../http/address-url.ts'
import { createLogger } from '../telemetry/log.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { banner } from './banner.ts'
import { cannotListen } from './cannot-listen.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { endSignal } from './end-signal.ts'

/** Looks after several gateways on one port until it is asked to end. */
export async function supervise({ output, version }: CommandContext, settings: Settings): Promise<ExitCode> {
  const { host, port, dataDir, workers: count, notes, environment } = settings
  const log = createLogger(settings.log)
  const ended = endSignal()
  const door = new FrontDoor()
  // It also keeps this process while every worker waits for its replacement.
  const url = await door.listen({ host, port }).then(addressUrl, (error: unknown) => Promise.reject(cannotListen(error, settings)))
  const startedAt = Date.now()
  const noteRun = (workers: readonly ServingWorker[]) => {
    try {
      writeRunFile(dataDir, { pid: process.pid, url, startedAt, workers })
    } catch (error) {
      // A full disk must not end who looks after the workers.
      log.warn('what runs here could not be noted for "kiro-gateway status"', { error })
    }
  }
  const supervisor = new Supervisor({
    count,
    fork: workersOf({ script: process.argv[1] ?? '', args: commandLine(settings), environment, door }),
    clock: systemClock,
    changed: noteRun,
    replacing: news => log.warn('a worker ended and is replaced', news),
  })
  for (const note of notes) log.warn(note)
  try {
    const started = supervisor.start(facts => output.notice(banner({ version, url, ...facts }))).then(() => output.line(`kiro-gateway ready on ${url}`))
    // A stop ends those that are about to start as well: that is no failure then.
    const signal = await Promise.race([ended, started.then(() => Promise.race([ended, supervisor.lost]))])
    log.info('shutting down', { signal })
    return 0
  } catch (error) {
    return toldBy(error)
  } finally {
    door.close()
    await supervisor.stop()
    removeRunFile(dataDir)
  }
}

/** As settled here: whoever replaces a worker must not use other data than the others because a file was edited. */
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
