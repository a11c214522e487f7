import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

/** Nobody needs more of a refusal, and a small body may unpack to gigabytes. */
const MAX_TEXT = 64 * 1024
/** Enough for a part of one that was cut off, or is longer than wanted. */
const MAX_UNPACKED = 16 * MAX_TEXT

type Packing = 'gzip' | 'zstd' | 'br' | 'deflate'

/** What was sent of it is unpacked even if the end is missing. */
const UNPACKED: Readonly<Record<Packing, (bytes: Buffer) => Buffer>> = {
  gzip: bytes => gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_UNPACKED }),
  deflate: bytes => inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_UNPACKED }),
  br: bytes => brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: MAX_UNPACKED }),
  zstd: bytes => zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_flush, maxOutputLength: MAX_UNPACKED }),
}

/** Whether an answer begins as no text does: relays compress unasked, and some take the header off that says so (`providers.md` §0.3). */
export function isPacked(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f || packingOf(bytes) === 'zstd'
}

/**
 * A refused call's body as text, unpacked where it is packed; empty where it is neither.
 * @param encoding what the headers say of it; the first bytes are believed before them
 */
export function refusalText(bytes: Buffer, encoding?: string): string {
  const packing = packingOf(bytes)
  const told = encoding?.trim().toLowerCase()
  if (packing !== undefined) return unpacked(bytes, packing) ?? ''
  return (told === 'br' || told === 'deflate' ? unpacked(bytes, told) : undefined) ?? readable(bytes.toString('utf8'))
}

function packingOf(bytes: Uint8Array): Packing | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip'
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd ? 'zstd' : undefined
}

function unpacked(bytes: Buffer, packing: Packing): string | undefined {
  try {
    return readable(UNPACKED[packing](bytes).toString('utf8')).slice(0, MAX_TEXT)
  } catch {
    return undefined
  }
}

/** Bytes that stand for no text say nothing, and must not be quoted to anybody. */
function readable(text: string): string {
  const strange = text.match(/(?![\t\n\r])[\uFFFD\p{Cc}]/gu)?.length ?? 0
  return strange * 5 > text.length ? '' : text
}
