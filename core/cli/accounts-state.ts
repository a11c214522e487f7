import type { AccountDirectory, AccountSummary } from '../contract/pool.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { withServices } from './with-services.ts'

interface Change {
  readonly done: string
  readonly apply: (directory: AccountDirectory, id: string) => Promise<unknown>
}

/** What an operator may say about an account. A running server follows within a second. */
const CHANGES = {
  remove: { done: 'removed', apply: (directory, id) => directory.remove(id) },
  enable: { done: 'enabled', apply: (directory, id) => directory.enable(id) },
  disable: { done: 'disabled', apply: (directory, id) => directory.disable(id) },
  restore: { done: 'restored', apply: (directory, id) => directory.restore(id) },
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
  const { done, apply }: Change = CHANGES[change]
  return withServices(context, flags, async ({ directory }) => {
    const chosen = chosenAccounts(await directory.list(), { words, ...(all === undefined ? {} : { all }) })
    const results: Result[] = []
    for (const { id, label } of chosen) results.push({ id, label, ...(await attempt(() => apply(directory, id), done)) })
    if (json) context.output.json(results)
    else for (const { id, label, result, reason } of results) context.output.line(`${result} ${id} (${label})${reason === undefined ? '' : `: ${reason}`}`)
    const fromFiles = change === 'remove' ? chosen.filter(isNamedElsewhere) : []
    if (fromFiles.length > 0 && json !== true)
      context.output.notice(
        `${fromFiles.map(({ id }) => id).join(', ')}: still named by ${[...new Set(fromFiles.map(({ origin }) => origin))].join(', ')}, so the next start adds it again; take it out there, or disable it`,
      )
    return results.some(({ reason }) => reason !== undefined) ? 1 : 0
  })
}

function isNamedElsewhere({ origin, attached }: AccountSummary): boolean {
  return attached && origin !== 'store' && origin !== 'caller'
}

async function attempt(apply: () => Promise<unknown>, done: string): Promise<Pick<Result, 'result' | 'reason'>> {
  try {
    await apply()
    return { result: done }
  } catch (error) {
    return { result: 'failed', reason: GatewayError.from(error).message }
  }
}
