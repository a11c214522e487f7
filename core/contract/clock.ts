/** Time as everything here sees it, so that tests own it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for records and for other processes. */
  now(): number
  /** Monotonic milliseconds: for durations and deadlines. */
  monotonic(): number
  /** Calls back once after `ms`; does not keep the process alive. */
  timer(ms: number, callback: () => void): Timer
}

export interface Timer {
  /** Starts the same wait anew; much cheaper than another timer. */
  refresh(): void
  cancel(): void
}

/**
 * Waits.
 * @throws the signal's reason when it aborts first
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = () => {
      timer.cancel()
      reject(signal?.reason as Error)
    }
    const timer = clock.timer(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
