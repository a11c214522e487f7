import type { AccountSummary } from '../contract/pool.ts'
import type { Flags } from '../contract/settings.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { type Cell, formatTime } from './output.ts'
import { quotaBar } from './quota-bar.ts'
import { readQuotas } from './read-quotas.ts'
import { fromNow } from './relative-time.ts'
import { withServices } from './with-services.ts'

interface ListFlags extends Flags {
  readonly json?: boolean
  /** Reads every account's quota before it shows them. */
  readonly refresh?: boolean
}

const HEADER = ['ID', 'PROVIDER', 'LABEL', 'STATE', 'QUOTA LEFT', 'WHY', 'UNTIL', 'REFRESH', 'IN FLIGHT', 'LAST ERROR', 'SOURCE']

/** All accounts, a line each. `--json` prints the summaries as `docs/accounts.md` describes them. */
export async function listAccounts(context: CommandContext, { json, refresh, ...flags }: ListFlags): Promise<ExitCode> {
  // States are on disk when the pool that read has closed.
  if (refresh) await readQuotas(context, flags)
  return withServices(context, flags, async ({ directory, clock }) => {
    const accounts = await directory.list()
    const now = clock.now()
    if (json) context.output.json(accounts)
    else
      context.output.table(
        HEADER,
        accounts.map(account => row(account, now)),
      )
    return 0
  })
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
