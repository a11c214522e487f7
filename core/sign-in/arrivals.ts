import type { CallbackParameters } from '../contract/sign-in.ts'

/** A callback that came in, whichever way, with a way to say what became of it. */
export interface Arrival {
  readonly callback: CallbackParameters
  /** Whether whoever sent it can do better: a program that was told once what it had to say cannot. */
  readonly canRetry: boolean
  answer(outcome: Outcome): void
}

/** What the person at the other end is told. */
export interface Outcome {
  readonly ok: boolean
  readonly text: string
}

/** More than these wait for nobody who means well. */
const MOST_WAITING = 32

/** Callbacks in the order in which they came, from the listener and from whoever pastes one. */
export class Arrivals {
  readonly #waiting: Arrival[] = []
  #wake: (() => void) | undefined

  add(arrival: Arrival): void {
    if (this.#waiting.length >= MOST_WAITING) {
      arrival.answer({ ok: false, text: 'Too many callbacks came at once.' })
      return
    }
    this.#waiting.push(arrival)
    this.#wake?.()
  }

  /** @throws the signal's reason when it aborts first */
  async next(signal: AbortSignal): Promise<Arrival> {
    for (;;) {
      signal.throwIfAborted()
      const first = this.#waiting.shift()
      if (first !== undefined) return first
      await new Promise<void>(resolve => {
        this.#wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }
}
