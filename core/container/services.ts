import { asClass, asFunction, asValue, type AwilixContainer, createContainer, InjectionMode } from 'awilix'
import { EventEmitter } from 'eventemitter3'
import { StoredAccountDirectory } from '../accounts/directory.ts'
import { openVault } from '../accounts/open-vault.ts'
import type { Vault } from '../accounts/vault.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBus, GatewayEvents } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import type { Provider } from '../contract/provider.ts'
import type { Settings } from '../contract/settings.ts'
import { Keys } from '../keys/keys.ts'
import { openStore } from '../store/open.ts'
import { RevisionWatch } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import { createLogger } from '../telemetry/log.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import type { GuardOptions } from '../transport/guarded-http.ts'
import { TokenCounter } from '../tokens/counter.ts'
import { readCredentialUrl } from './credential-url.ts'
import { buildProviders } from './providers.ts'

/** What lives as long as the process: data, keys, providers. Commands need no more than this. */
export interface Services {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Logger
  readonly events: EventBus
  readonly store: Store
  readonly vault: Vault
  readonly keys: Keys
  readonly directory: StoredAccountDirectory
  readonly providers: ReadonlyMap<string, Provider>
  readonly watch: RevisionWatch
  readonly tokens: TokenCounter
  /** The text behind a credentials URL of an allowed host. */
  readonly readUrl: (location: string) => Promise<string>
  /** What tests change about the way out to addresses from outside. */
  readonly guard: Omit<GuardOptions, 'clock'>
  /** Which of several processes this is; absent where there is one. */
  readonly worker?: number
  close(): Promise<void>
}

export interface ServiceOverrides {
  readonly log?: Logger
  readonly clock?: Clock
  /** In place of the settings' folder: `:memory:` keeps nothing. */
  readonly dataDir?: string
  readonly settings?: Partial<Settings>
  readonly worker?: number
  /** For tests: another name server, another trusted certificate, a wider circle of addresses. */
  readonly guard?: Omit<GuardOptions, 'clock'>
}

type Cradle = Omit<Services, 'close'> & {
  readonly externalKeys: readonly string[]
  readonly callerAccounts: boolean
  readonly changed: () => Promise<void>
}

/**
 * Opens the data folder and builds everything that stands on it.
 * @throws GatewayError `store_unavailable` with path and remedy
 */
export async function openServices(
  given: Settings,
  { log, clock = systemClock, dataDir, settings: changes, guard = {}, worker }: ServiceOverrides = {},
): Promise<Services> {
  const settings: Settings = { ...given, ...changes }
  const logger = log ?? createLogger(settings.log)
  const folder = dataDir ?? settings.dataDir
  const store = await openStore({ dataDir: folder, databaseUrl: settings.databaseUrl })
  try {
    const vault = await openVault({ store, dataDir: folder, encryptionKey: settings.encryptionKey })
    const { providers, dispose } = buildProviders(settings.providers, { log: logger, clock })
    const container: AwilixContainer<Cradle> = createContainer<Cradle>({ injectionMode: InjectionMode.PROXY, strict: true })
    container.register({
      settings: asValue(settings),
      clock: asValue(clock),
      log: asValue(logger),
      store: asValue(store),
      vault: asValue(vault),
      providers: asValue(providers),
      externalKeys: asValue(settings.keys),
      callerAccounts: asValue(settings.callerAccounts),
      events: asFunction(() => new EventEmitter<GatewayEvents>()).singleton(),
      keys: asClass(Keys).singleton(),
      watch: asClass(RevisionWatch).singleton(),
      changed: asFunction(
        ({ watch }: Pick<Cradle, 'watch'>) =>
          () =>
            watch.check(),
      ).singleton(),
      directory: asClass(StoredAccountDirectory).singleton(),
      tokens: asFunction(({ events, clock, log }: Cradle) => new TokenCounter({ events, clock, log })).singleton(),
    })
    const { keys, watch, directory, events, tokens } = container.cradle
    // From here on nothing that another process changes is missed: whoever reads, reads later.
    await watch.start()
    // Before whoever reads secrets: a command beside us may be changing the key that they are sealed with.
    watch.onChange(async () => {
      if (!(await vault.follow(store.database))) logger.error('the encryption key of the database was changed and cannot be had: restart with the new key')
    })
    await keys.open(watch)
    return {
      ...{ settings, clock, log: logger, events, store, vault, keys, directory, providers, watch, tokens, guard },
      ...(worker === undefined ? {} : { worker }),
      readUrl: location => readCredentialUrl(location, { hosts: settings.credentialHosts, clock, guard }),
      async close() {
        await watch.close()
        await tokens.close()
        await dispose()
        await container.dispose()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
