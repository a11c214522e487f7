import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { readAccountSources } from './container/account-sources.ts'
import { type Generation, openGeneration } from './container/generation.ts'
import { openSandbox, type SandboxWorld } from './container/sandbox.ts'
import { openServices, type ServiceOverrides, type Services } from './container/services.ts'
import { followSourceFiles, type SourceFiles } from './container/source-files.ts'
import type { Call, Principal } from './contract/call.ts'
import type { NamedModelCard } from './contract/dialect.ts'
import type { Settings } from './contract/settings.ts'
import { dialects } from './dialects/index.ts'
import { addressUrl } from './http/address-url.ts'
import { createApp } from './http/app.ts'
import type { Readiness } from './http/probes.ts'
import { BodyReader } from './http/read-body.ts'
import { HttpServer } from './http/server.ts'
import { mayAskFor, requirePermission } from './keys/model-permission.ts'

const SANDBOX_HEADERS = { 'x-kiro-gateway-sandbox': 'true' }
const NO_HEADERS = {}

export interface Listening {
  readonly host: string
  readonly port: number
  readonly url: string
}

/** One gateway: its data, its configuration's generation, the sandbox while there is no account, and the server in front. */
export class Gateway {
  readonly services: Services
  readonly #real: Generation
  readonly #server: HttpServer
  readonly #version: string
  #sandbox: SandboxWorld | undefined
  #files: SourceFiles | undefined
  #draining = false

  private constructor(services: Services, real: Generation, version: string) {
    this.services = services
    this.#real = real
    this.#version = version
    this.#server = new HttpServer(this.#listener(), services.clock)
  }

  /**
   * Opens the data folder, takes in accounts and starts the sandbox where one is wanted. Nothing listens yet.
   * @throws GatewayError `store_unavailable`
   */
  static async open(settings: Settings, version: string, overrides?: ServiceOverrides): Promise<Gateway> {
    const services = await openServices(settings, overrides)
    try {
      await readAccountSources(services)
      const real = await openGeneration(services)
      const gateway = new Gateway(services, real, version)
      if (settings.sandbox && real.pool.isEmpty) gateway.#sandbox = await openSandbox(services)
      for (const generation of [real, gateway.#sandbox?.generation]) generation?.lists.open()
      gateway.#files = await followSourceFiles(services)
      return gateway
    } catch (error) {
      await services.close()
      throw error
    }
  }

  /** Whether answers are simulated: there is no account yet. The first one ends it. */
  get sandboxed(): boolean {
    return this.#sandbox !== undefined && this.#real.pool.isEmpty
  }

  async listen(): Promise<Listening> {
    const { host, port } = this.services.settings
    const address = await this.#server.listen({ host, port })
    return { host: address.address, port: address.port, url: addressUrl(address) }
  }

  /** Serves a connection that another process has accepted. */
  take(connection: Socket): void {
    this.#server.take(connection)
  }

  readiness(): Readiness {
    if (this.#draining) return { ready: false, reason: 'shutting down' }
    const { total, usable } = this.#real.pool.counts
    if (this.sandboxed) return { ready: true, reason: 'sandbox: answers are simulated until an account is added' }
    if (total === 0) return { ready: false, reason: 'no account; add one with "kiro-gateway accounts import FILE"' }
    if (usable === 0) return { ready: false, reason: 'no account can serve now; see "kiro-gateway accounts list"' }
    return this.#real.pool.problems().length > 0 ? { ready: true, reason: 'something needs an operator; see the log' } : { ready: true }
  }

  /** Refuses new work, lets streams finish, commits what is under way. */
  async close(): Promise<void> {
    const { settings, log } = this.services
    this.#draining = true
    const whole = await this.#server.close(settings.drainMs)
    if (!whole) log.warn('some requests did not finish in time and were ended', { afterMs: settings.drainMs })
    await this.#sandbox?.close()
    await this.#real.close()
    // After the last renewal: it may have to go into a file.
    await this.#files?.close()
    await this.services.close()
  }

  /** The generation that serves a caller: who brings an account of their own always reaches the real upstream. */
  #for(principal: Principal): Generation {
    return this.sandboxed && principal.tenant === undefined && this.#sandbox ? this.#sandbox.generation : this.#real
  }

  /** The same for a request, if the caller's key is for its model: as the client names it, whatever it is mapped to later. */
  #permitted({ principal, requestedModel }: Omit<Call, 'trail'>): Generation {
    const generation = this.#for(principal)
    requirePermission(principal, [requestedModel, generation.catalog.split(requestedModel).model])
    return generation
  }

  #listener() {
    const { settings, clock, log } = this.services
    const app = createApp({
      dialects,
      engine: { run: (call: Omit<Call, 'trail'>) => this.#permitted(call).engine.run(call) },
      countTokens: (call: Omit<Call, 'trail'>) => this.#permitted(call).countTokens(call),
      hooks: principal => this.#for(principal).hooks,
      plugins: this.#real.hooks,
      bodies: new BodyReader(settings.bodyLimitBytes),
      clock,
      keepAliveMs: settings.keepAliveMs,
      headers: principal => (this.#for(principal) === this.#real ? NO_HEADERS : SANDBOX_HEADERS),
      authenticate: presented => this.#authenticate(presented),
      models: principal => this.#models(principal),
      readiness: () => this.readiness(),
      draining: () => this.#draining,
      version: this.#version,
      log,
    })
    const handle = app.callback()
    return (request: IncomingMessage, response: ServerResponse) => void handle(request, response)
  }

  #authenticate(presented: string | undefined): Promise<Principal> | Principal | undefined {
    const { keys, settings } = this.services
    const known = presented === undefined ? undefined : keys.authenticate(presented)
    if (known === undefined) {
      if (settings.auth === 'none') return { keyId: 'anonymous' }
      const refusal = presented === undefined ? undefined : keys.refusalOf(presented)
      if (refusal) throw refusal
      return undefined
    }
    const { principal, bringsToken } = known
    const { tenant, keyId } = principal
    if (bringsToken === undefined || tenant === undefined) return principal
    return this.#real.pool.welcome({ tenant, keyId }, bringsToken).then(() => principal)
  }

  async #models(principal: Principal): Promise<readonly NamedModelCard[]> {
    const { catalog, lists, pool, hooks } = this.#for(principal)
    await lists.readPatiently(principal)
    const cards = catalog.list(pool.accountsOf(principal))
    const listed = hooks.reduce<readonly NamedModelCard[]>(
      (before, hook) => (hook.models?.(before, principal) as readonly NamedModelCard[] | undefined) ?? before,
      cards,
    )
    return listed.filter(({ publicId, provider, aliases = [] }) => mayAskFor(principal, [publicId, `${provider}/${publicId}`, ...aliases]))
  }
}
