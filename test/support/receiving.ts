import type { HttpClient, ResponseHead, StreamOptions, UpstreamRequest, UpstreamStream } from '../../core/index.ts'
import { GatewayError } from '../../core/index.ts'

export interface Received {
  readonly stream: UpstreamStream
  readonly chunks: Buffer[]
  head?: ResponseHead
  /** How many of `end` and `fail` came: there must be one. */
  endings: number
  /** Data after the end. */
  late: number
  /** `end`, or the code of what failed; never settles after an abort. */
  readonly ended: Promise<string>
  error?: GatewayError
  readonly headed: Promise<void>
  onData?: (chunk: Buffer) => void
}

/** Sends a request and notes all that comes back. */
export function receive(client: HttpClient, request: Partial<UpstreamRequest> & { readonly url: string }, options?: StreamOptions): Received {
  const ended = Promise.withResolvers<string>()
  const headed = Promise.withResolvers<void>()
  const received: Omit<Received, 'stream'> & { stream?: UpstreamStream } = { chunks: [], endings: 0, late: 0, ended: ended.promise, headed: headed.promise }
  const over = (how: string, error?: Error) => {
    received.endings++
    if (error) received.error = GatewayError.from(error)
    ended.resolve(error ? GatewayError.from(error).code : how)
    headed.resolve()
  }
  received.stream = client.stream(
    { method: 'POST', headers: {}, body: '{}', ...request },
    {
      fail: error => over('fail', error),
      head: head => {
        received.head = head
        headed.resolve()
        return {
          data: chunk => {
            if (received.endings > 0) received.late++
            received.chunks.push(Buffer.from(chunk))
            received.onData?.(chunk)
          },
          end: () => over('end'),
          fail: error => over('fail', error),
        }
      },
    },
    options,
  )
  return received as Received
}
