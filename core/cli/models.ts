import { readAccountSources } from '../container/account-sources.ts'
import { openGeneration } from '../container/generation.ts'
import { openServices } from '../container/services.ts'
import type { Flags } from '../contract/settings.ts'
import type { CommandContext, ExitCode } from './command.ts'

/** Asks each account's upstream what it may use. Accounts are leased from the same store as a running gateway's. */
export async function models(context: CommandContext, { json, ...flags }: Flags & { readonly json?: boolean }): Promise<ExitCode> {
  const settings = await context.load({ logLevel: 'warn', ...flags })
  const services = await openServices(settings)
  try {
    await readAccountSources(services, { detach: false })
    const generation = await openGeneration(services)
    try {
      const accounts = generation.pool.accountsOf({ keyId: 'command-line' })
      await Promise.all(accounts.map(account => generation.catalog.refresh(account, () => generation.pool.ready(account.id))))
      const cards = generation.catalog.list(accounts)
      if (json) context.output.json(cards)
      else context.output.table(['MODEL', 'PROVIDER', 'INPUT TOKENS', 'OUTPUT TOKENS', 'FEATURES'], cards.map(({ publicId, provider, limits, features }) => [publicId, provider, String(limits?.inputTokens ?? '-'), String(limits?.outputTokens ?? '-'), features.join(', ')]))
      if (accounts.length === 0) context.output.notice('there is no account yet; add one with "kiro-gateway accounts import FILE"')
      return 0
    } finally {
      await generation.close()
    }
  } finally {
    await services.close()
  }
}
