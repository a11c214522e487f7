import type { AccountState, AccountStatus } from '../contract/account.ts'
import type { AccountGroup } from './account-group.ts'
import type { AccountEntry } from './entry.ts'

/** Accounts that are asked one by one whether they serve a model. Where the first of them all do, so does their group. */
const ALIKE = 64
/** No more are asked than this of a group that is not alike. */
const MOST = 1_024

/** How those of a group fare that would serve a model if they were well. */
export interface ServingCount {
  /** Of this state; one that a single request is trying first is put aside all the same. */
  readonly active: number
  /** Not put aside. */
  readonly ready: number
  readonly cooling: number
  readonly exhausted: number
  /** Whether one of them rests because of a rate limit: only then is waiting what the client should do. */
  readonly limited: boolean
  /** When the first of those that are away comes back by itself; Infinity: none does. */
  readonly returnsAt: number
}

export function countServing(group: AccountGroup, serves: (entry: AccountEntry) => boolean): ServingCount {
  const first = [...take(group.members(), ALIKE)]
  const serving = first.filter(serves)
  if (serving.length === first.length && group.size > first.length) return ofGroup(group)
  if (group.size === first.length) return ofEntries(serving)
  return ofEntries([...take(group.members(), MOST)].filter(serves))
}

function ofGroup(group: AccountGroup): ServingCount {
  const cooling = group.count('cooldown')
  return {
    active: group.count('active'),
    ready: group.ready.size + group.unhealthy.size,
    cooling,
    exhausted: group.count('exhausted'),
    limited: cooling > 0 && some(group.members(), ({ health }) => restsForRate(health)),
    returnsAt: group.returns.next() ?? Infinity,
  }
}

function ofEntries(entries: readonly AccountEntry[]): ServingCount {
  const have = (status: AccountStatus) => entries.filter(entry => !entry.disabled && entry.health.status === status).length
  return {
    active: have('active'),
    ready: entries.filter(({ bin }) => bin !== 'away').length,
    cooling: have('cooldown'),
    exhausted: have('exhausted'),
    limited: entries.some(({ disabled, health }) => !disabled && restsForRate(health)),
    returnsAt: entries.reduce((earliest, { disabled, health }) => Math.min(earliest, disabled ? Infinity : (health.until ?? Infinity)), Infinity),
  }
}

/** Whether an account rests because it was asked too often, not because the upstream refuses it. */
export function restsForRate({ status, reason }: AccountState): boolean {
  return status === 'cooldown' && (reason === 'account_rate_limited' || reason === 'account_suspicious')
}

function* take<T>(items: Iterable<T>, most: number): IterableIterator<T> {
  let left = most
  for (const item of items) {
    if (left-- <= 0) return
    yield item
  }
}

function some<T>(items: Iterable<T>, holds: (item: T) => boolean): boolean {
  for (const item of items) if (holds(item)) return true
  return false
}
