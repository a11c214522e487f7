import { GatewayError } from '../errors/gateway-error.ts'
import type { Batch, Usage } from '../model/event.ts'

/** How a call ended. */
export interface Ending {
  readonly status: 'ok' | 'failed' | 'cancelled'
  readonly error?: GatewayError
  readonly usage?: Usage
}

interface SettledStreamOptions {
  readonly events: AsyncIterable<Batch>
  /** The client's: what fails because it left is no failure. */
  readonly signal: AbortSignal
  /** Called once. */
  readonly settle: (ending: Ending) => void
}

const DONE: IteratorResult<Batch> = { done: true, value: undefined }

/**
 * The reply as it goes to the client. Whatever plugins made of the stream, it ends with one finish or failure event,
 * and the call is settled once: at that event, or when the reader leaves or fails.
 */
export class SettledStream implements AsyncIterableIterator<Batch> {
  readonly #source: AsyncIterator<Batch>
  readonly #signal: AbortSignal
  readonly #settle: (ending: Ending) => void
  #over = false

  constructor({ events, signal, settle }: SettledStreamOptions) {
    this.#source = events[Symbol.asyncIterator]()
    this.#signal = signal
    this.#settle = settle
  }

  async next(): Promise<IteratorResult<Batch>> {
    if (this.#over) return DONE
    let read: IteratorResult<Batch>
    try {
      read = await this.#source.next()
    } catch (thrown) {
      return this.#failed(GatewayError.from(thrown))
    }
    // The reader may have left while we waited.
    if (this.#over) return DONE
    if (read.done === true) return this.#failed(new GatewayError('internal', 'a plugin took the end of the answer away'))
    const last = read.value.at(-1)
    if (last?.type === 'finish') this.#end({ status: 'ok', usage: last.usage })
    else if (last?.type === 'failure') this.#end(this.#fault(last.error))
    return read
  }

  /** The reader leaves before the end. */
  async return(): Promise<IteratorResult<Batch>> {
    this.#end({ status: 'cancelled' })
    return DONE
  }

  /** The reader cannot use what it got. */
  async throw(thrown: unknown): Promise<IteratorResult<Batch>> {
    this.#end(this.#fault(GatewayError.from(thrown)))
    return DONE
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #failed(error: GatewayError): IteratorResult<Batch> {
    if (this.#over) return DONE
    this.#end(this.#fault(error))
    return { done: false, value: [{ type: 'failure', error }] }
  }

  #fault(error: GatewayError): Ending {
    return { status: this.#signal.aborted || error.code === 'cancelled' ? 'cancelled' : 'failed', error }
  }

  #end(ending: Ending): void {
    if (this.#over) return
    this.#over = true
    letGo(this.#source)
    this.#settle(ending)
  }
}

/** Tells a source that nobody reads on. What its clean-up throws is nobody's business any more. */
export function letGo(source: AsyncIterator<unknown>): void {
  void (async () => source.return?.())().catch(() => undefined)
}
