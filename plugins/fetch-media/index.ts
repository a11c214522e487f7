import {
  type AttemptRecord,
  type ChatRequest,
  definePlugin,
  type DocumentPart,
  GatewayError,
  type ImagePart,
  type TextPart,
  Type,
  type Warning,
} from '../../core/index.ts'
import { type FetchContext, fetchOne, type Media, type MediaProblem } from './fetch.ts'
import { type PlacedUrl, urlsOf, withMedia } from './placed-media.ts'

const MEGABYTE = 1024 * 1024
const AT_ONCE = 4
/** What all media of one request may weigh together. */
const MOST_TOGETHER = 32 * MEGABYTE

const Options = Type.Object(
  {
    maxBytes: Type.Optional(Type.Integer({ minimum: 1024, maximum: MOST_TOGETHER, description: 'Largest image or PDF; default 5 MB' })),
    hosts: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Hosts (with their subdomains) or HOST:PORT that alone are asked; none: every public host, at the usual port',
      }),
    ),
    perRequest: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Addresses of one request; default 20' })),
  },
  { additionalProperties: false },
)

type Fetched = ReadonlyMap<string, Media | MediaProblem>

/**
 * Fetches images and PDFs that a request names by address and puts their bytes in the place, for providers that cannot
 * fetch. What the newest message names must be there; an older address that has died must not end its conversation, so a
 * note to the model takes its place.
 */
export const fetchMedia = definePlugin({
  name: 'fetch-media',
  options: Options,
  setup: ({ maxBytes = 5 * MEGABYTE, hosts = [], perRequest = 20 }, { guardedHttp: http, clock }) => {
    // A call's copies share its trail.
    const warnings = new WeakMap<readonly AttemptRecord[], readonly Warning[]>()
    return {
      async request(call, next) {
        const urls = urlsOf(call.request)
        if (urls.length === 0) return next(call)
        const fetched = await fetchAll(urls, { http, clock, signal: call.signal, maxBytes, hosts, perRequest })
        const lost = urls.filter(({ url }) => isProblem(fetched.get(url)))
        if (lost.length > 0)
          warnings.set(
            call.trail,
            lost.map(({ url, where }) => warningOf(fetched.get(url) as MediaProblem, where)),
          )
        return next({ ...call, request: placed(call.request, fetched) })
      },
      stream(call) {
        const own = warnings.get(call.trail)
        if (own === undefined) return undefined
        return event => (event.type === 'start' ? { ...event, warnings: [...(event.warnings ?? []), ...own] } : event)
      },
    }
  },
})

type FetchAll = FetchContext & { readonly perRequest: number }

/** @throws GatewayError `bad_request` with the place of what the newest message names and cannot be had */
async function fetchAll(urls: readonly PlacedUrl[], context: FetchAll): Promise<Fetched> {
  const fetched = new Map<string, Media | MediaProblem>()
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  let weight = 0
  const one = async (placed: PlacedUrl, index: number): Promise<void> => {
    const media =
      index < context.perRequest ? await fetchOne(placed.url, { ...context, signal }) : { problem: `a request may name ${context.perRequest} addresses` }
    weight += 'bytes' in media ? media.bytes.length : 0
    const outcome = weight > MOST_TOGETHER ? { problem: `all together are larger than ${MOST_TOGETHER / MEGABYTE} MB` } : media
    if (isProblem(outcome) && placed.newest) throw refusal(outcome, placed.where)
    fetched.set(placed.url, outcome)
  }
  const queue = urls.entries()
  const worker = async () => {
    for (const [index, placed] of queue) await one(placed, index)
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  } finally {
    stop.abort(new GatewayError('cancelled', 'another address of the request failed'))
  }
  return fetched
}

function placed(request: ChatRequest, fetched: Fetched): ChatRequest {
  return withMedia(request, (url, part): TextPart | ImagePart | DocumentPart => {
    const media = fetched.get(url)
    if (media === undefined || isProblem(media))
      return { type: 'text', text: `[${part.type === 'image' ? 'An image' : 'A document'} was left out: it could not be fetched.]` }
    const { cache } = part
    const source = { kind: 'base64', mediaType: media.mediaType, data: media.bytes.toString('base64') } as const
    const title = part.type === 'document' && part.title !== undefined && media.kind === 'document' ? { title: part.title } : {}
    return { type: media.kind, source, ...title, ...(cache === undefined ? {} : { cache }) }
  })
}

function isProblem(media: Media | MediaProblem | undefined): media is MediaProblem {
  return media !== undefined && 'problem' in media
}

function refusal({ problem }: MediaProblem, where: string): GatewayError {
  return new GatewayError('bad_request', `${where}: an image or document could not be fetched: ${problem}; send it in the request as base64`, { param: where })
}

function warningOf({ problem }: MediaProblem, where: string): Warning {
  return { rule: 'media-not-fetched', message: `a note took the place of an image or document: ${problem}`, where }
}
