import { IN_MEMORY } from '../store/open.ts'
import { type Generation, openGeneration } from './generation.ts'
import { openServices, type Services } from './services.ts'

/** A world of its own beside the real one: simulated upstream, accounts in memory, the same provider and plugins. */
export interface SandboxWorld {
  readonly generation: Generation
  close(): Promise<void>
}

/** Starts the simulator of the first provider that has one; undefined when none has. */
export async function openSandbox({ settings, providers, clock, log, worker }: Services): Promise<SandboxWorld | undefined> {
  const entry = settings.providers.find(({ name }) => providers.get(name)?.sandbox !== undefined)
  const simulated = entry && (await providers.get(entry.name)?.sandbox?.({}))
  if (entry === undefined || simulated === undefined) return undefined
  const services = await openServices(settings, {
    clock,
    ...(worker === undefined ? {} : { worker }),
    log: log.child({ sandbox: true }),
    dataDir: IN_MEMORY,
    settings: {
      providers: [{ ...entry, options: { ...(entry.options as object), ...simulated.options } }],
      // The simulator is on this machine, whatever the way out is.
      proxies: {},
      keys: [],
    },
  })
  for (const account of simulated.accounts) await services.directory.add(entry.name, account, 'store')
  const generation = await openGeneration(services)
  return {
    generation,
    async close() {
      await generation.close()
      await services.close()
      await simulated.close()
    },
  }
}
