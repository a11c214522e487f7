import type { MediaSource } from '../model/request.ts'

/** An image is scaled down to this edge before a model sees it, and every 750 pixels are a token (`docs/tokens.md`). */
const LONGEST_EDGE = 1568
const PIXELS_PER_TOKEN = 750
/** What no image exceeds, and what one costs whose size is not known. */
const MOST_PER_IMAGE = 1600

/** Cameras put their notes and a preview before the frame header of a JPEG. */
const HEAD_CHARACTERS = 256 * 1024

interface Size {
  readonly width: number
  readonly height: number
}

/** About what an image costs a model, by its size in pixels. */
export function imageTokens(source: MediaSource): number {
  const size = imageSize(Buffer.from(headOf(source), 'base64'))
  if (size === undefined || size.width < 1 || size.height < 1) return MOST_PER_IMAGE
  const scale = Math.min(1, LONGEST_EDGE / Math.max(size.width, size.height))
  const pixels = size.width * scale * (size.height * scale)
  return Math.max(1, Math.min(MOST_PER_IMAGE, Math.ceil(pixels / PIXELS_PER_TOKEN)))
}

function headOf(source: MediaSource): string {
  if (source.kind === 'base64') return source.data.slice(0, HEAD_CHARACTERS)
  // Clients of other APIs put the bytes into the URL.
  const prefix = source.kind === 'url' ? /^data:[^,]{0,200};base64,/i.exec(source.url) : null
  return prefix === null || source.kind !== 'url' ? '' : source.url.slice(prefix[0].length, prefix[0].length + HEAD_CHARACTERS)
}

/** Width and height from the header of a PNG, GIF, WebP or JPEG; undefined when the bytes are none of them. */
export function imageSize(bytes: Buffer): Size | undefined {
  const start = bytes.toString('latin1', 0, 16)
  if (start.startsWith('\x89PNG\r\n\x1a\n') && bytes.length >= 24) return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
  if (start.startsWith('GIF8') && bytes.length >= 10) return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return webpSize(bytes)
  if (start.startsWith('\xff\xd8')) return jpegSize(bytes)
  return undefined
}

function webpSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 30) return undefined
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    default:
      return undefined
  }
}

/** Segment by segment up to the frame header; each segment tells its length. */
function jpegSize(bytes: Buffer): Size | undefined {
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) at += 1
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2
    else if (isFrameHeader(marker)) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    else {
      const length = bytes.readUInt16BE(at + 2)
      if (length < 2) return undefined
      at += 2 + length
    }
  }
  return undefined
}

function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
