import type { Flags } from '../contract/settings.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { named } from './output.ts'
import { withGeneration } from './with-generation.ts'

/** Asks each account's upstream what it may use. Accounts are leased from the same store as a running gateway's. */
export async function models(context: CommandContext, { json, ...flags }: Flags & { readonly json?: boolean }): Promise<ExitCode> {
  const { output } = context
  return withGeneration(context, flags, async ({ pool, catalog, lists }) => {
    const principal = { keyId: 'command-line' }
    await lists.read(principal)
    const accounts = pool.accountsOf(principal)
    const cards = catalog.list(accounts)
    if (json) output.json(cards)
    else
      output.table(
        ['MODEL', 'PROVIDER', 'INPUT TOKENS', 'OUTPUT TOKENS', 'FEATURES'],
        cards.map(({ publicId, provider, limits, features }) => [
          publicId,
          provider,
          String(limits?.inputTokens ?? '-'),
          String(limits?.outputTokens ?? '-'),
          features.join(', '),
        ]),
      )
    if (accounts.length === 0) output.notice('there is no account yet; add one with "kiro-gateway accounts import FILE"')
    const silent = accounts.filter(account => catalog.isUnreadable(account))
    for (const { id, label } of silent)
      output.notice(
        `the list of ${named({ id, label })} could not be read, so the usual models of its provider are shown; "kiro-gateway accounts test ${id}" says why`,
      )
    return silent.length > 0 ? 1 : 0
  })
}
