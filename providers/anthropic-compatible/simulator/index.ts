import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { JournalEntry } from './journal.ts'
import type { AnthropicSimulatorOptions } from './options.ts'
import { createSimulatorServer, World } from './server.ts'
import type { Step } from './steps.ts'

export { type ErrorName, ERRORS } from './error-catalogue.ts'
export { DEFAULT_KEY } from './options.ts'
export { STREAM_SCRIPTS, type StreamScriptName } from './stream-scripts.ts'

/** A running imitation of the Messages API. */
export interface AnthropicSimulator {
  readonly origin: string
  readonly journal: readonly JournalEntry[]
  /** Requests for a message, oldest first. */
  readonly asked: readonly JournalEntry[]
  /** Queues what shall happen to the next messages that are asked for. */
  script(...steps: readonly Step[]): void
  /** A signature that it will take back with this text. */
  sign(thinking: string): string
  /** Forgets scripts, journal and caches. */
  reset(): void
  close(): Promise<void>
}

/** Starts the imitation on a loopback port. It refuses what the service refuses (`providers.md` §7.2, §11). */
export async function startAnthropicSimulator(options: AnthropicSimulatorOptions = {}): Promise<AnthropicSimulator> {
  const world = new World(options)
  const server = createSimulatorServer(world)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  // `address()` is a string for pipes only, and this one listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    get journal() {
      return world.journal.entries
    },
    get asked() {
      return world.journal.entries.filter(({ method, path }) => method === 'POST' && /\/v1\/messages(\?|$)/.test(path))
    },
    script: (...steps) => void world.steps.push(...steps),
    sign: thinking => world.signatures.mint(thinking),
    reset: () => world.reset(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
