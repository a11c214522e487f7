import type { DocumentPart, ImagePart, MediaSource } from '../../core/index.ts'
import type { GeminiPart } from '../../core/wire/gemini.ts'

/** What an image or document turned out to be: a part to send, or why there is none. */
export type MediaReading = { readonly part: GeminiPart } | { readonly problem: string; readonly remedy: string }

const DATA_URL = /^data:([^,;]*)[^,]*;base64,/i
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
/** Enough for every signature. */
const SIGNATURE_CHARACTERS = 24
/** What the API fetches itself: its own files, Cloud Storage, YouTube. */
const FETCHED = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https:\/\/(?:www\.)?(?:youtube\.com|youtu\.be)\/)/
const FILE = /^files\/[A-Za-z0-9_-]+$/
const TEXTUAL = /^text\/[\w.+-]+$/

/** @param filesRoot address of the API, where its own files are: `https://…/v1beta` */
export function readMedia({ type, source }: ImagePart | DocumentPart, filesRoot: string): MediaReading {
  const thing = type === 'image' ? 'an image' : 'a document'
  if (source.kind === 'text') return { part: { text: source.text } }
  if (source.kind === 'file') {
    if (FILE.test(source.id)) return { part: { fileData: { fileUri: `${filesRoot}/${source.id}` } } }
    return { problem: `${thing} of another vendor's file store cannot be fetched`, remedy: 'send its bytes in the request as base64' }
  }
  const inline = inlineOf(source)
  if (inline === undefined) {
    const { url } = source as Extract<MediaSource, { kind: 'url' }>
    if (FETCHED.test(url)) return { part: { fileData: { fileUri: url } } }
    return {
      problem: `${thing} behind a URL is not fetched`,
      remedy: 'send its bytes in the request as base64, or turn on media.fetchUrls in the configuration',
    }
  }
  const { declared, data } = inline
  if (data.length % 4 === 1 || !BASE64.test(data)) return { problem: `${thing} is not valid base64`, remedy: 'send it as base64' }
  const mimeType = mimeTypeOf(data) ?? (type === 'document' && TEXTUAL.test(declared) ? declared : undefined)
  if (mimeType === undefined) {
    return {
      problem: `${thing} is of a kind that the Gemini API does not take`,
      remedy: type === 'image' ? 'send it as PNG, JPEG, WebP, HEIC or HEIF' : 'send it as PDF or text',
    }
  }
  return { part: { inlineData: { mimeType, data } } }
}

function inlineOf(source: Exclude<MediaSource, { kind: 'file' }>): { readonly declared: string; readonly data: string } | undefined {
  if (source.kind === 'base64') return { declared: source.mediaType, data: stripped(source.data) }
  const match = DATA_URL.exec(source.url.slice(0, 256))
  return match === null ? undefined : { declared: match[1] ?? '', data: stripped(source.url.slice(match[0].length)) }
}

function stripped(data: string): string {
  return /\s/.test(data) ? data.replace(/\s+/g, '') : data
}

/** By its bytes: what clients declare is often wrong. GIF is known and missing: the API does not take it as an image. */
function mimeTypeOf(data: string): string | undefined {
  const bytes = Buffer.from(data.slice(0, SIGNATURE_CHARACTERS), 'base64').toString('latin1')
  if (bytes.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (bytes.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (bytes.startsWith('RIFF') && bytes.startsWith('WEBP', 8)) return 'image/webp'
  if (bytes.startsWith('%PDF-')) return 'application/pdf'
  if (!bytes.startsWith('ftyp', 4)) return undefined
  const brand = bytes.slice(8, 12)
  if (/^hei[cxms]$/.test(brand)) return 'image/heic'
  return brand === 'mif1' || brand === 'msf1' ? 'image/heif' : undefined
}
