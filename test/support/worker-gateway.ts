import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onlyRunFile } from './run-file.ts'
import type { KiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { eventually } from './eventually.ts'
import { CLIENT_KEY, upstreamEnvironment } from './gateway.ts'

const MAIN = fileURLToPath(new URL('../../core/main.ts', import.meta.url))

/** One command line of a gateway with several workers, which may listen or may have failed. */
export class WorkerGateway {
  readonly child: ChildProcess
  readonly folder: string
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''

  constructor(folder: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    this.folder = folder
    this.child = spawn(process.execPath, ['--conditions=kiro-gateway-source', '--disable-warning=ExperimentalWarning', MAIN, 'start', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', DATA_DIR: join(folder, 'data'), WORKERS: '2', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    this.ended = once(this.child, 'close').then(([code]) => code as number | null)
  }

  async ready(): Promise<this> {
    while (!this.stdout.includes('\n')) {
      const outcome = await Promise.race([once(this.child.stdout as NonNullable<typeof this.child.stdout>, 'data'), this.ended.then(code => ({ code }))])
      if ('code' in outcome) throw new Error(`the gateway ended with ${outcome.code}: ${this.stderr}`)
    }
    return this
  }

  get url(): string {
    return /ready on (\S+)\n/.exec(this.stdout)?.[1] ?? ''
  }

  /** Process ids by the workers' numbers. */
  get workers(): ReadonlyMap<number, number> {
    const { workers = [] } = onlyRunFile(join(this.folder, 'data'))
    return new Map(workers.map(({ number, pid }) => [number, pid]))
  }

  /** Workers that have answered requests so far, as their log tells. */
  get answered(): readonly number[] {
    return [...this.stderr.matchAll(/"message":"answered","worker":(\d+)/g)].map(match => Number(match[1]))
  }

  /** A request on a connection of its own: workers take those in turn. */
  async open(path: string, body?: unknown): Promise<IncomingMessage> {
    const headers = { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' }
    const asked = request(`${this.url}${path}`, { method: body === undefined ? 'GET' : 'POST', headers, agent: new Agent({ keepAlive: false }) })
    asked.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    return response
  }

  async ask(path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }> {
    const response = await this.open(path, body)
    return { status: response.statusCode ?? 0, text: await text(response) }
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/\bZ\b/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').split(')')[1] ?? '')
  } catch {
    return false
  }
}

export const allGone = (pids: Iterable<number>): Promise<void> => eventually(async () => [...pids].every(pid => !isAlive(pid)))

/** Starts gateways of two workers, and ends and forgets them. */
export class WorkerGateways {
  readonly #started: WorkerGateway[] = []
  readonly #folders: string[] = []

  run(environment: Readonly<Record<string, string>> = {}, args: readonly string[] = ['--port', '0']): WorkerGateway {
    const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-workers-'))
    this.#folders.push(folder)
    const gateway = new WorkerGateway(folder, args, environment)
    this.#started.push(gateway)
    return gateway
  }

  /** With one account of the simulator. */
  on(simulator: KiroSimulator): Promise<WorkerGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-workers-'))
    this.#folders.push(folder)
    const file = join(folder, 'credentials.json')
    writeFileSync(file, JSON.stringify([simulator.issue('social')]))
    const gateway = new WorkerGateway(folder, ['--port', '0'], { ...upstreamEnvironment(simulator.origin), PROXY_API_KEY: CLIENT_KEY, KIRO_CREDS_FILE: file })
    this.#started.push(gateway)
    return gateway.ready()
  }

  async end(): Promise<void> {
    for (const gateway of this.#started.splice(0)) await gateway.end()
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  }
}
