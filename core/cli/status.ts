import { readRunFiles, type RunFile } from '../container/run-file.ts'
import { openServices } from '../container/services.ts'
import type { Flags, Settings } from '../contract/settings.ts'
import { shownAddress } from '../store/postgres-address.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { formatTime } from './output.ts'

interface StatusFlags extends Omit<Flags, 'config'> {
  readonly config?: string | true
  readonly json?: boolean
}

/** What runs on this data folder and what it runs with. */
export async function status(context: CommandContext, { config, json = false, ...rest }: StatusFlags): Promise<ExitCode> {
  const settings = await context.load({ ...rest, ...(typeof config === 'string' ? { config } : {}) })
  if (config !== undefined) return explainSettings(context, settings, json)
  const services = await openServices(settings)
  try {
    const accounts = await services.directory.list()
    const shared = accounts.filter(({ origin }) => origin !== 'caller')
    const callers = accounts.length - shared.length
    const states = countBy(shared.map(account => account.state.status))
    const keys = (await services.keys.list()).filter(key => key.revokedAt === undefined).length + settings.keys.length
    const running = readRunFiles(settings.dataDir)
    const report = {
      version: context.version,
      running,
      dataDir: settings.dataDir,
      database: shownDatabase(settings),
      config: settings.file ?? null,
      accounts: { total: shared.length, states, callers },
      keys,
    }
    if (json) context.output.json(report)
    else {
      for (const run of running) context.output.line(`running on ${run.url} (process ${run.pid}${shownWorkers(run)}, since ${formatTime(run.startedAt)})`)
      if (running.length === 0) context.output.line('not running')
      context.output.line(
        `accounts  ${shared.length}${
          shared.length > 0
            ? ` (${Object.entries(states)
                .map(([name, count]) => `${count} ${name}`)
                .join(', ')})`
            : ''
        }`,
      )
      if (callers > 0) context.output.line(`callers   ${callers} with an account of their own`)
      context.output.line(`keys      ${keys}`)
      context.output.line(`data      ${settings.dataDir}`)
      context.output.line(`database  ${report.database}`)
      context.output.line(`config    ${settings.file ?? 'none: built-in defaults'}`)
    }
    return 0
  } finally {
    await services.close()
  }
}

function shownWorkers({ workers }: RunFile): string {
  return workers === undefined ? '' : ` with ${workers.length} workers: ${workers.map(({ pid }) => pid).join(', ')}`
}

/** Without user and password. */
function shownDatabase({ databaseUrl }: Settings): string {
  return databaseUrl === undefined ? 'SQLite in the data folder' : (shownAddress(databaseUrl) ?? 'PostgreSQL')
}

function explainSettings({ output }: CommandContext, { explained, file, providers, plugins }: Settings, json: boolean): ExitCode {
  if (json) output.json({ file: file ?? null, settings: explained, providers: providers.map(entry => entry.name), plugins: plugins.map(entry => entry.name) })
  else {
    output.table(
      ['SETTING', 'VALUE', 'SOURCE'],
      explained.map(({ name, value, source, from }) => [name, value, from === undefined ? source : `${source} (${from})`]),
    )
    output.line(`providers  ${providers.map(entry => entry.name).join(', ')}`)
    output.line(`plugins    ${plugins.map(entry => entry.name).join(', ')}`)
  }
  return 0
}

function countBy(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
