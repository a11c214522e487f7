import { setTimeout } from 'node:timers/promises'

/** Waits in real time; resolves to whether the connection is still there. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  if (milliseconds <= 0) return true
  try {
    await setTimeout(milliseconds, undefined, { signal })
    return true
  } catch {
    return false
  }
}
