import type { AttemptRecord } from '../contract/call.ts'

/** What one call has tried with one account. */
export interface Tries {
  count: number
  readonly lanes: Set<string>
  last: AttemptRecord
}

const NO_TRIES: ReadonlyMap<string, Tries> = new Map()

/** A call's trail by account. */
export function triesOf(trail: readonly AttemptRecord[]): ReadonlyMap<string, Tries> {
  if (trail.length === 0) return NO_TRIES
  const tries = new Map<string, Tries>()
  for (const record of trail) {
    const known = tries.get(record.account)
    if (known) {
      known.count++
      known.lanes.add(record.lane)
      known.last = record
    } else {
      tries.set(record.account, { count: 1, lanes: new Set([record.lane]), last: record })
    }
  }
  return tries
}
