import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { CLIENT_KEY, upstreamEnvironment } from './gateway.ts'

const MAIN = fileURLToPath(new URL('../../core/main.ts', import.meta.url))

/** A gateway in a process of its own, so that its memory is its own and it can be killed. */
export interface GatewayProcess {
  readonly url: string
  readonly child: ChildProcess
  readonly folder: string
  /** Resident memory, bytes. */
  memory(): number
  end(): Promise<void>
}

/** @param folder data folder of an earlier process, to start again on it */
export async function startGatewayProcess(simulator: KiroSimulator, folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-own-')), environment: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const file = join(folder, 'credentials.json')
  try {
    readFileSync(file)
  } catch {
    writeFileSync(file, JSON.stringify([simulator.issue('social')]))
  }
  const child = spawn(process.execPath, ['--conditions=kiro-gateway-source', '--disable-warning=ExperimentalWarning', MAIN, 'start', '--port', '0', '--data-dir', join(folder, 'data')], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...upstreamEnvironment(simulator.origin), PROXY_API_KEY: CLIENT_KEY, KIRO_CREDS_FILE: file, LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  while (!stdout.includes('\n')) {
    const [chunk] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number | null]
    if (!Buffer.isBuffer(chunk)) throw new Error(`the gateway ended with ${chunk} before it was ready`)
    stdout += chunk.toString()
  }
  return {
    url: /ready on (\S+)/.exec(stdout)?.[1] as string,
    child,
    folder,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    async end() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'close')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
