import type { AccountEntry } from '../entry.ts'
import type { Walk } from './strategy.ts'

/**
 * Among this many the best is found by looking at all of them, in some microseconds. Of more accounts, those that come
 * next in turn are compared: as turns go around, nobody is left out.
 */
export const COMPARED = 1024

/** The account that a walk leads to first, as `fits` turns it into a result; undefined for one that does not. */
export function walkTo<T>(entries: readonly AccountEntry[], walk: Walk, fits: (entry: AccountEntry) => T | undefined): T | undefined {
  const { length } = entries
  if (walk.score !== undefined) return bestOf(entries, walk, fits)
  for (let count = 0, index = walk.start; count < length; count++, index = (index + walk.step) % length) {
    const found = fits(entries[index] as AccountEntry)
    if (found !== undefined) return found
  }
  return undefined
}

function bestOf<T>(entries: readonly AccountEntry[], { start, score }: Walk, fits: (entry: AccountEntry) => T | undefined): T | undefined {
  const { length } = entries
  for (let from = 0; from < length; from += COMPARED) {
    let best: T | undefined
    let highest = -Infinity
    for (let count = from; count < Math.min(from + COMPARED, length); count++) {
      const entry = entries[(start + count) % length] as AccountEntry
      const reached = score?.(entry) ?? 0
      // Whether an account fits costs more than its score: only the record so far is asked.
      if (reached <= highest) continue
      const found = fits(entry)
      if (found === undefined) continue
      best = found
      highest = reached
    }
    if (best !== undefined) return best
  }
  return undefined
}
