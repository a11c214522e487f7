import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock, Hooks, Logger, NamedModelCard } from '../../core/index.ts'
import { dialects } from '../../core/dialects/index.ts'
import type { AnswerDeps } from '../../core/http/answer.ts'
import { type AppDeps, createApp } from '../../core/http/app.ts'
import { BodyReader } from '../../core/http/read-body.ts'
import { HttpServer } from '../../core/http/server.ts'
import { silentLogger } from '../../core/telemetry/log.ts'
import { systemClock } from '../../core/telemetry/system-clock.ts'
import { engineOver } from './calls.ts'
import type { FakePool } from './fake-pool.ts'

export const KEY = 'sk-kg-test-key-0123456789'

export interface AppOptions {
  /** Who answers chat requests; without it they fail as our fault. */
  readonly engine?: AnswerDeps['engine']
  readonly hooks?: readonly Hooks[]
  readonly bodyLimit?: number
  readonly clock?: Clock
  readonly log?: Logger
  readonly models?: readonly NamedModelCard[]
  readonly ready?: boolean
  readonly draining?: () => boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** The HTTP surface on a real socket, without the rest of the gateway. */
export class HttpApp {
  readonly port: number
  readonly #server: HttpServer
  readonly #agent = new Agent({ keepAlive: true })

  private constructor(server: HttpServer, port: number) {
    this.#server = server
    this.port = port
  }

  static async start(options: AppOptions = {}): Promise<HttpApp> {
    const { hooks = [], clock = systemClock, models = [] } = options
    const deps: AppDeps = {
      engine: options.engine ?? { run: () => Promise.reject(new Error('nobody answers here')) },
      hooks: () => hooks,
      plugins: hooks,
      bodies: new BodyReader(options.bodyLimit ?? 1024 * 1024),
      clock,
      keepAliveMs: 12_000,
      headers: () => options.headers ?? {},
      dialects,
      countTokens: () => Promise.reject(new Error('nobody counts here')),
      authenticate: presented => (presented === KEY ? { keyId: 'key-1' } : undefined),
      models: () => Promise.resolve(models),
      readiness: () => (options.ready === false ? { ready: false, reason: 'no account is usable' } : { ready: true }),
      draining: options.draining ?? (() => false),
      version: '1.2.3',
      log: options.log ?? silentLogger,
    }
    const server = new HttpServer(createApp(deps).callback(), systemClock)
    const address: AddressInfo = await server.listen({ host: '127.0.0.1', port: 0 })
    return new HttpApp(server, address.port)
  }

  /** An app over a pool; the engine's clock is the returned one. */
  static async over(pool: FakePool, options: AppOptions = {}) {
    const under = engineOver(pool, { hooks: options.hooks ?? [] })
    const app = await HttpApp.start({ engine: under.engine, clock: under.clock, ...options })
    return { app, ...under }
  }

  close(): Promise<boolean> {
    this.#agent.destroy()
    return this.#server.close(50)
  }

  /** Sends one request and collects the answer. */
  ask(method: string, path: string, { headers = {}, body }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer | object } = {}): Promise<Answer> {
    const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port: this.port, method, path, headers, agent: this.#agent }, response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) as any })
        })
      })
      sent.on('error', reject)
      sent.end(bytes)
    })
  }

  /** The same with the key, as JSON by POST. */
  post(path: string, body: string | Buffer | object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask('POST', path, { body, headers: { 'x-api-key': KEY, 'content-type': 'application/json', ...headers } })
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask('GET', path, { headers: { 'x-api-key': KEY, ...headers } })
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  json(): any
}

/** The smallest body that the Anthropic dialect takes. */
export const message = (changes: object = {}) => ({ model: 'model-1', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], ...changes })
