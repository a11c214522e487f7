import type { Flags } from '../contract/settings.ts'
import type { CommandContext, ExitCode } from './command.ts'

/** Runs the gateway until it is asked to end: in this process, or in several that this one looks after. */
export async function start(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const settings = await context.load(flags)
  const { worker, version } = context
  // Whoever looks after workers serves nobody: without the gateway's code it stays small.
  if (settings.workers > 1 && worker === undefined) return (await import('./supervise.ts')).supervise(context, settings)
  const { serve, serveAsWorker } = await import('./serve.ts')
  return worker === undefined ? serve(context, settings) : serveAsWorker(worker, version, settings)
}
