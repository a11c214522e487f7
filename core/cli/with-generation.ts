import { readAccountSources } from '../container/account-sources.ts'
import { type Generation, openGeneration } from '../container/generation.ts'
import type { Services } from '../container/services.ts'
import { SourceWriteBack } from '../container/source-write-back.ts'
import type { Flags } from '../contract/settings.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { withServices } from './with-services.ts'

/**
 * Runs a command that asks upstreams. Its accounts are those of a running server: the same rows, and the same leases, so
 * that no token is renewed twice.
 */
export function withGeneration(
  context: CommandContext,
  flags: Flags,
  use: (generation: Generation, services: Services) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withServices(context, flags, async services => {
    await readAccountSources(services, { detach: false })
    const writeBack = services.settings.credentialsWriteBack ? new SourceWriteBack(services) : undefined
    await writeBack?.start()
    const generation = await openGeneration(services, { alarms: false })
    // Timers of the clock do not hold the process, which must not end while a command waits.
    const hold = setInterval(() => undefined, 60_000)
    try {
      return await use(generation, services)
    } finally {
      clearInterval(hold)
      await generation.close()
      await writeBack?.close()
    }
  })
}
