import { writeRunFile, removeRunFile } from '../container/run-file.ts'
import type { Flags } from '../contract/settings.ts'
import { Gateway } from '../gateway.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { endSignal } from './end-signal.ts'

/** Runs the gateway until it is asked to end. */
export async function start(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const settings = await context.load(flags)
  const { output, version } = context
  const gateway = await Gateway.open(settings, version)
  const ended = endSignal()
  const { log, keys } = gateway.services
  for (const note of settings.notes) log.warn(note)
  try {
    const firstKey = settings.auth === 'keys' && keys.size === 0 ? (await keys.create({ label: 'first key' })).key : undefined
    const { url } = await gateway.listen()
    writeRunFile(settings.dataDir, { pid: process.pid, url, startedAt: Date.now() })
    output.notice(banner({ version, url, sandboxed: gateway.sandboxed, ...(firstKey === undefined ? {} : { firstKey }) }))
    output.line(`kiro-gateway ready on ${url}`)
    const signal = await ended
    log.info('shutting down', { signal })
  } finally {
    removeRunFile(settings.dataDir)
    await gateway.close()
  }
  return 0
}

interface BannerFacts {
  readonly version: string
  readonly url: string
  readonly sandboxed: boolean
  readonly firstKey?: string
}

/** For the person at the terminal, past the logger: the only place where a key is ever shown. */
function banner({ version, url, sandboxed, firstKey }: BannerFacts): string {
  const lines = [`kiro-gateway ${version} on ${url}`]
  if (firstKey !== undefined) lines.push('', `  Client key (shown once, only its hash is kept):  ${firstKey}`)
  if (sandboxed) lines.push('', '  SANDBOX: there is no account yet, so every answer is simulated.', '  Add a real account:  npx kiro-gateway accounts import ~/.aws/sso/cache/kiro-auth-token.json')
  lines.push('', `  Claude Code:  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${firstKey ?? 'YOUR-KEY'} claude`, '')
  return lines.join('\n')
}
