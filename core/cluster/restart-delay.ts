/** A worker that served for this long had started well: its end says nothing about the next one. */
export const STEADY_MS = 60_000

const FIRST_MS = 500
const MOST_MS = 30_000

/** How long to wait before a worker is replaced that ended for the `crashes`th time in a row, each soon after it had started. */
export function restartDelay(crashes: number): number {
  return crashes <= 1 ? 0 : Math.min(FIRST_MS * 2 ** (crashes - 2), MOST_MS)
}
