import { GatewayError } from '../errors/gateway-error.ts'
import type { Batch, StreamEvent } from '../model/event.ts'

/** Batches that may wait for a slow reader before the source is paused: a read is at most 64 KiB. */
const HIGH_WATER = 4

interface Source {
  pause(): void
  resume(): void
  cancel(): void
}

const DONE: IteratorResult<Batch> = { done: true, value: undefined }

/** Between a socket that pushes and one reader that pulls: no promise per event, back-pressure both ways. */
export class BatchQueue implements AsyncIterableIterator<Batch> {
  readonly #source: Source
  readonly #waiting: Batch[] = []
  #reader: ((result: IteratorResult<Batch>) => void) | undefined
  #paused = false
  #ended = false
  #cancelled = false

  constructor(source: Source) {
    this.#source = source
  }

  /** Whether the last batch is in: what comes after it is dropped. */
  get ended(): boolean {
    return this.#ended
  }

  get cancelled(): boolean {
    return this.#cancelled
  }

  /** Lets go of the source; what was pushed can still be read. */
  cancel(): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#source.cancel()
  }

  push(batch: Batch): void {
    if (this.#ended || batch.length === 0) return
    const last = (batch.at(-1) as StreamEvent).type
    if (last === 'finish' || last === 'failure') this.#ended = true
    if (this.#reader) {
      const reader = this.#reader
      this.#reader = undefined
      reader({ done: false, value: batch })
      return
    }
    this.#waiting.push(batch)
    if (this.#waiting.length >= HIGH_WATER && !this.#paused && !this.#ended) {
      this.#paused = true
      this.#source.pause()
    }
  }

  /** The source has no more to say. */
  end(): void {
    if (!this.#ended) this.fail(new GatewayError('upstream_cut', 'the upstream ended its answer without closing it'))
  }

  fail(error: Error): void {
    this.push([{ type: 'failure', error: GatewayError.from(error) }])
  }

  next(): Promise<IteratorResult<Batch>> {
    const batch = this.#waiting.shift()
    if (batch !== undefined) {
      if (this.#paused && this.#waiting.length === 0) {
        this.#paused = false
        this.#source.resume()
      }
      return Promise.resolve({ done: false, value: batch })
    }
    if (this.#ended) return Promise.resolve(DONE)
    return new Promise(resolve => {
      this.#reader = resolve
    })
  }

  /** The reader leaves. Before the last batch that cancels the source; after it the connection ends by itself and can be used again. */
  return(): Promise<IteratorResult<Batch>> {
    if (!this.#ended) this.cancel()
    this.#ended = true
    this.#waiting.length = 0
    this.#reader?.(DONE)
    this.#reader = undefined
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
