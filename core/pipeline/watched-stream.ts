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
  /** One for all limits: it looks at the clock when it fires, so that moving a limit costs nothing. */
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  /** Of all reads together until the first visible event, then of each. */
  #limit: Limit | undefined
  #total: Limit | undefined
  /** When the read under way began; undefined: nobody waits for the upstream. */
  #waitsSince: number | undefined
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
    this.#limit = { ms, expired, from: this.#clock.monotonic() }
    this.#arm()
  }

  /** Whatever else is allowed, the whole stream ends after `ms`. */
  allowTotal(ms: number, expired: () => GatewayError): void {
    this.#total = { ms, expired, from: this.#clock.monotonic() }
    this.#arm()
  }

  /** From now on each read may take `ms`. */
  allowEach(ms: number, expired: () => GatewayError): void {
    this.#limit = { ms, expired, from: undefined }
    this.#arm()
  }

  /** The next batch, or undefined after the last. Never rejects. */
  next(): Promise<Batch | undefined> {
    if (this.#over) return Promise.resolve(undefined)
    if (this.#expiredWith !== undefined) {
      this.#over = true
      return Promise.resolve(failed(this.#expiredWith))
    }
    return new Promise(resolve => {
      this.#settle = resolve
      this.#waitsSince = this.#clock.monotonic()
      this.#arm()
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
    this.#waitsSince = undefined
    settle?.(batch)
  }

  /** When a limit is reached; Infinity while its time does not run. */
  #due({ ms, from }: Limit): number {
    return (from ?? this.#waitsSince ?? Number.POSITIVE_INFINITY) + ms
  }

  /** Sees to it that the timer fires no later than the next limit. */
  #arm(): void {
    if (this.#ended) return
    const due = Math.min(this.#limit ? this.#due(this.#limit) : Number.POSITIVE_INFINITY, this.#total ? this.#due(this.#total) : Number.POSITIVE_INFINITY)
    if (due >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = due
    this.#timer = this.#clock.timer(due - this.#clock.monotonic(), () => this.#check())
  }

  #check(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = this.#clock.monotonic()
    for (const limit of [this.#limit, this.#total]) if (limit && this.#due(limit) <= now) this.#expire(limit.expired())
    this.#arm()
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
  }
}

interface Limit {
  readonly ms: number
  readonly expired: () => GatewayError
  /** When its time began; undefined: it runs while somebody waits. */
  readonly from: number | undefined
}
