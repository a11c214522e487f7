import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { type ExportedAccount, readExport } from '../accounts/exported-accounts.ts'
import { isSealedExport, openExport, requireWhole } from '../accounts/sealed-export.ts'
import { readCredentialText } from '../container/credential-files.ts'
import { shownLocation } from '../container/credential-url.ts'
import type { Services } from '../container/services.ts'
import type { AddedAccount } from '../contract/pool.ts'
import type { CredentialImporter, Machine, RejectedEntry, Variables } from '../contract/provider.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { named, plain } from './output.ts'
import { readPassphrase } from './passphrase.ts'
import { withServices } from './with-services.ts'

interface ImportFlags extends Flags {
  /** Absent: wherever the provider's own programs keep theirs. */
  readonly file: string | undefined
  readonly provider: string
  readonly json?: boolean
}

/** Takes every account that the file holds, says which it took and why it left others. */
export async function importAccounts(context: CommandContext, { file, provider: name, json, ...flags }: ImportFlags): Promise<ExitCode> {
  return withServices(context, flags, async services => {
    const importer = importerOf(services, name)
    const files = file === undefined ? knownPlaces(importer, services.settings.environment) : [file]
    const found: FoundAccounts[] = []
    for (const place of files) found.push(await readPlace(context, services, { place, provider: name, importer }))
    const added: AddedAccount[] = []
    for (const { provider, ...account } of found.flatMap(({ accounts }) => accounts)) added.push(await services.directory.add(provider, account, 'store'))
    const rejected = found.flatMap(place => place.rejected)
    if (json) context.output.json({ imported: added, rejected })
    else tell(context, added, rejected)
    if (added.length > 0) return 0
    if (!json) context.output.notice(`kiro-gateway: ${files.map(shownLocation).join(' and ')} holds no account that can be used`)
    return 1
  })
}

/** @throws GatewayError `bad_request` that names those that there are */
export function importerOf({ providers }: Pick<Services, 'providers'>, name: string): CredentialImporter {
  const importer = providers.get(name)?.importer
  if (importer) return importer
  const others = [...providers].flatMap(([other, provider]) => (provider.importer ? [other] : []))
  throw new GatewayError('bad_request', `there is no provider "${name}" that imports credentials; there are ${others.join(', ')}`)
}

export interface FoundAccounts {
  readonly accounts: readonly ExportedAccount[]
  readonly rejected: readonly RejectedEntry[]
}

interface Place {
  readonly place: string
  readonly provider: string
  readonly importer: CredentialImporter
}

async function readPlace(context: CommandContext, { providers, settings, readUrl }: Services, { place, provider, importer }: Place): Promise<FoundAccounts> {
  const variables = settings.environment
  const { text, context: beside } = await readCredentialText(importer, place, { readUrl, readStdin: context.readStdin, variables, follow: true })
  if (isSealedExport(text)) {
    // Before anybody is asked for a passphrase.
    requireWhole(text)
    return readExport(await openExport(text, await readPassphrase(variables, { isNew: false })), providers)
  }
  const { accounts, rejected } = await importer.parse(text, beside)
  return { accounts: accounts.map(account => ({ provider, ...account })), rejected }
}

/** One line for each account that is here now, and one for each entry that is not. */
export function tell({ output }: CommandContext, added: readonly AddedAccount[], rejected: readonly RejectedEntry[]): void {
  for (const account of added) {
    const off = account.state.status === 'disabled' ? '; it is disabled, as it was there' : ''
    output.line(account.added ? `imported ${named(account)}${off}` : `already there: ${named(account)}; ${whatStays(account)}`)
  }
  for (const entry of rejected) output.notice(rejectionLine(entry))
}

/** What is there already brings nothing new: a state that the same credential has brought about is none the better for it. */
function whatStays({ id, state: { status } }: AddedAccount): string {
  switch (status) {
    case 'invalid':
      return 'its token is the same, and its state stays invalid: sign in again, or export a fresh one where it works'
    case 'suspended':
    case 'cooldown':
      return `its token is the same, and its state stays ${status}: "kiro-gateway accounts show ${id}" says what ends it`
    case 'disabled':
      return 'its token stays, and it stays disabled'
    case 'active':
    case 'exhausted':
    case 'unhealthy':
      return 'its token stays, its state begins anew'
    default:
      return status satisfies never
  }
}

export function rejectionLine({ index, label, reason }: RejectedEntry): string {
  return `left out entry ${index + 1}${label === undefined ? '' : ` (${plain(label)})`}: ${plain(reason)}`
}

export function thisMachine(variables: Variables): Machine {
  return { platform: process.platform, home: variables.HOME ?? variables.USERPROFILE ?? homedir(), variables }
}

/**
 * Where the provider's own programs have a sign-in on this machine: one file of each.
 * @throws GatewayError `bad_request` that tells where was looked
 */
function knownPlaces(importer: CredentialImporter, variables: Variables): readonly string[] {
  const programs = importer.places?.(thisMachine(variables)) ?? []
  const found = programs.flatMap(files => files.find(path => existsSync(path)) ?? [])
  if (found.length > 0) return found
  throw new GatewayError('bad_request', `no sign-in was found on this machine; name a file (looked for ${programs.flat().join(', ')})`)
}
