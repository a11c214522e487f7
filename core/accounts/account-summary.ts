import type { AccountState } from '../contract/account.ts'
import type { AccountSummary, KnownQuota } from '../contract/pool.ts'
import { effectiveState } from './health.ts'
import { wordsFor } from './health-words.ts'
import { forecastOf } from './quota-forecast.ts'
import type { StoredQuota } from './quota-store.ts'
import { type AccountRecord, shownState, type TokenFacts } from './repository.ts'
import { tokenTimes } from './token-life.ts'
import type { StoredUsage } from './usage-store.ts'

/** What the store knows of one account, table by table. */
export interface KnownAccount {
  readonly record: AccountRecord
  /** Absent: the secret cannot be read. */
  readonly token: TokenFacts | undefined
  readonly quota: StoredQuota | undefined
  readonly usage: StoredUsage | undefined
  readonly inFlight: number
}

/** An account as people and commands see it. */
export function summaryOf(known: KnownAccount, now: number): AccountSummary {
  const { record, token, usage } = known
  const { id, provider, label, origin, facts, attached } = record
  const state = token ? effectiveState(shownState(record), now) : unreadable(record)
  const words = wordsFor(state, id)
  const expiresAt = token?.expiresAt
  const refreshesAt = token && plannedRefresh(record, token, now)
  const quota = known.quota && shownQuota(known.quota)
  return {
    ...{ id, provider, label, origin, facts, attached, state },
    ...(words && { words }),
    generation: token?.generation ?? 0,
    ...(expiresAt !== undefined && Number.isFinite(expiresAt) && { expiresAt }),
    ...(refreshesAt !== undefined && { refreshesAt }),
    ...(quota && { quota }),
    usage: usage?.usage ?? { requests: 0, successes: 0, failures: 0 },
    inFlight: known.inFlight,
    ...(usage?.lastFault && { lastFault: usage.lastFault }),
  }
}

function unreadable({ createdAt }: AccountRecord): AccountState {
  return { status: 'invalid', reason: 'unreadable', since: createdAt, failures: 0 }
}

function shownQuota({ reading, history }: StoredQuota): KnownQuota {
  const forecast = forecastOf(history, reading)
  return { ...reading, ...(forecast && { forecast }) }
}

/** Each process sets out a little earlier or later of its own; this is the middle. */
function plannedRefresh({ owner, disabled, attached, health }: AccountRecord, token: TokenFacts, now: number): number | undefined {
  if (owner !== undefined || disabled || !attached || health.status === 'invalid') return undefined
  const { dueAt } = tokenTimes(token, { now, wall: now, random: 0.5 })
  return Number.isFinite(dueAt) ? Math.round(dueAt) : undefined
}
