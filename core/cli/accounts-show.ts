import type { AccountEvent, QuotaBucket } from '../contract/account.ts'
import type { AccountSummary, KnownQuota } from '../contract/pool.ts'
import type { Flags } from '../contract/settings.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { type Cell, formatTime, type Output } from './output.ts'
import { quotaBar } from './quota-bar.ts'
import { readQuotas } from './read-quotas.ts'
import { fromNow } from './relative-time.ts'
import { withServices } from './with-services.ts'

interface ShowFlags extends Flags {
  /** An id, the beginning of one, or a label. */
  readonly word: string
  readonly json?: boolean
  /** Reads the quota before it shows it. */
  readonly refresh?: boolean
}

/** Lines of history for people; `--json` has all that are kept. */
const EVENTS_SHOWN = 15

/** Everything that is known of one account. */
export async function showAccount(context: CommandContext, { word, json, refresh, ...flags }: ShowFlags): Promise<ExitCode> {
  // States are on disk when the pool that read has closed.
  const code = refresh ? await readQuotas(context, flags, word) : 0
  return withServices(context, flags, async ({ directory, clock }) => {
    for (const account of chosenAccounts(await directory.list(), { words: [word] })) {
      const history = await directory.history(account.id, json ? undefined : EVENTS_SHOWN)
      if (json) context.output.json({ ...account, history })
      else {
        describe(account, context.output, clock.now())
        context.output.line('')
        context.output.table(['WHEN', 'WHAT', 'STATE', 'WHY', 'DETAIL', 'REQUEST'], history.map(eventRow))
      }
    }
    return code
  })
}

function describe(account: AccountSummary, output: Output, now: number): void {
  const { id, label, provider, state, words, quota, usage, lastFault, expiresAt, refreshesAt } = account
  const at = (time: number | undefined) => (time === undefined ? '-' : `${formatTime(time)} (${fromNow(time, now)})`)
  const facts: [string, string][] = [
    ['label', label],
    ['provider', provider],
    ['source', account.attached ? account.origin : `${account.origin}, which no longer names it: not in use`],
    ['state', state.reason === undefined ? state.status : `${state.status} (${state.reason})`],
    ['since', at(state.since)],
    ...(words ? [['why', words.why] as [string, string]] : []),
    ...(state.until === undefined ? [] : [['until', at(state.until)] as [string, string]]),
    ...(words ? [['what ends it', words.ends] as [string, string]] : []),
    ['token ends', at(expiresAt)],
    ['next refresh', refreshesAt !== undefined && refreshesAt <= now ? 'due' : at(refreshesAt)],
    ['in flight', String(account.inFlight)],
    ['requests', `${usage.requests} (${usage.successes} succeeded, ${usage.failures} failed), last ${fromNow(usage.lastUsedAt, now)}`],
    ['last error', lastFault === undefined ? '-' : `${lastFault.code}, ${at(lastFault.at)}: ${lastFault.message}`],
    ...quotaFacts(quota, at),
  ]
  output.table(['account', id], facts.map(whole))
  if (quota === undefined || quota.quota.buckets.length === 0) return
  output.line('')
  output.table(
    ['QUOTA', 'LEFT', 'USED', 'OF', 'UNIT', 'RESETS'],
    quota.quota.buckets.map(bucket => bucketRow(bucket, now)),
  )
}

function quotaFacts(quota: KnownQuota | undefined, at: (time: number | undefined) => string): [string, string][] {
  if (quota === undefined) return [['quota', 'not read yet, or its provider does not tell']]
  const { forecast } = quota
  return [
    ['plan', quota.quota.plan ?? '-'],
    ['quota read', at(quota.readAt)],
    ...(forecast === undefined ? [] : [['forecast', forecastWords(forecast, at)] as [string, string]]),
  ]
}

function forecastWords({ rate, unit, emptyAt, resetsAt }: NonNullable<KnownQuota['forecast']>, at: (time: number | undefined) => string): string {
  const pace = rate === 0 ? 'nothing is being used' : `${amount(rate)} ${unit} an hour`
  if (emptyAt !== undefined) return `${pace}: used up ${at(emptyAt)}${resetsAt === undefined ? '' : `, filled up ${at(resetsAt)}`}`
  return resetsAt === undefined ? pace : `${pace}: lasts until it is filled up ${at(resetsAt)}`
}

function bucketRow({ name, used, limit, unit, resetsAt }: QuotaBucket, now: number): readonly Cell[] {
  return [
    name,
    quotaBar(limit > 0 ? (limit - used) / limit : 0),
    amount(used),
    amount(limit),
    unit,
    resetsAt === undefined ? '-' : `${formatTime(resetsAt)} (${fromNow(resetsAt, now)})`,
  ]
}

function eventRow({ at, kind, from, to, until, cause, detail, call, attempt }: AccountEvent): readonly Cell[] {
  const change = from === undefined ? (to ?? '-') : to === undefined || from === to ? from : `${from} → ${to}`
  return [
    new Date(at).toISOString().slice(0, 19).replace('T', ' '),
    kind,
    until === undefined ? change : `${change} until ${formatTime(until)}`,
    cause ?? '-',
    detail ?? '-',
    call === undefined ? '-' : `${call}${attempt === undefined ? '' : ` #${attempt}`}`,
  ]
}

function whole([name, text]: readonly [string, string]): readonly Cell[] {
  return [name, { text, whole: true }]
}

function amount(value: number): string {
  return String(Math.round(value * 100) / 100)
}
