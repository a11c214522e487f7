const STEPS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]

/** A time as seen from now: `in 4 min`, `3 h ago`, `now`, or `-`. */
export function fromNow(at: number | undefined, now: number): string {
  if (at === undefined || !Number.isFinite(at)) return '-'
  const distance = Math.abs(at - now)
  // From two of a unit on it says enough: 90 minutes are not one hour.
  const [unit, ms] = STEPS.find(([, size]) => distance >= 2 * size) ?? ['s', 1_000]
  const count = Math.round(distance / ms)
  if (count === 0) return 'now'
  return at > now ? `in ${count} ${unit}` : `${count} ${unit} ago`
}
