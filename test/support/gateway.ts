import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { loadSettings } from '../../config/load.ts'
import { Gateway } from '../../core/gateway.ts'
import { createLogger } from '../../core/telemetry/log.ts'
import { type KiroSimulator, type KiroSimulatorOptions, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'

export const CLIENT_KEY = 'test-client-key-0123456789'

export interface TestGatewayOptions {
  /** Kinds of the accounts that the credentials file holds; default one social account. */
  readonly accounts?: readonly ('social' | 'builder-id' | 'idc' | 'api-key')[]
  readonly simulator?: KiroSimulatorOptions
  readonly environment?: Readonly<Record<string, string>>
  /** Text of a `kiro-gateway.config.json` in the working directory. */
  readonly config?: unknown
}

export interface TestGateway {
  readonly url: string
  readonly key: string
  readonly gateway: Gateway
  readonly simulator: KiroSimulator
  readonly credentials: ReturnType<KiroSimulator['issue']>[]
  readonly folder: string
  /** Everything that was logged, as one text. */
  readonly logged: () => string
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
  close(): Promise<void>
}

/** The whole gateway in this process, on real sockets, with the simulator as its upstream. */
export async function startTestGateway({ accounts = ['social'], simulator: options = {}, environment = {}, config }: TestGatewayOptions = {}): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-e2e-'))
  const simulator = await startKiroSimulator(options)
  const credentials = accounts.map(kind => simulator.issue(kind))
  const file = join(folder, 'credentials.json')
  writeFileSync(file, JSON.stringify(credentials))
  if (config !== undefined) writeFileSync(join(folder, 'kiro-gateway.config.json'), JSON.stringify(config))
  const lines: string[] = []
  const log = createLogger({ level: 'debug', format: 'json', stream: new Writable({ write: (chunk: Buffer, _encoding, done) => {
    lines.push(chunk.toString())
    done()
  } }) })
  const settings = await loadSettings({
    flags: { port: 0, dataDir: join(folder, 'data') },
    directory: folder,
    environment: { ...upstreamEnvironment(simulator.origin), PROXY_API_KEY: CLIENT_KEY, ...(accounts.length > 0 ? { KIRO_CREDS_FILE: file } : {}), ...environment },
  })
  const gateway = await Gateway.open(settings, '0.0.0-test', { log })
  const { url } = await gateway.listen()
  return {
    ...{ url, key: CLIENT_KEY, gateway, simulator, credentials, folder },
    logged: () => lines.join(''),
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async close() {
      await gateway.close()
      await simulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Variables that send every Kiro call to one origin. */
export function upstreamEnvironment(origin: string): Record<string, string> {
  return { KIRO_API_URL: origin, KIRO_AUTH_URL: origin, KIRO_OIDC_URL: origin, KIRO_MANAGEMENT_URL: origin }
}

/** A plain request for the Messages API. */
export function ask(content: unknown, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model: 'claude-sonnet-4-5', max_tokens: 1024, messages: [{ role: 'user', content }], ...more }
}
