/** The way out: proxy, TLS, time-outs and cancellation are already in it. Plugins may wrap it, providers send through it. */
export interface HttpClient {
  /** Sends and collects the whole answer, at most `maxBytes` of it. */
  send(request: UpstreamRequest, options?: SendOptions): Promise<UpstreamResponse>
  /**
   * Sends and hands the answer on as it arrives: `receiver.head` gets status and headers and returns who takes the body.
   * Bytes are handed over synchronously, one call per read of the socket.
   */
  stream(request: UpstreamRequest, receiver: StreamReceiver, options?: StreamOptions): UpstreamStream
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface SendOptions {
  readonly signal?: AbortSignal
  /** Whole-call limit; default 30 s. */
  readonly timeoutMs?: number
  /** Default 1 MiB; a longer answer is an `upstream_nonsense` error. */
  readonly maxBytes?: number
}

export interface StreamOptions {
  readonly signal?: AbortSignal
}

export interface ResponseHead {
  readonly status: number
  /** Names in lower case; several values of one name are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
}

export interface UpstreamResponse extends ResponseHead {
  readonly body: Buffer
}

export interface StreamReceiver {
  head(head: ResponseHead): BodyReceiver
  /** There was no answer at all. After `head` the body's own receiver is told. */
  fail(error: Error): void
}

/** Who takes a response's body. Exactly one of `end` and `fail` is called, and is the last call. */
export interface BodyReceiver {
  data(chunk: Buffer): void
  end(): void
  fail(error: Error): void
}

export interface UpstreamStream {
  /** Stops reading from the socket: the upstream feels it as back-pressure. */
  pause(): void
  resume(): void
  /** Drops the connection. Nothing is called after it. */
  abort(): void
}
