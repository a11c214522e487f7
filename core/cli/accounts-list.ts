import type { AccountSummary } from '../contract/pool.ts'
import type { Flags } from '../contract/settings.ts'
import { openServices } from '../container/services.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { type Cell, formatTime } from './output.ts'
import { quotaBar } from './quota-bar.ts'
import { readQuotas } from './read-quotas.ts'
import { fromNow } from './relative-time.ts'

interface ListFlags extends Flags {
  readonly json?: boolean
  /** Reads every account's quota before it shows them. */
  readonly refresh?: boolean
}

const HEADER = ['ID', 'PROVIDER', 'LABEL', 'STATE', 'QUOTA LEFT', 'WHY', 'UNTIL', 'REFRESH', 'IN FLIGHT', 'LAST ERROR', 'SOURCE']

/** All accounts, a line each. `--json` prints the summaries as `docs/accounts.md` describes them. */
export async function listAccounts(context: CommandContext, { json, refresh, ...flags }: ListFlags): Promise<ExitCode> {
  const services = await openServices(await context.load(refresh ? { logLevel: 'warn', ...flags } : flags))
  try {
    if (refresh) await readQuotas(services, context.output)
    const accounts = await services.directory.list()
    if (json) context.output.json(accounts)
    else {
      const now = services.clock.now()
      context.output.table(
        HEADER,
        accounts.map(account => row(account, now)),
      )
    }
    return 0
  } finally {
    await services.close()
  }
}

function row(account: AccountSummary, now: number): readonly Cell[] {
  const { id, provider, label, state, origin, attached, quota, refreshesAt, inFlight, lastFault } = account
  return [
    id,
    provider,
    label,
    attached ? state.status : 'not in use',
    quotaBar(quota?.remaining),
    state.reason ?? '-',
    formatTime(state.until),
    fromNow(refreshesAt === undefined ? undefined : Math.max(refreshesAt, now), now),
    String(inFlight),
    lastFault === undefined ? '-' : `${lastFault.code} ${fromNow(lastFault.at, now)}`,
    origin,
  ]
}
