import type { Picture } from './draft.ts'

export interface Dimensions {
  readonly width: number
  readonly height: number
}

/** Enough for a JPEG's profiles and previews, which stand before its size. */
const HEAD_CHARACTERS = 400_000
const FIXED_CHARACTERS = 64

/** Width and height, read from the bytes; undefined when they do not tell. */
export function dimensionsOf({ format, data }: Pick<Picture, 'format' | 'data'>): Dimensions | undefined {
  const bytes = Buffer.from(data.slice(0, format === 'jpeg' ? HEAD_CHARACTERS : FIXED_CHARACTERS), 'base64')
  switch (format) {
    case 'png':
      return bytes.length < 24 ? undefined : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
    case 'gif':
      return bytes.length < 10 ? undefined : { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
    case 'webp':
      return ofWebp(bytes)
    case 'jpeg':
      return ofJpeg(bytes)
    default:
      return format satisfies never
  }
}

function ofWebp(bytes: Buffer): Dimensions | undefined {
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

/** The size stands in the first start-of-frame segment; all segments before it tell their length. */
function ofJpeg(bytes: Buffer): Dimensions | undefined {
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
    } else if (isStartOfFrame(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    } else {
      at += 2 + bytes.readUInt16BE(at + 2)
    }
  }
  return undefined
}

/** C4, C8 and CC lie among them and are something else. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
