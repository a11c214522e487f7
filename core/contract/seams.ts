import type { GatewayError } from '../errors/gateway-error.ts'
import type { Batch, Warning } from '../model/event.ts'
import type { ChatRequest } from '../model/request.ts'
import type { Quota } from './account.ts'
import type { Attempt } from './call.ts'
import type { UpstreamRequest } from './http-client.ts'

/** One answer's parser: bytes in, events out; pure and synchronous, whatever the chunking. */
export interface ResponseParser {
  push(chunk: Buffer): Batch
  /** The upstream closed the connection properly: the rest, ending with `finish` or `failure`. */
  end(): Batch
  /** Everything that makes an answer has been said, though the connection is still open. */
  readonly complete?: boolean
}

/** What came back instead of an answer, or broke one off. */
export interface UpstreamFailure {
  /** 0 when there was no HTTP answer, and for failures inside a stream of status 200. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** At most 64 KiB of it. */
  readonly body: string
  /** Bytes of the request that failed: some upstreams answer "malformed" for "too large". */
  readonly requestBytes: number
}

export interface BuiltRequest extends Omit<UpstreamRequest, 'headers'> {
  /** Media types that the answer may have, as prefixes, where they are others than the provider's usual one. */
  readonly answers?: readonly string[]
  readonly warnings: readonly Warning[]
}

/** What the template of `BaseProvider.stream` needs of a provider. */
export interface ProviderSeams<C> {
  readonly name: string
  readonly streams: string
  buildRequest(request: ChatRequest, attempt: Attempt<C>): BuiltRequest
  buildHeaders(attempt: Attempt<C>): Record<string, string>
  parseResponse(attempt: Attempt<C>, built: BuiltRequest, request: ChatRequest): ResponseParser
  classify(failure: UpstreamFailure): GatewayError
  /**
   * What an answer's headers tell of the quota, asked for every answer and every refusal; `now` is the wall clock for
   * times that count from it. Undefined where they tell nothing.
   */
  rateLimits?(headers: Readonly<Record<string, string>>, now: number): Quota | undefined
}
