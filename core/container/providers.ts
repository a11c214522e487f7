import { asClass, asValue, createContainer, InjectionMode } from 'awilix'
import type { Clock } from '../contract/clock.ts'
import type { ProviderEntry } from '../contract/config.ts'
import type { Logger } from '../contract/log.ts'
import type { Provider } from '../contract/provider.ts'

interface Shared {
  readonly log: Logger
  readonly clock: Clock
}

export interface BuiltProviders {
  readonly providers: ReadonlyMap<string, Provider>
  /** Closes them all. */
  readonly dispose: () => Promise<void>
}

/** Builds the configured providers: each class gets its validated options beside the shared services. */
export function buildProviders(entries: readonly ProviderEntry[], { log, clock }: Shared): BuiltProviders {
  const container = createContainer<Record<string, Provider>>({ injectionMode: InjectionMode.PROXY, strict: true })
  container.register({ clock: asValue(clock) })
  for (const { name, type, options } of entries) {
    container.register(
      name,
      asClass(type as new (deps: unknown) => Provider, { lifetime: 'SINGLETON', dispose: provider => provider.close?.() })
        // The cradle resolves by name on each access: handed over as plain values, it costs nothing while serving.
        .inject(() => ({ name, options, log: log.child({ provider: name }) })),
    )
  }
  return {
    providers: new Map(entries.map(({ name }) => [name, container.resolve<Provider>(name)])),
    dispose: () => container.dispose(),
  }
}
