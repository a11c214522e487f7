import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { type ExportedAccount, writeExport } from '../accounts/exported-accounts.ts'
import { sealExport } from '../accounts/sealed-export.ts'
import { expandPath } from '../container/credential-context.ts'
import type { Services } from '../container/services.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { jsonText } from './output.ts'
import { readPassphrase } from './passphrase.ts'
import { withServices } from './with-services.ts'

interface ExportFlags extends Flags {
  readonly words: readonly string[]
  readonly all?: boolean
  readonly plain?: boolean
  /** Absent: standard output. */
  readonly out?: string
  readonly force?: boolean
}

/** Writes accounts out with their secrets: sealed with a passphrase, in clear only where that is asked for. */
export async function exportAccounts(context: CommandContext, { words, all, plain = false, out, force = false, ...flags }: ExportFlags): Promise<ExitCode> {
  return withServices(context, flags, async services => {
    const { directory, settings } = services
    const accounts: ExportedAccount[] = []
    for (const { id, provider } of chosenAccounts(await directory.list(), { words, ...(all === undefined ? {} : { all }) }))
      accounts.push({ provider, ...(await directory.reveal(id)) })
    if (accounts.length === 0) throw new GatewayError('not_found', 'there is no account to export')
    const text = plain ? plainExport(accounts, services) : await sealExport(writeExport(accounts), await readPassphrase(settings.environment, { isNew: true }))
    if (out === undefined) context.output.line(text.trimEnd())
    else await writeSecretFile(expandPath(out), text, force)
    const what = `${accounts.length} account${accounts.length === 1 ? '' : 's'}`
    context.output.notice(
      `exported ${what}${out === undefined ? '' : ` to ${out}`}${plain ? ' IN CLEAR: whoever reads it can use them; delete it when it has served' : ', sealed with the passphrase'}`,
    )
    context.output.notice('Both sides renew the same tokens from now on, which ends those of the other: use them in one place at a time.')
    return 0
  })
}

/** One provider's accounts as its own programs write them: an object for one, a list for several. */
function plainExport(accounts: readonly ExportedAccount[], { providers }: Services): string {
  const [first, ...others] = accounts
  if (others.some(({ provider }) => provider !== first?.provider))
    throw new GatewayError('bad_request', 'accounts of several providers have no plain form in common; name those of one, or leave --plain away')
  const written = accounts.map(({ provider, ...account }) => providers.get(provider)?.importer?.write?.(account) ?? flatForm(account))
  return `${jsonText(written.length === 1 ? written[0] : written)}\n`
}

/** For providers whose programs have no form of their own: everything side by side, as their importers read it. */
function flatForm({ label, credential, settings, disabled }: Omit<ExportedAccount, 'provider'>): object {
  return { label, ...(typeof credential === 'object' ? credential : {}), ...settings, ...(disabled === true ? { disabled } : {}) }
}

/** @throws GatewayError `bad_request` when there is such a file already, or it cannot be written */
async function writeSecretFile(path: string, text: string, force: boolean): Promise<void> {
  const target = force ? `${path}.${randomBytes(6).toString('hex')}.tmp` : path
  try {
    // A new file, so that nobody who could read an old one can read this one.
    const file = await open(target, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    if (force) await rename(target, path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'EEXIST' && !force)
      throw new GatewayError('bad_request', `${path} exists and was left as it is; choose another name, or add --force`, { cause: error })
    await rm(target, { force: true })
    throw new GatewayError('bad_request', `${path} cannot be written (${code}); choose another place`, { cause: error })
  }
}
