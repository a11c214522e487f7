import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { loadSettings } from '../../config/load.ts'
import type { Settings } from '../../core/contract/settings.ts'
import type { Clock } from '../../core/index.ts'
import type { ServiceOverrides } from '../../core/container/services.ts'
import { Gateway } from '../../core/gateway.ts'
import { createLogger } from '../../core/telemetry/log.ts'
import { type AccountKind, type KiroSimulator, type KiroSimulatorOptions, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'

export const CLIENT_KEY = 'test-client-key-0123456789'

export interface TestGatewayOptions {
  /** Kinds of the accounts that the credentials file holds; default one social account. */
  readonly accounts?: readonly AccountKind[]
  readonly simulator?: KiroSimulatorOptions
  readonly environment?: Readonly<Record<string, string>> | ((simulator: KiroSimulator) => Readonly<Record<string, string>>)
  /** Text of a `kiro-gateway.config.json` in the working directory, or a function from the simulator to it. */
  readonly config?: unknown
  readonly clock?: Clock
  /** What the way out to addresses from outside trusts and knows. */
  readonly guard?: ServiceOverrides['guard']
}

export interface TestGateway {
  readonly url: string
  readonly key: string
  readonly gateway: Gateway
  /** What the gateway was opened with. */
  readonly settings: Settings
  readonly simulator: KiroSimulator
  readonly credentials: ReturnType<KiroSimulator['issue']>[]
  readonly folder: string
  /** Everything that was logged, as one text. */
  readonly logged: () => string
  /** A key that brings a fresh upstream account along (`KEY:REFRESH_TOKEN`): what happens to it concerns nobody else. */
  caller(): string
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Ends the gateway and opens it again over the same data. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** The whole gateway in this process, on real sockets, with the simulator as its upstream. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { accounts = ['social'], environment = {}, config, clock, guard } = options
  const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-e2e-'))
  const simulator = await startKiroSimulator(options.simulator)
  const credentials = accounts.map(kind => simulator.issue(kind))
  const file = join(folder, 'credentials.json')
  writeFileSync(file, JSON.stringify(credentials))
  const content = of(config, simulator)
  if (content !== undefined) writeFileSync(join(folder, 'kiro-gateway.config.json'), JSON.stringify(content))
  const lines: string[] = []
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(chunk.toString())
    done()
  }
  const log = createLogger({ level: 'debug', format: 'json', stream: new Writable({ write }) })
  const settings = await loadSettings({
    flags: { port: 0, dataDir: join(folder, 'data') },
    directory: folder,
    environment: {
      ...upstreamEnvironment(simulator.origin),
      PROXY_API_KEY: CLIENT_KEY,
      ...(accounts.length > 0 ? { KIRO_CREDS_FILE: file } : {}),
      ...of(environment, simulator),
    },
  })
  const open = async () => {
    const gateway = await Gateway.open(settings, '0.0.0-test', { log, ...(clock === undefined ? {} : { clock }), ...(guard === undefined ? {} : { guard }) })
    return { gateway, url: (await gateway.listen()).url }
  }
  let running = await open()
  return {
    ...{ key: CLIENT_KEY, settings, simulator, credentials, folder },
    get url() {
      return running.url
    },
    get gateway() {
      return running.gateway
    },
    logged: () => lines.join(''),
    caller: () => `${CLIENT_KEY}:${simulator.issue('social').refreshToken}`,
    post: (path, body, headers = {}) =>
      fetch(`${running.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async restart() {
      await running.gateway.close()
      running = await open()
    },
    async close() {
      await running.gateway.close()
      await simulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function of<T>(given: T | ((simulator: KiroSimulator) => T), simulator: KiroSimulator): T {
  return typeof given === 'function' ? (given as (simulator: KiroSimulator) => T)(simulator) : given
}

/** Variables that send every Kiro call to one origin. */
export function upstreamEnvironment(origin: string): Record<string, string> {
  return { KIRO_API_URL: origin, KIRO_AUTH_URL: origin, KIRO_OIDC_URL: origin, KIRO_MANAGEMENT_URL: origin }
}

/** A plain request for the Messages API. */
export function ask(content: unknown, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model: 'claude-sonnet-4-5', max_tokens: 1024, messages: [{ role: 'user', content }], ...more }
}
