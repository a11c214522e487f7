import type { Clock, Timer } from '../contract/clock.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Batch } from '../model/event.ts'
import { letGo } from './settled-stream.ts'

interface WatchOptions {
  readonly source: AsyncIterable<Batch>
  readonly clock: Clock
  /** Its abort ends the stream at once, whether or not the provider listens to it. */
  readonly signal: AbortSignal
  /** Tells the upstream side that nobody waits any more. */
  readonly abort: (reason: GatewayError) => void
}

const failed = (error: unknown): Batch => [{ type: 'failure', error: GatewayError.from(error) }]

/**
 * A provider's stream under a deadline, whatever the provider does: a read that lasts too long ends as a failure
 * and the upstream is dropped. Time counts only while somebody waits for the upstream, so a slow reader is no fault of it.
 */
export class WatchedStream {
  readonly #source: AsyncIterator<Batch>
  readonly #clock: Clock
  readonly #abort: (reason: GatewayError) => void
  readonly #signal: AbortSignal
  readonly #aborted = () => this.#expire(GatewayError.from(this.#signal.reason))
  #timer: Timer | undefined
  #total: Timer | undefined
  #expired: () => GatewayError = () => new GatewayError('upstream_timeout', 'the upstream did not answer in time')
  #restarts = false
  #settle: ((batch: Batch | undefined) => void) | undefined
  #over = false
  /** It ran out while nobody was reading: the next read is told. */
  #expiredWith: GatewayError | undefined

  constructor({ source, clock, signal, abort }: WatchOptions) {
    this.#source = source[Symbol.asyncIterator]()
    this.#clock = clock
    this.#signal = signal
    this.#abort = abort
    if (signal.aborted) this.#aborted()
    else signal.addEventListener('abort', this.#aborted, { once: true })
  }

  /** From now on all reads together may take `ms`, until `allowEach` says otherwise. */
  allowUntil(ms: number, expired: () => GatewayError): void {
    this.#arm(ms, expired, false)
  }

  /** Whatever else is allowed, the whole stream ends after `ms`. */
  allowTotal(ms: number, expired: () => GatewayError): void {
    if (!this.#ended) this.#total = this.#clock.timer(ms, () => this.#expire(expired()))
  }

  /** From now on each read may take `ms`. */
  allowEach(ms: number, expired: () => GatewayError): void {
    this.#arm(ms, expired, true)
  }

  /** The next batch, or undefined after the last. Never rejects. */
  next(): Promise<Batch | undefined> {
    if (this.#over) return Promise.resolve(undefined)
    if (this.#expiredWith !== undefined) {
      this.#over = true
      return Promise.resolve(failed(this.#expiredWith))
    }
    if (this.#restarts) this.#timer?.refresh()
    return new Promise(resolve => {
      this.#settle = resolve
      try {
        this.#source.next().then(
          result => this.#deliver(result.done === true ? undefined : result.value),
          error => this.#deliver(failed(error)),
        )
      } catch (error) {
        this.#deliver(failed(error))
      }
    })
  }

  /** Ends it from the reader's side: the upstream is dropped, a pending read ends. */
  cancel(reason: GatewayError): void {
    if (this.#ended) return
    this.#over = true
    this.#disarm()
    this.#abort(reason)
    letGo(this.#source)
    this.#resolve(undefined)
  }

  #deliver(batch: Batch | undefined): void {
    if (this.#over) return
    const last = batch?.at(-1)?.type
    if (batch === undefined || last === 'finish' || last === 'failure') {
      this.#over = true
      this.#disarm()
      letGo(this.#source)
    }
    this.#resolve(batch)
  }

  #resolve(batch: Batch | undefined): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(batch)
  }

  #arm(ms: number, expired: () => GatewayError, restarts: boolean): void {
    this.#timer?.cancel()
    this.#expired = expired
    this.#restarts = restarts
    if (this.#ended) return
    this.#timer = this.#clock.timer(ms, () => {
      // Nobody waits: the reader is slow. The next read starts a wait of its own.
      if (this.#settle !== undefined || !this.#restarts) this.#expire(this.#expired())
    })
  }

  #expire(error: GatewayError): void {
    if (this.#ended) return
    this.#expiredWith = error
    this.#disarm()
    this.#abort(error)
    letGo(this.#source)
    if (this.#settle === undefined) return
    this.#over = true
    this.#resolve(failed(error))
  }

  /** Whether nothing more is to come of the upstream. */
  get #ended(): boolean {
    return this.#over || this.#expiredWith !== undefined
  }

  #disarm(): void {
    this.#signal.removeEventListener('abort', this.#aborted)
    this.#timer?.cancel()
    this.#total?.cancel()
  }
}
