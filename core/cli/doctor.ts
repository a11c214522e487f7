import { readAccountSources } from '../container/account-sources.ts'
import { openGeneration } from '../container/generation.ts'
import { buildProviders } from '../container/providers.ts'
import { openServices, type Services } from '../container/services.ts'
import type { Flags, Settings } from '../contract/settings.ts'
import { silentLogger } from '../telemetry/log.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { AccountEgress } from '../transport/egress.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { checkAccounts } from './doctor/accounts.ts'
import { type Check, failed, type Finding, ok, warn } from './doctor/check.ts'
import { checkDataFolder, checkNode } from './doctor/machine.ts'
import { checkHosts, checkProxies } from './doctor/network.ts'
import { checkServer } from './doctor/server.ts'
import { checkKeys, checkSecrets } from './doctor/store.ts'

const SETTINGS_CHECKS: readonly Check<{ readonly settings: Settings }>[] = [checkDataFolder, checkServer, checkProxies]
const STORE_CHECKS: readonly Check<Services>[] = [checkSecrets, checkKeys]

/** Walks the chain from this machine to an answer, says which link fails and what to do; what hangs on a broken link is not tried. */
export async function doctor(context: CommandContext, { json = false, ...flags }: Flags & { readonly json?: boolean }): Promise<ExitCode> {
  const findings: Finding[] = []
  const tell = (found: readonly Finding[]) => {
    findings.push(...found)
    if (!json) for (const line of linesOf(found)) context.output.line(line)
  }
  await examine(context, { logLevel: 'error', ...flags }, tell)
  const count = (result: Finding['result']) => findings.filter(finding => finding.result === result).length
  const isWell = count('failed') === 0
  if (json) context.output.json({ ok: isWell, checks: findings })
  else context.output.line(`${count('ok')} ok, ${count('warn')} to look at, ${count('failed')} failed`)
  return isWell ? 0 : 1
}

type Tell = (found: readonly Finding[]) => void

async function examine(context: CommandContext, flags: Flags, tell: Tell): Promise<void> {
  tell(await checkNode({ version: process.versions.node }))
  let settings: Settings
  try {
    settings = await context.load(flags)
  } catch (error) {
    return tell([failed('configuration', messageOf(error), 'correct it; "kiro-gateway status --config" shows each setting and its source')])
  }
  tell([ok('configuration', settings.file ?? 'built-in defaults'), ...settings.notes.map(note => warn('configuration', note, 'nothing must be done'))])
  for (const check of SETTINGS_CHECKS) tell(await check({ settings }))
  let services: Services
  try {
    services = await openServices(settings)
  } catch (error) {
    tell([failed('database', messageOf(error), 'do what it says, then run the doctor again: accounts could not be tried')])
    return examineHosts(settings, tell)
  }
  // Timers of the clock do not hold the process, which must not end while it waits.
  const hold = setInterval(() => undefined, 60_000)
  try {
    tell([ok('database', 'opens, and its schema is current')])
    for (const check of STORE_CHECKS) tell(await check(services))
    await examineUpstreams(services, tell)
  } finally {
    clearInterval(hold)
    await services.close()
  }
}

/** Hosts need no database: what else is wrong should not come to light one by one. */
async function examineHosts({ providers: entries, proxies }: Settings, tell: Tell): Promise<void> {
  const clock = systemClock
  const { providers, dispose } = buildProviders(entries, { log: silentLogger, clock })
  const egress = new AccountEgress({ egressOptions: { proxies, clock } })
  // As above.
  const hold = setInterval(() => undefined, 60_000)
  try {
    tell(await checkHosts({ providers, http: egress.direct, clock }))
  } finally {
    clearInterval(hold)
    await egress.close()
    await dispose()
  }
}

async function examineUpstreams(services: Services, tell: Tell): Promise<void> {
  const { settings, clock, providers } = services
  const egress = new AccountEgress({ egressOptions: { proxies: settings.proxies, clock } })
  try {
    tell(await checkHosts({ providers, http: egress.direct, clock }))
    await readAccountSources(services, { detach: false })
    const generation = await openGeneration(services, { alarms: false })
    try {
      tell(await checkAccounts({ generation, services, egress }))
    } finally {
      await generation.close()
    }
  } finally {
    await egress.close()
  }
}

const LEAST_WIDTH = 15
const MOST_WIDTH = 40

/** Findings that come together stand in columns. */
function linesOf(found: readonly Finding[]): readonly string[] {
  const width = Math.min(Math.max(LEAST_WIDTH, ...found.map(({ name }) => name.length)), MOST_WIDTH)
  return found.flatMap(({ name, result, detail, remedy }) => [
    `${result.padEnd(7)} ${name.padEnd(width)}  ${detail}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(width + 10)}→ ${remedy}`]),
  ])
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
