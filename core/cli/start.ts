import { writeRunFile, removeRunFile } from '../container/run-file.ts'
import type { Flags, Settings } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
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
    const { url } = await gateway.listen().catch((error: unknown) => Promise.reject(cannotListen(error, settings)))
    // Only now: a key that is made is shown, and it is shown once.
    const firstKey = settings.auth === 'keys' && keys.size === 0 ? (await keys.create({ label: 'first key' })).key : undefined
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

function cannotListen(error: unknown, { host, port }: Settings): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return new GatewayError('store_unavailable', `port ${port} on ${host} is in use by another program; end it, or choose another with --port (0 picks a free one)`, { cause: error })
  if (code === 'EACCES') return new GatewayError('store_unavailable', `port ${port} may not be used by this user; choose one above 1023 with --port`, { cause: error })
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') return new GatewayError('store_unavailable', `${host} is no address of this machine; choose another with --host`, { cause: error })
  return error
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
  if (sandboxed) lines.push('', '  SANDBOX: there is no account yet, so every answer is simulated.', '  Add a real account:  npx kiro-gateway login kiro', '  or one of the IDE:   npx kiro-gateway accounts import ~/.aws/sso/cache/kiro-auth-token.json')
  lines.push('', `  Claude Code:  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${firstKey ?? 'YOUR-KEY'} claude`, '')
  return lines.join('\n')
}
