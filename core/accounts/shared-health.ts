import type { AccountState } from '../contract/account.ts'
import { effectiveState, RANK } from './health.ts'

/** Whether two states are one in the store, which keeps whole milliseconds. */
export function sameHealth(one: AccountState, other: AccountState): boolean {
  return (
    one.status === other.status &&
    one.reason === other.reason &&
    one.failures === other.failures &&
    Math.round(one.since) === Math.round(other.since) &&
    Math.round(one.until ?? -1) === Math.round(other.until ?? -1)
  )
}

/**
 * Of what two processes found at the same time, neither knowing of the other's: the worse, of two alike the longer. An
 * account that rests too long answers a little later; one that does not rest is refused again, and upstreams remember that.
 */
export function worseOf(mine: AccountState, theirs: AccountState, now: number): AccountState {
  const one = effectiveState(mine, now)
  const other = effectiveState(theirs, now)
  const difference = RANK[other.status] - RANK[one.status]
  if (difference !== 0) return difference > 0 ? theirs : mine
  return (other.until ?? 0) > (one.until ?? 0) || ((other.until ?? 0) === (one.until ?? 0) && other.failures > one.failures) ? theirs : mine
}
