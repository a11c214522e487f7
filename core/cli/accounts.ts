import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { readCredentials } from '../container/credential-files.ts'
import { shownLocation } from '../container/credential-url.ts'
import { openServices, type Services } from '../container/services.ts'
import type { AccountSummary, AddedAccount } from '../contract/pool.ts'
import type { CredentialImporter, ImportedCredentials } from '../contract/provider.ts'
import type { Flags, Settings } from '../contract/settings.ts'
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
  /** Absent: wherever the provider's own programs keep theirs. */
  readonly file: string | undefined
  readonly provider: string
}

/** Takes every account that the file holds, says which it took and why it left others. */
export async function importAccounts(context: CommandContext, { file, provider: name, json, ...flags }: ImportFlags): Promise<ExitCode> {
  return withServices(context, flags, async ({ directory, providers, settings, readUrl }) => {
    const provider = providers.get(name)
    if (provider?.importer === undefined) throw new GatewayError('bad_request', `there is no provider "${name}" that imports credentials; there are ${[...providers.keys()].join(', ')}`)
    const files = file === undefined ? knownPlaces(provider.importer, settings.environment) : [file]
    const added: AddedAccount[] = []
    const refused: ImportedCredentials['rejected'][number][] = []
    for (const place of files) {
      const { accounts, rejected } = await readCredentials(provider.importer, place, { readUrl, readStdin: context.readStdin })
      for (const account of accounts) added.push(await directory.add(name, account, 'store'))
      refused.push(...rejected)
    }
    if (json) context.output.json({ imported: added, rejected: refused })
    else {
      for (const account of added) context.output.line(account.added ? `imported ${account.id} (${account.label})` : `already there: ${account.id} (${account.label}); its token stays, its state begins anew`)
      for (const { index, reason } of refused) context.output.notice(`left out entry ${index + 1}: ${reason}`)
    }
    if (added.length > 0) return 0
    if (!json) context.output.notice(`kiro-gateway: ${files.map(shownLocation).join(' and ')} holds no account that can be used`)
    return 1
  })
}

/**
 * Where the provider's own programs have a sign-in on this machine: one file of each.
 * @throws GatewayError `bad_request` that tells where was looked
 */
function knownPlaces(importer: CredentialImporter, variables: Settings['environment']): readonly string[] {
  const home = variables.HOME ?? variables.USERPROFILE ?? homedir()
  const programs = importer.places?.({ platform: process.platform, home, variables }) ?? []
  const found = programs.flatMap(files => files.find(path => existsSync(path)) ?? [])
  if (found.length > 0) return found
  throw new GatewayError('bad_request', `no sign-in was found on this machine; name a file (looked for ${programs.flat().join(', ')})`)
}

function row(account: AccountSummary): readonly string[] {
  const { id, provider, label, state, expiresAt, origin, attached } = account
  return [id, provider, label, attached ? state.status : 'not in use', state.reason ?? '-', formatTime(state.until), formatTime(expiresAt), origin]
}

async function withServices(context: CommandContext, flags: Flags, use: (services: Services) => Promise<ExitCode>): Promise<ExitCode> {
  const services = await openServices(await context.load(flags))
  try {
    return await use(services)
  } finally {
    await services.close()
  }
}
