import { buildProviders } from '../container/providers.ts'
import { silentLogger } from '../telemetry/log.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { endSignal } from './end-signal.ts'

/** Runs the simulated upstream alone and says how to use it. */
export async function sandbox(context: CommandContext, { port }: { readonly port: number }): Promise<ExitCode> {
  const settings = await context.load({})
  const { providers } = buildProviders(settings.providers, { log: silentLogger, clock: systemClock })
  const provider = [...providers.values()].find(candidate => candidate.sandbox !== undefined)
  if (provider?.sandbox === undefined) throw new GatewayError('bad_request', 'none of the configured providers has a simulator')
  const running = await provider.sandbox({ port, scripted: true })
  context.output.line(`kiro-gateway sandbox ready on ${running.origin}`)
  for (const line of running.usage) context.output.notice(line)
  await endSignal()
  await running.close()
  return 0
}
