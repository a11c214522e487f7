import type { Clock, Timer } from '../../core/index.ts'

interface Waiting {
  at: number
  readonly ms: number
  readonly callback: () => void
  handle: NodeJS.Timeout | undefined
}

/** The machine's time, of which a test may skip a part: sockets go on as they are, whatever was planned falls due. */
export class ShiftedClock implements Clock {
  #shift = 0
  readonly #waiting = new Set<Waiting>()

  now(): number {
    return Date.now() + this.#shift
  }

  monotonic(): number {
    return performance.now() + this.#shift
  }

  timer(ms: number, callback: () => void): Timer {
    const waiting: Waiting = { at: this.monotonic() + ms, ms, callback, handle: undefined }
    this.#arm(waiting)
    return {
      refresh: () => {
        waiting.at = this.monotonic() + ms
        this.#arm(waiting)
      },
      cancel: () => {
        clearTimeout(waiting.handle)
        this.#waiting.delete(waiting)
      },
    }
  }

  skip(ms: number): void {
    this.#shift += ms
    for (const waiting of [...this.#waiting]) this.#arm(waiting)
  }

  #arm(waiting: Waiting): void {
    clearTimeout(waiting.handle)
    this.#waiting.add(waiting)
    const ms = Math.min(Math.max(waiting.at - this.monotonic(), 0), 2 ** 31 - 1)
    waiting.handle = setTimeout(() => {
      this.#waiting.delete(waiting)
      waiting.callback()
    }, ms).unref()
  }
}
