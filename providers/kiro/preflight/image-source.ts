import type { MediaSource } from '../../../core/index.ts'
import type { PictureFormat } from './draft.ts'

/** What an image turned out to be: something to send, or why not. */
export type ImageReading =
  | { readonly kind: 'picture'; readonly format: PictureFormat; readonly data: string }
  | { readonly kind: 'too-large'; readonly problem: string }
  | { readonly kind: 'unreadable'; readonly problem: string }

const DATA_URL = /^data:[^,]*;base64,/i
/** Enough for every signature: 12 bytes. */
const SIGNATURE_CHARACTERS = 16
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** Reads an image by its bytes: what the client declares is often wrong, and the upstream compares (`kiro.md` trap 23). */
export function readImage(source: MediaSource, limit: number): ImageReading {
  if (source.kind === 'file') return { kind: 'unreadable', problem: 'an image of a file store cannot be fetched' }
  const data = base64Of(source)
  if (data === undefined) return { kind: 'unreadable', problem: 'an image behind a URL is not fetched (media.fetchUrls in the configuration turns that on)' }
  if (data.length > limit)
    return { kind: 'too-large', problem: `an image is ${data.length} base64 characters long and ${limit} is the most that this model takes` }
  const format = formatOf(data)
  if (format === undefined) return { kind: 'unreadable', problem: 'an image is none of PNG, JPEG, GIF and WebP' }
  if (data.length % 4 === 1 || !BASE64.test(data)) return { kind: 'unreadable', problem: 'an image is not valid base64' }
  return { kind: 'picture', format, data }
}

function base64Of(source: Exclude<MediaSource, { kind: 'file' }>): string | undefined {
  if (source.kind === 'base64') return source.data.includes('\n') ? source.data.replace(/\s+/g, '') : source.data
  const prefix = DATA_URL.exec(source.url)
  return prefix === null ? undefined : source.url.slice(prefix[0].length)
}

function formatOf(data: string): PictureFormat | undefined {
  const bytes = Buffer.from(data.slice(0, SIGNATURE_CHARACTERS), 'base64').toString('latin1')
  if (bytes.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (bytes.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (bytes.startsWith('GIF87a') || bytes.startsWith('GIF89a')) return 'gif'
  if (bytes.startsWith('RIFF') && bytes.startsWith('WEBP', 8)) return 'webp'
  return undefined
}
