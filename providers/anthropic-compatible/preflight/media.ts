import type { DocumentPart, ImagePart, MediaSource } from '../../../core/index.ts'
import { type Findings } from './rules.ts'
import { type ContentBlock, cacheMark, type DocumentBlock, type ImageBlock, isBlank } from './turn.ts'

/** First characters of an image's base64, with the type that they betray: the API compares it with the declared one. */
const SIGNATURES: readonly (readonly [prefix: string, mediaType: string])[] = [
  ['iVBOR', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
]
const PDF_PREFIX = 'JVBER'
const DATA_URL = /^data:([\w./+-]*)(?:;[\w=.-]+)*;base64,([\s\S]*)$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
/** Files that this API's vendor keeps; those of others begin otherwise. */
const OWN_FILE = /^file_[\w-]+$/

/** Where a complaint about a piece belongs, and where to put it. */
export interface Place {
  readonly findings: Findings
  readonly where: string
}

function imageBlock({ source, cache }: ImagePart, place: Place): ImageBlock {
  return { type: 'image', source: imageSource(plain(source), place), ...cacheMark(cache) }
}

function imageSource(source: MediaSource, { findings, where }: Place): ImageBlock['source'] {
  if (source.kind === 'url') return urlSource(source.url, { findings, where })
  if (source.kind === 'file') return fileSource(source.id, { findings, where })
  const found = SIGNATURES.find(([prefix]) => source.data.startsWith(prefix))
  if (found === undefined || !BASE64.test(source.data)) {
    return findings.refuse('images', { what: 'an image is none that the model can read', where, remedy: 'send it as PNG, JPEG, GIF or WebP in base64' })
  }
  const [, mediaType] = found
  if (mediaType !== source.mediaType.toLowerCase())
    findings.warn('images', `an image declared as ${source.mediaType || 'nothing'} is sent as the ${mediaType} that it is`, where)
  return { type: 'base64', media_type: mediaType, data: source.data }
}

/** Undefined: an empty text, of which nothing is left. */
function documentBlock(part: DocumentPart, place: Place): DocumentBlock | undefined {
  const { findings, where } = place
  const title = part.title === undefined || isBlank(part.title) ? {} : { title: part.title.slice(0, 500) }
  const rest = { ...title, ...cacheMark(part.cache) }
  const text = (data: string): DocumentBlock | undefined => {
    if (!isBlank(data)) return { type: 'document', source: { type: 'text', media_type: 'text/plain', data }, ...rest }
    findings.warn('documents', 'an empty document was left out', where)
    return undefined
  }
  if (part.source.kind === 'text') return text(part.source.text)
  const source = plain(part.source)
  if (source.kind === 'url') return { type: 'document', source: urlSource(source.url, place), ...rest }
  if (source.kind === 'file') return { type: 'document', source: fileSource(source.id, place), ...rest }
  if (source.data.startsWith(PDF_PREFIX) && BASE64.test(source.data))
    return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: source.data }, ...rest }
  if (/^text\/|^application\/(?:json|xml|yaml)/.test(source.mediaType) && BASE64.test(source.data))
    return text(Buffer.from(source.data, 'base64').toString('utf8'))
  return findings.refuse('documents', {
    what: `a document of the type "${source.mediaType}" cannot be read by the model`,
    where,
    remedy: 'send it as PDF or as text',
  })
}

/** An image or document as it may stand in a tool's result too. */
export function mediaBlock(part: ImagePart | DocumentPart, place: Place): ContentBlock | undefined {
  return part.type === 'image' ? imageBlock(part, place) : documentBlock(part, place)
}

function plain(source: MediaSource): MediaSource {
  if (source.kind !== 'url') return source
  const [, mediaType, data] = DATA_URL.exec(source.url) ?? []
  return data === undefined ? source : { kind: 'base64', mediaType: mediaType ?? '', data }
}

function urlSource(url: string, { findings, where }: Place) {
  if (!/^https?:\/\/[^\s]+$/.test(url))
    findings.refuse('images', {
      what: 'an address of an image or document is none that can be fetched',
      where,
      remedy: 'send an https address, or the content itself',
    })
  return { type: 'url', url } as const
}

function fileSource(id: string, { findings, where }: Place) {
  if (!OWN_FILE.test(id)) findings.refuse('file-reference', { what: 'the request names a file that another vendor keeps', where, remedy: 'send its content' })
  return { type: 'file', file_id: id } as const
}
