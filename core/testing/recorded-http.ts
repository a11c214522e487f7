import type {
  BodyReceiver,
  HttpClient,
  ResponseHead,
  SendOptions,
  StreamOptions,
  StreamReceiver,
  UpstreamRequest,
  UpstreamStream,
} from '../contract/http-client.ts'
import { GatewayError } from '../errors/gateway-error.ts'

/** One streamed answer as it came over the wire. */
export interface RecordedAnswer {
  readonly head: ResponseHead
  readonly bytes: Buffer
}

/** A way out that keeps what goes through it. */
export class RecordingHttp implements HttpClient {
  readonly requests: UpstreamRequest[] = []
  /** How many streamed calls were dropped before their end. */
  dropped = 0
  readonly #inner: HttpClient
  #head: ResponseHead | undefined
  #chunks: Buffer[] = []

  constructor(inner: HttpClient) {
    this.#inner = inner
  }

  /** The answer of the last streamed call, as far as it has come. */
  get answer(): RecordedAnswer | undefined {
    return this.#head && { head: this.#head, bytes: Buffer.concat(this.#chunks) }
  }

  send(request: UpstreamRequest, options?: SendOptions) {
    this.requests.push(request)
    return this.#inner.send(request, options)
  }

  stream(request: UpstreamRequest, receiver: StreamReceiver, options?: StreamOptions): UpstreamStream {
    this.requests.push(request)
    const chunks: Buffer[] = []
    this.#chunks = chunks
    let ended = false
    const tap = (body: BodyReceiver): BodyReceiver => ({
      data: chunk => {
        chunks.push(Buffer.from(chunk))
        body.data(chunk)
      },
      end: () => {
        ended = true
        body.end()
      },
      fail: error => {
        ended = true
        body.fail(error)
      },
    })
    const fail = (error: Error) => {
      ended = true
      receiver.fail(error)
    }
    const head = (response: ResponseHead) => {
      this.#head = response
      return tap(receiver.head(response))
    }
    const inner = this.#inner.stream(request, { head, fail }, options)
    return {
      pause: () => inner.pause(),
      resume: () => inner.resume(),
      abort: () => {
        if (!ended) this.dropped++
        inner.abort()
      },
    }
  }
}

export interface Replay {
  readonly answer: RecordedAnswer
  /** Bytes that are handed over at once; default all. */
  readonly size?: number
  /** After the bytes; default `end`. `open`: the connection stays, and nothing comes. */
  readonly ending?: 'end' | 'break' | 'open'
}

/** A way out behind which one recorded answer waits, in whatever pieces. No sockets: everything is handed over as fast as it is taken. */
export class ReplayingHttp implements HttpClient {
  /** Bytes that were handed over. */
  delivered = 0
  paused = false
  /** The provider let go of the connection. */
  aborted = false
  signal: AbortSignal | undefined
  readonly #replay: Replay
  readonly #elsewhere: HttpClient
  #body: BodyReceiver | undefined
  #over = false

  /** @param elsewhere answers calls that are not streamed */
  constructor(replay: Replay, elsewhere: HttpClient) {
    this.#replay = replay
    this.#elsewhere = elsewhere
  }

  send(request: UpstreamRequest, options?: SendOptions) {
    return this.#elsewhere.send(request, options)
  }

  stream(_request: UpstreamRequest, receiver: StreamReceiver, { signal }: StreamOptions = {}): UpstreamStream {
    this.signal = signal
    const cancel = () => this.#finish(body => body.fail(new GatewayError('cancelled', 'the request was cancelled')))
    signal?.addEventListener('abort', cancel, { once: true })
    queueMicrotask(() => {
      if (this.aborted) return
      this.#body = receiver.head(this.#replay.answer.head)
      this.#pump()
    })
    return {
      pause: () => void (this.paused = true),
      resume: () => {
        this.paused = false
        // Never from within the reader's own call.
        queueMicrotask(() => this.#pump())
      },
      abort: () => {
        this.aborted = true
        this.#over = true
      },
    }
  }

  #pump(): void {
    const { answer, size = Number.POSITIVE_INFINITY, ending = 'end' } = this.#replay
    while (!this.#over && !this.paused && this.delivered < answer.bytes.length) {
      const from = this.delivered
      this.delivered = Math.min(answer.bytes.length, from + size)
      // A copy: nobody may count on its bytes afterwards, as with a socket's.
      this.#body?.data(Buffer.from(answer.bytes.subarray(from, this.delivered)))
    }
    if (this.paused || this.delivered < answer.bytes.length) return
    if (ending === 'end') this.#finish(body => body.end())
    else if (ending === 'break') this.#finish(body => body.fail(new GatewayError('upstream_cut', 'the connection broke off in the middle of the answer')))
  }

  #finish(tell: (body: BodyReceiver) => void): void {
    if (this.#over || this.#body === undefined) return
    this.#over = true
    tell(this.#body)
  }
}
