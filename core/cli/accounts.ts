import { readCredentials } from '../container/credential-files.ts'
import { openServices, type Services } from '../container/services.ts'
import type { AccountSummary } from '../contract/pool.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { formatTime } from './output.ts'

interface AccountFlags extends Flags {
  readonly json?: boolean
}

export async function listAccounts(context: CommandContext, { json, ...flags }: AccountFlags): Promise<ExitCode> {
  return withServices(context, flags, async ({ directory }) => {
    const accounts = await directory.list()
    if (json) context.output.json(accounts)
    else context.output.table(['ID', 'PROVIDER', 'LABEL', 'STATE', 'WHY', 'UNTIL', 'TOKEN ENDS', 'SOURCE'], accounts.map(row))
    return 0
  })
}

interface ImportFlags extends AccountFlags {
  readonly file: string
  readonly provider: string
}

/** Takes every account that the file holds, says which it took and why it left others. */
export async function importAccounts(context: CommandContext, { file, provider: name, json, ...flags }: ImportFlags): Promise<ExitCode> {
  return withServices(context, flags, async ({ directory, providers }) => {
    const provider = providers.get(name)
    if (provider?.importer === undefined) throw new GatewayError('bad_request', `there is no provider "${name}" that imports credentials; there are ${[...providers.keys()].join(', ')}`)
    const { accounts, rejected } = await readCredentials(provider.importer, file, context.readStdin)
    const added: AccountSummary[] = []
    for (const account of accounts) added.push(await directory.add(name, account, 'store'))
    if (json) context.output.json({ imported: added, rejected })
    else {
      for (const account of added) context.output.line(`imported ${account.id} (${account.label})`)
      for (const { index, reason } of rejected) context.output.notice(`left out entry ${index + 1}: ${reason}`)
    }
    if (added.length > 0) return 0
    if (!json) context.output.notice(`kiro-gateway: ${file} holds no account that can be used`)
    return 1
  })
}

function row(account: AccountSummary): readonly string[] {
  const { id, provider, label, state, expiresAt, origin } = account
  return [id, provider, label, state.status, state.reason ?? '-', formatTime(state.until), formatTime(expiresAt), origin]
}

async function withServices(context: CommandContext, flags: Flags, use: (services: Services) => Promise<ExitCode>): Promise<ExitCode> {
  const services = await openServices(await context.load(flags))
  try {
    return await use(services)
  } finally {
    await services.close()
  }
}
