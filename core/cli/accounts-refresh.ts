import { lifetimeOf } from '../accounts/token-life.ts'
import type { Generation } from '../container/generation.ts'
import type { Services } from '../container/services.ts'
import type { Account } from '../contract/account.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { formatTime, named } from './output.ts'
import { withGeneration } from './with-generation.ts'

interface RefreshFlags extends Flags {
  readonly words: readonly string[]
  readonly all?: boolean
  readonly json?: boolean
}

interface Result {
  readonly id: string
  readonly label: string
  readonly result: 'refreshed' | 'unneeded' | 'failed'
  /** When the new token ends, wall clock, milliseconds. */
  readonly expiresAt?: number
  readonly reason?: string
}

/** Renews tokens now, whatever their clocks say. */
export async function refreshAccounts(context: CommandContext, { words, all, json, ...flags }: RefreshFlags): Promise<ExitCode> {
  return withGeneration(context, flags, async (generation, services) => {
    const results: Result[] = []
    for (const { id, label } of chosenAccounts(await services.directory.list(), { words, ...(all === undefined ? {} : { all }) }))
      results.push({ id, label, ...(await refreshOne(id, generation, services)) })
    if (json) context.output.json(results)
    else for (const result of results) context.output.line(lineOf(result))
    return results.some(({ result }) => result === 'failed') ? 1 : 0
  })
}

async function refreshOne(id: string, { pool }: Generation, { directory, providers }: Services): Promise<Omit<Result, 'id' | 'label'>> {
  try {
    const account = accountInUse(pool.accountsOf({ keyId: 'command-line' }), id)
    const provider = providers.get(account.provider)
    // Asking for another one would take a key, which is all there is, for refused.
    if (!provider || lifetimeOf(provider, account.credential).expiresAt === Infinity) return { result: 'unneeded' }
    await pool.refresh(id)
    const { expiresAt } = await directory.show(id)
    return { result: 'refreshed', ...(expiresAt === undefined ? {} : { expiresAt }) }
  } catch (error) {
    return { result: 'failed', reason: GatewayError.from(error).message }
  }
}

/** @throws GatewayError `not_found` with the reason why an account that there is cannot be asked */
export function accountInUse(accounts: readonly Account[], id: string): Account {
  const account = accounts.find(each => each.id === id)
  if (account) return account
  throw new GatewayError(
    'not_found',
    'the account is disabled, is no longer named by its source, or its secret cannot be read; "kiro-gateway accounts list" says which',
  )
}

function lineOf(account: Result): string {
  const { result, expiresAt, reason } = account
  switch (result) {
    case 'refreshed':
      return `refreshed ${named(account)}: valid until ${formatTime(expiresAt)}`
    case 'unneeded':
      return `nothing to refresh for ${named(account)}: it is a key that does not end`
    case 'failed':
      return `failed ${named(account)}: ${reason ?? ''}`
    default:
      return result satisfies never
  }
}
