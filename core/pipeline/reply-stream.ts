import { GatewayError } from '../errors/gateway-error.ts'
import type { Batch } from '../model/event.ts'
import type { WatchedStream } from './watched-stream.ts'

interface ReplyStreamOptions {
  /** What was read before the commit. */
  readonly held: Batch
  readonly stream: WatchedStream
  readonly transform: ((batch: Batch) => Batch) | undefined
  /** Called once: with the last batch's failure, with nothing after a proper end, with `cancelled` when the reader left. */
  readonly ended: (last: Batch | undefined, cancelled: boolean) => void
}

const DONE: IteratorResult<Batch> = { done: true, value: undefined }

/** A committed reply: the held events, then the rest, through the plugins' transforms. */
export class ReplyStream implements AsyncIterableIterator<Batch> {
  readonly #options: ReplyStreamOptions
  #held: Batch | undefined
  #over = false

  constructor(options: ReplyStreamOptions) {
    this.#options = options
    this.#held = options.held
  }

  async next(): Promise<IteratorResult<Batch>> {
    if (this.#over) return DONE
    const held = this.#held
    this.#held = undefined
    let batch: Batch | undefined
    try {
      batch = held ?? (await this.#options.stream.next())
      // The reader may have left while we waited.
      if (this.#over) return DONE
      batch ??= [{ type: 'failure', error: new GatewayError('upstream_cut', 'the upstream ended its answer without closing it') }]
      const last = batch.at(-1)?.type
      if (last === 'finish' || last === 'failure') this.#end(batch, false)
      return { done: false, value: this.#options.transform === undefined ? batch : this.#options.transform(batch) }
    } catch (error) {
      // A plugin's transform failed: the request fails with it, and says so.
      const failure: Batch = [{ type: 'failure', error: GatewayError.from(error) }]
      this.#options.stream.cancel(new GatewayError('internal', 'a plugin failed on this answer', { cause: error }))
      if (!this.#over) this.#end(failure, false)
      return { done: false, value: failure }
    }
  }

  return(): Promise<IteratorResult<Batch>> {
    if (!this.#over) {
      this.#options.stream.cancel(new GatewayError('cancelled', 'the client left'))
      this.#end(undefined, true)
    }
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #end(last: Batch | undefined, cancelled: boolean): void {
    this.#over = true
    this.#options.ended(last, cancelled)
  }
}
