import { LRUCache } from 'lru-cache'
import type { Dispatcher } from 'undici'
import type { Clock } from '../contract/clock.ts'
import type { BodyReceiver, HttpClient, ResponseHead, SendOptions, StreamOptions, StreamReceiver, UpstreamRequest, UpstreamResponse, UpstreamStream } from '../contract/http-client.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { transportError } from './errors.ts'

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_BYTES = 1024 * 1024

interface HttpClientOptions {
  readonly dispatcher: Dispatcher
  /** The proxy's URL, or `direct`: for messages. */
  readonly proxy: string
  readonly clock: Clock
}

/** An HttpClient over undici's `dispatch`: callbacks from the socket to the parser, no stream objects between. */
export function createHttpClient({ dispatcher, proxy, clock }: HttpClientOptions): HttpClient {
  const client: HttpClient = {
    stream: (request, receiver, options) => dispatch(dispatcher, proxy, { request, receiver, ...options }),
    send: (request, options) => collect(client, clock, { request, ...options }),
  }
  return client
}

interface Target {
  readonly origin: string
  readonly path: string
  readonly host: string
}

/** Upstreams have few addresses and are asked often. */
const TARGETS = new LRUCache<string, Target>({ max: 256 })

function target(url: string): Target {
  let known = TARGETS.get(url)
  if (known === undefined) {
    const { origin, pathname, search, host } = new URL(url)
    known = { origin, path: `${pathname}${search}`, host }
    TARGETS.set(url, known)
  }
  return known
}

interface StreamJob extends StreamOptions {
  readonly request: UpstreamRequest
  readonly receiver: StreamReceiver
}

function dispatch(dispatcher: Dispatcher, proxy: string, { request, receiver, signal }: StreamJob): UpstreamStream {
  const { origin, path, host } = target(request.url)
  let controller: Dispatcher.DispatchController | undefined
  let body: BodyReceiver | undefined
  let over = false
  let paused = false

  const finish = () => {
    over = true
    signal?.removeEventListener('abort', onAbort)
  }
  const fail = (error: unknown) => {
    if (over) return
    finish()
    const failure = transportError(error, host, proxy)
    if (body) body.fail(failure.code === 'upstream_unreachable' ? new GatewayError('upstream_cut', `the connection to ${host} broke off in the middle of the answer`, { cause: error, reason: failure.reason ?? '' }) : failure)
    else receiver.fail(failure)
  }
  const abort = () => {
    if (over) return
    finish()
    controller?.abort(new GatewayError('cancelled', 'the request was cancelled'))
  }
  const onAbort = () => {
    if (over) return
    const reason: unknown = signal?.reason
    fail(GatewayError.is(reason) ? reason : new GatewayError('cancelled', 'the request was cancelled'))
    controller?.abort(new GatewayError('cancelled', 'the request was cancelled'))
  }

  if (signal?.aborted) {
    queueMicrotask(onAbort)
  } else {
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      dispatcher.dispatch(
        { origin, path, method: request.method, headers: request.headers, body: request.body ?? null, blocking: true },
        {
          onRequestStart(started) {
            controller = started
            if (over) started.abort(new GatewayError('cancelled', 'the request was cancelled'))
          },
          onResponseStart(_controller, status, headers) {
            if (over || status < 200) return
            body = receiver.head({ status, headers: flatten(headers) })
            if (paused) controller?.pause()
          },
          onResponseData(_controller, chunk) {
            if (!over) body?.data(chunk)
          },
          onResponseEnd() {
            if (over) return
            finish()
            body?.end()
          },
          onResponseError(_controller, error) {
            fail(error)
          },
        },
      )
    } catch (error) {
      // Some dispatchers throw for a request that they cannot send.
      fail(error)
    }
  }
  return {
    pause: () => {
      paused = true
      if (!over) controller?.pause()
    },
    resume: () => {
      paused = false
      if (!over) controller?.resume()
    },
    abort,
  }
}

interface SendJob extends SendOptions {
  readonly request: UpstreamRequest
}

async function collect(client: HttpClient, clock: Clock, job: SendJob): Promise<UpstreamResponse> {
  const { request, signal, timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = job
  const { host } = target(request.url)
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (act: () => void) => {
      timer.cancel()
      act()
    }
    const timer = clock.timer(timeoutMs, () => {
      stream.abort()
      reject(new GatewayError('upstream_timeout', `${host} did not answer within ${Math.round(timeoutMs / 1000)} s`))
    })
    const fail = (error: Error) => settle(() => reject(error))
    const stream = client.stream(
      request,
      {
        fail,
        head: (head: ResponseHead) => ({
          data: chunk => {
            size += chunk.length
            if (size <= maxBytes) {
              chunks.push(chunk)
              return
            }
            stream.abort()
            fail(new GatewayError('upstream_nonsense', `${host} answered with more than ${maxBytes} bytes`))
          },
          end: () => settle(() => resolve({ ...head, body: Buffer.concat(chunks) })),
          fail,
        }),
      },
      signal === undefined ? {} : { signal },
    )
  })
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}
