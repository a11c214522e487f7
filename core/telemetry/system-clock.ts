import type { Clock, Timer } from '../contract/clock.ts'

/** Node fires a timer of more than 31 bits at once. */
const LONGEST_MS = 2 ** 31 - 1

/** The machine's time. Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms: number, callback: () => void): Timer {
    const timeout = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_MS)).unref()
    return {
      refresh: () => void timeout.refresh(),
      cancel: () => clearTimeout(timeout),
    }
  },
}
