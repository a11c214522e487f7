import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { loadSettings } from '../../config/load.ts'
import { Gateway } from '../../core/gateway.ts'
import { createLogger } from '../../core/telemetry/log.ts'
import { type GeminiSimulator, type GeminiSimulatorOptions, startGeminiSimulator } from '../../providers/gemini/simulator/index.ts'

const CLIENT_KEY = 'test-client-key-0123456789'

export interface GeminiGateway {
  readonly url: string
  readonly key: string
  readonly simulator: GeminiSimulator
  /** Everything that was logged, as one text. */
  readonly logged: () => string
  post(path: string, body: unknown): Promise<Response>
  close(): Promise<void>
}

/** The whole gateway in this process, on real sockets, with the Gemini simulator as its only upstream. */
export async function startGeminiGateway(
  options: GeminiSimulatorOptions & { readonly provider?: Readonly<Record<string, unknown>> } = {},
): Promise<GeminiGateway> {
  const { provider = {}, ...simulated } = options
  const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-gemini-'))
  const simulator = await startGeminiSimulator(simulated)
  const accounts = simulator.keys.map(apiKey => ({ apiKey }))
  const config = { sandbox: false, providers: [{ use: 'gemini', options: { apiUrl: simulator.origin, accounts, ...provider } }] }
  writeFileSync(join(folder, 'kiro-gateway.config.json'), JSON.stringify(config))
  const lines: string[] = []
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    lines.push(chunk.toString())
    done()
  }
  const log = createLogger({ level: 'debug', format: 'json', stream: new Writable({ write }) })
  const settings = await loadSettings({ flags: { port: 0, dataDir: join(folder, 'data') }, directory: folder, environment: { PROXY_API_KEY: CLIENT_KEY } })
  const gateway = await Gateway.open(settings, '0.0.0-test', { log })
  const { url } = await gateway.listen()
  return {
    ...{ url, simulator, key: CLIENT_KEY },
    logged: () => lines.join(''),
    post: (path, body) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': CLIENT_KEY, 'anthropic-version': '2023-06-01' },
        body: JSON.stringify(body),
      }),
    async close() {
      await gateway.close()
      await simulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
