import { asClass, asFunction, asValue, createContainer, InjectionMode } from 'awilix'
import { StoredAccountPool } from '../accounts/pool.ts'
import { poolRules } from '../accounts/pool-rules.ts'
import type { SourceReader } from '../accounts/refresh.ts'
import type { Call } from '../contract/call.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { Egress } from '../contract/pool.ts'
import type { Host, Hooks } from '../contract/plugin.ts'
import { Engine } from '../pipeline/engine.ts'
import { Catalog } from '../routing/catalog.ts'
import { ModelLists } from '../routing/model-lists.ts'
import { aroundPlugins, reasonByName } from '../routing/reasoning-by-name.ts'
import { countUpstream } from '../tokens/count-upstream.ts'
import { createGuardedHttp } from '../transport/guarded-http.ts'
import { AccountEgress, type EgressOptions } from '../transport/egress.ts'
import type { Services } from './services.ts'
import { sourceReader } from './source-reader.ts'

/** What lives as long as one loaded configuration: plugins, ways out, the account pool and the engine over them. */
export interface Generation {
  readonly pool: StoredAccountPool
  readonly engine: Engine
  readonly catalog: Catalog
  readonly lists: ModelLists
  readonly hooks: readonly Hooks[]
  /** How many tokens a call's request is: as its provider counts, or as we do. */
  countTokens(call: Omit<Call, 'trail'>): Promise<number>
  close(): Promise<void>
}

interface Cradle extends Omit<Services, 'close'> {
  readonly reread: SourceReader
  readonly egressOptions: EgressOptions
  readonly egress: Egress
  readonly random: () => number
  readonly router: Catalog
  readonly pool: StoredAccountPool
  readonly lists: ModelLists
  readonly hooks: readonly Hooks[]
  readonly engine: Engine
}

/**
 * Builds a generation over open services and reads its accounts.
 * @param options.alarms whether the log tells of accounts that stop: a command tells of them itself
 */
export async function openGeneration(services: Services, { alarms = true }: { readonly alarms?: boolean } = {}): Promise<Generation> {
  const { settings, clock, log, providers, tokens } = services
  const guarded = createGuardedHttp({ ...services.guard, clock })
  const hooks = await setUpPlugins(services, guarded.client)
  const container = createContainer<Cradle>({ injectionMode: InjectionMode.PROXY, strict: true })
  for (const [name, value] of Object.entries(services)) if (name !== 'close') container.register(name, asValue(value))
  container.register({
    hooks: asValue(hooks),
    timeouts: asValue(settings.timeouts),
    random: asValue(Math.random),
    alarms: asValue(alarms),
    callerCapacity: asValue(undefined),
    rules: asValue(poolRules(settings.providers)),
    reread: asValue(sourceReader(services)),
    egressOptions: asValue({ proxies: settings.proxies, clock }),
    egress: asClass(AccountEgress, { lifetime: 'SINGLETON', dispose: egress => egress.close() }),
    router: asFunction(({ providers, egress }: Cradle) => new Catalog({ providers, egress, clock, log })).singleton(),
    pool: asClass(StoredAccountPool).singleton(),
    lists: asFunction(
      ({ router, pool, providers, random }: Cradle) => new ModelLists({ catalog: router, accounts: pool, providers, clock, random }),
    ).singleton(),
    engine: asFunction(({ pool, events, router, lists }: Cradle) => {
      const names = { isModel: (name: string) => router.lists(name), learn: lists.learn.bind(lists) }
      return new Engine({ hooks: aroundPlugins(hooks, names), pool, clock, events, timeouts: settings.timeouts })
    }).singleton(),
  })
  const { pool, engine, lists, router: catalog } = container.cradle
  await pool.open(services.watch)
  lists.follow()
  return {
    ...{ pool, engine, catalog, lists, hooks },
    countTokens: async call => {
      await lists.learn(call.request.model, call.principal)
      const routed = { ...call, request: reasonByName(call.request, name => catalog.lists(name)) }
      return (await countUpstream(routed, { pool, providers, clock })) ?? tokens.count(call.request, call.signal)
    },
    async close() {
      lists.close()
      await pool.close()
      for (const hook of hooks) await hook.close?.()
      await guarded.close()
      await container.dispose()
    },
  }
}

async function setUpPlugins({ settings, log, clock, events, worker }: Services, guardedHttp: HttpClient): Promise<readonly Hooks[]> {
  const hooks: Hooks[] = []
  for (const plugin of settings.plugins) {
    const host: Host = {
      log: log.child({ plugin: plugin.name }),
      clock,
      events,
      guardedHttp,
      dataDir: settings.dataDir,
      ...(worker === undefined ? {} : { worker }),
    }
    hooks.push(await plugin.setup(plugin.options, host))
  }
  return hooks
}
