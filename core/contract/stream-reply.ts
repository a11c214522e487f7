import { GatewayError } from '../errors/gateway-error.ts'
import type { Batch } from '../model/event.ts'
import type { ChatRequest } from '../model/request.ts'
import { BatchQueue } from './batch-queue.ts'
import type { Attempt } from './call.ts'
import type { Timer } from './clock.ts'
import type { BodyReceiver, ResponseHead, UpstreamStream } from './http-client.ts'
import { isPacked, refusalText } from './refusal-text.ts'
import type { ProviderSeams, ResponseParser } from './seams.ts'

const MAX_ERROR_BODY = 64 * 1024
/** How long an answer that seems complete may keep its connection open before we end it ourselves. */
const TAIL_MS = 2_000

/** The template behind `BaseProvider.stream`: build, send, then parse or classify, one batch per read. */
export function streamReply<C>(provider: ProviderSeams<C>, request: ChatRequest, attempt: Attempt<C>): AsyncIterable<Batch> {
  const built = provider.buildRequest(request, attempt)
  const { warnings: _warnings, answers: _answers, ...wire } = built
  let upstream: UpstreamStream | undefined
  const queue = new BatchQueue({
    pause: () => upstream?.pause(),
    resume: () => upstream?.resume(),
    cancel: () => upstream?.abort(),
  })

  const nobody: BodyReceiver = { data: () => undefined, end: () => undefined, fail: () => undefined }
  const receiverOf = (response: ResponseHead): BodyReceiver => {
    const { status, headers } = response
    if (status !== 200) {
      const classify = (bytes: Buffer) =>
        provider.classify({ status, headers, body: refusalText(bytes, headers['content-encoding']), requestBytes: Buffer.byteLength(built.body ?? '') })
      return refusal(queue, classify)
    }
    const type = (headers['content-type'] ?? '').toLowerCase()
    if ((built.answers ?? [provider.streams]).some(prefix => type.startsWith(prefix))) return answer(unpackedOnly(provider.parseResponse(attempt, built, request), provider.name), attempt, queue)
    throw new GatewayError(
      'upstream_nonsense',
      `the ${provider.name} upstream answered with ${type.split(';')[0] || 'no media type'} instead of a stream; something between may be answering in its place`,
    )
  }
  // What a seam throws here would go into the socket's callbacks and come back as a fault of the network.
  const head = (response: ResponseHead): BodyReceiver => {
    try {
      const quota = provider.rateLimits?.(response.headers, attempt.clock.now())
      if (quota) attempt.observed?.(quota)
      return receiverOf(response)
    } catch (error) {
      queue.fail(GatewayError.from(error))
      queue.cancel()
      return nobody
    }
  }
  upstream = attempt.http.stream({ ...wire, headers: provider.buildHeaders(attempt) }, { head, fail: error => queue.fail(error) }, { signal: attempt.signal })
  if (queue.cancelled) upstream.abort()
  return queue
}

function answer(parser: ResponseParser, { clock }: Pick<Attempt, 'clock'>, queue: BatchQueue): BodyReceiver {
  // A parser that throws is a fault of ours: the client is told, the socket does not linger.
  const guarded = (events: () => Batch) => {
    try {
      queue.push(events())
    } catch (error) {
      queue.fail(GatewayError.from(error))
    }
    // A complete answer's connection ends by itself in a moment and can then be used again; any other is dropped now.
    if (queue.ended && parser.complete !== true) queue.cancel()
  }
  let tail: Timer | undefined
  return {
    data: chunk => {
      guarded(() => parser.push(chunk))
      if (parser.complete !== true) return
      if (tail) tail.refresh()
      else {
        tail = clock.timer(TAIL_MS, () => {
          guarded(() => parser.end())
          queue.cancel()
        })
      }
    },
    end: () => {
      tail?.cancel()
      guarded(() => parser.end())
      queue.end()
    },
    fail: error => {
      tail?.cancel()
      // What broke off after everything was said is an end like any other.
      if (parser.complete === true) guarded(() => parser.end())
      else queue.fail(error)
    },
  }
}

/** A parser that is spared an answer in bytes that it cannot read: what it would say of them misleads. */
function unpackedOnly(parser: ResponseParser, name: string): ResponseParser {
  let begun = false
  return {
    push(chunk) {
      if (!begun && chunk.length > 0) {
        begun = true
        if (isPacked(chunk)) {
          throw new GatewayError(
            'upstream_nonsense',
            `the ${name} upstream compressed its answer, though it was asked not to; switch compression off there, or in what stands between`,
          )
        }
      }
      return parser.push(chunk)
    },
    end: () => parser.end(),
    get complete() {
      return parser.complete === true
    },
  }
}

function refusal(queue: BatchQueue, classify: (body: Buffer) => GatewayError): BodyReceiver {
  const chunks: Buffer[] = []
  let size = 0
  const settle = () => {
    try {
      queue.fail(classify(Buffer.concat(chunks).subarray(0, MAX_ERROR_BODY)))
    } catch (error) {
      queue.fail(GatewayError.from(error))
    }
  }
  return {
    data: chunk => {
      if (size >= MAX_ERROR_BODY) return
      chunks.push(chunk)
      size += chunk.length
      if (size < MAX_ERROR_BODY) return
      settle()
      queue.cancel()
    },
    end: settle,
    fail: settle,
  }
}
