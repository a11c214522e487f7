import { GatewayError } from '../../errors/gateway-error.ts'
import type { DocumentPart, ImagePart, MediaSource } from '../../model/request.ts'

const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*?)(;base64)?,/i
const PROBED = 256
/** What is text for every model, in whichever way it is wrapped. */
const TEXTUAL = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml)$)/

interface DataUrl {
  readonly mediaType: string
  readonly base64: boolean
  readonly data: string
}

/** The source of an image: its bytes from a data URL, else where it can be fetched. */
export function imageSource(url: string, param: string): MediaSource {
  const read = readDataUrl(url)
  if (read?.base64) return { kind: 'base64', mediaType: read.mediaType, data: read.data }
  if (/^https?:\/\//i.test(url)) return { kind: 'url', url }
  throw new GatewayError('bad_request', `${param}: must be a data URL with base64, such as data:image/png;base64,iVBO…, or an http(s) URL`, { param })
}

/** A `file` part's data: images are images, texts are texts, everything else is a document for the model to take or refuse. */
export function fileData(url: string, filename: string | undefined, param: string): ImagePart | DocumentPart {
  const read = readDataUrl(url)
  if (read === undefined) throw new GatewayError('bad_request', `${param}: must be a data URL, such as data:application/pdf;base64,JVBE…`, { param })
  const { mediaType, base64, data } = read
  if (base64 && mediaType.startsWith('image/')) return { type: 'image', source: { kind: 'base64', mediaType, data } }
  const title = filename === undefined || filename === '' ? {} : { title: filename }
  if (!base64) return { type: 'document', source: { kind: 'text', text: decoded(data, param) }, ...title }
  if (TEXTUAL.test(mediaType)) return { type: 'document', source: { kind: 'text', text: Buffer.from(data, 'base64').toString('utf8') }, ...title }
  return { type: 'document', source: { kind: 'base64', mediaType, data }, ...title }
}

function readDataUrl(url: string): DataUrl | undefined {
  // Megabytes follow: the head alone is looked at.
  const [head, mediaType = '', , base64] = DATA_URL.exec(url.slice(0, PROBED)) ?? []
  if (head === undefined) return undefined
  return { mediaType: mediaType.trim().toLowerCase() || 'text/plain', base64: base64 !== undefined, data: url.slice(head.length) }
}

function decoded(text: string, param: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new GatewayError('bad_request', `${param}: the data URL has a broken percent escape; send it as base64`, { param })
  }
}
