import type { AccountDirectory, AccountSummary } from '../contract/pool.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { named } from './output.ts'
import { withServices } from './with-services.ts'

interface Change {
  readonly done: string
  /** For an account that is as it shall be already. */
  readonly unneeded?: string
  /** @returns whether there was anything to change */
  readonly apply: (directory: AccountDirectory, account: AccountSummary) => Promise<boolean>
}

/** What an operator may say about an account. A running server follows within a second. */
const CHANGES = {
  remove: { done: 'removed', apply: (directory, { id }) => directory.remove(id).then(() => true) },
  enable: { done: 'enabled', apply: (directory, { id }) => directory.enable(id).then(() => true) },
  disable: { done: 'disabled', apply: (directory, { id }) => directory.disable(id).then(() => true) },
  restore: { done: 'restored', unneeded: 'nothing to restore for', apply: (directory, { id }) => directory.restore(id).then(({ changed }) => changed) },
} as const satisfies Record<string, Change>

export type AccountChange = keyof typeof CHANGES

interface ChangeFlags extends Flags {
  readonly words: readonly string[]
  readonly all?: boolean
  readonly json?: boolean
}

interface Result {
  readonly id: string
  readonly label: string
  readonly result: string
  readonly reason?: string
}

/** Changes each of the accounts, and says of each what became of it. */
export async function changeAccounts(context: CommandContext, change: AccountChange, { words, all, json, ...flags }: ChangeFlags): Promise<ExitCode> {
  const what: Change = CHANGES[change]
  return withServices(context, flags, async ({ directory }) => {
    const chosen = chosenAccounts(await directory.list(), { words, ...(all === undefined ? {} : { all }) })
    const results: Result[] = []
    for (const account of chosen) results.push({ id: account.id, label: account.label, ...(await attempt(what, directory, account)) })
    if (json) context.output.json(results)
    else
      for (const account of results) {
        const { result, reason } = account
        const words = result === 'unneeded' ? (what.unneeded ?? result) : result
        context.output.line(`${words} ${named(account)}${reason === undefined ? '' : `: ${reason}`}`)
      }
    const fromFiles = change === 'remove' ? chosen.filter(isNamedElsewhere) : []
    if (fromFiles.length > 0 && json !== true)
      context.output.notice(
        `${fromFiles.map(({ id }) => id).join(', ')}: still named by ${[...new Set(fromFiles.map(({ origin }) => origin))].join(', ')}, so the next start adds it again; take it out there, or disable it`,
      )
    return results.some(({ result }) => result === 'failed') ? 1 : 0
  })
}

function isNamedElsewhere({ origin, attached }: AccountSummary): boolean {
  return attached && origin !== 'store' && origin !== 'caller'
}

async function attempt({ done, apply }: Change, directory: AccountDirectory, account: AccountSummary): Promise<Pick<Result, 'result' | 'reason'>> {
  try {
    if (await apply(directory, account)) return { result: done }
    return { result: 'unneeded', reason: account.state.status === 'disabled' ? 'it is disabled; "accounts enable" ends that' : 'it is well' }
  } catch (error) {
    return { result: 'failed', reason: GatewayError.from(error).message }
  }
}
