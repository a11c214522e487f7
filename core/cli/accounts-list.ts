import { reasonInBrief } from '../accounts/health-words.ts'
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
  /** Those as well that clients brought along. */
  readonly callers?: boolean
}

const HEADER = ['ID', 'PROVIDER', 'LABEL', 'STATE', 'QUOTA LEFT', 'WHY', 'UNTIL', 'REFRESH', 'IN FLIGHT', 'LAST ERROR', 'SOURCE']

/** All accounts that clients share, a line each. `--json` prints the summaries as `docs/accounts.md` describes them. */
export async function listAccounts(context: CommandContext, { json, refresh, callers, ...flags }: ListFlags): Promise<ExitCode> {
  // States are on disk when the pool that read has closed.
  const code = refresh ? await readQuotas(context, flags) : 0
  return withServices(context, flags, async ({ directory, clock }) => {
    const all = await directory.list()
    const accounts = callers ? all : all.filter(({ origin }) => origin !== 'caller')
    const now = clock.now()
    if (json) context.output.json(accounts)
    else
      context.output.table(
        HEADER,
        accounts.map(account => row(account, now)),
      )
    const hidden = all.length - accounts.length
    if (hidden > 0) context.output.notice(`${hidden} more ${hidden === 1 ? 'account came' : 'accounts came'} along with clients' keys; --callers shows them`)
    return code
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
    reasonInBrief(state) ?? '-',
    formatTime(state.until),
    fromNow(refreshesAt === undefined ? undefined : Math.max(refreshesAt, now), now),
    String(inFlight),
    lastFault === undefined ? '-' : `${lastFault.code} ${fromNow(lastFault.at, now)}`,
    origin,
  ]
}
