import { openServices, type Services } from '../container/services.ts'
import type { Flags } from '../contract/settings.ts'
import type { CommandContext, ExitCode } from './command.ts'

/** Runs a command over the data folder, beside a running server or without one. */
export async function withServices(context: CommandContext, flags: Flags, use: (services: Services) => Promise<ExitCode>): Promise<ExitCode> {
  // What a command has to say it says itself; a log line would be the same once more.
  const services = await openServices(await context.load({ logLevel: 'error', ...flags }))
  try {
    return await use(services)
  } finally {
    await services.close()
  }
}
