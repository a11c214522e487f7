import { crc32 } from 'node:zlib'
import { GatewayError } from '../../core/index.ts'
import { type Headers, parseHeaders } from './frame-headers.ts'

const PRELUDE = 12
/** Prelude and the message's own checksum. */
const OVERHEAD = 16
const MAX_MESSAGE = 24 * 1024 * 1024
/** A frame that is split over reads gets this much at once; a longer one grows as its bytes really come. */
const FIRST_RESERVE = 64 * 1024

/** Up to this many bytes a loop is faster than the native copy. */
const SMALL = 64

const EMPTY = Buffer.alloc(0)
const NO_HEADERS = parseHeaders(EMPTY)

/** One message of the binary event stream. Valid inside the callback that receives it: its memory is reused afterwards. */
export class Frame {
  readonly headers: Headers
  /** Where the payload stands: `bytes` from `start` to `end`. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number

  constructor(headers: Headers, bytes: Buffer, span: readonly [start: number, end: number]) {
    this.headers = headers
    this.bytes = bytes
    this.start = span[0]
    this.end = span[1]
  }

  get payload(): Buffer {
    return this.bytes.subarray(this.start, this.end)
  }

  /** The payload read as UTF-8. */
  get text(): string {
    return this.bytes.toString('utf8', this.start, this.end)
  }
}

/**
 * Cuts a byte stream into frames, whatever its chunking. Frames that lie whole in a chunk are read in place;
 * only the piece of a frame that crosses a chunk's end is copied.
 */
export class FrameDecoder {
  #partial = EMPTY
  #filled = 0
  /** Length of the partial frame; 0 until its prelude is in. */
  #expected = 0
  #headerBytes = EMPTY
  #headers = NO_HEADERS

  /** Bytes of a frame that has begun and not ended. */
  get pending(): number {
    return this.#filled
  }

  /** @throws GatewayError `upstream_nonsense` at the first frame that is not whole; the frames before it were handed over */
  decode(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    let offset = this.#filled === 0 ? 0 : this.#resume(chunk, onFrame)
    while (chunk.length - offset >= PRELUDE) {
      const total = checkedLength(chunk, offset)
      if (chunk.length - offset < total) {
        this.#expected = total
        break
      }
      onFrame(this.#read(chunk, offset, total))
      offset += total
    }
    if (offset < chunk.length) this.#keep(chunk, offset, chunk.length)
  }

  /** Completes the partial frame as far as the chunk reaches; returns where the chunk's own frames begin. */
  #resume(chunk: Buffer, onFrame: (frame: Frame) => void): number {
    let offset = 0
    if (this.#expected === 0) {
      offset = Math.min(PRELUDE - this.#filled, chunk.length)
      this.#keep(chunk, 0, offset)
      if (this.#filled < PRELUDE) return offset
      this.#expected = checkedLength(this.#partial, 0)
    }
    const end = Math.min(offset + this.#expected - this.#filled, chunk.length)
    this.#keep(chunk, offset, end)
    if (this.#filled === this.#expected) {
      const total = this.#expected
      this.#filled = 0
      this.#expected = 0
      onFrame(this.#read(this.#partial, 0, total))
      if (this.#partial.length > FIRST_RESERVE) this.#partial = EMPTY
    }
    return end
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#filled + end - start
    if (needed > this.#partial.length) {
      // A length is a claim until its bytes arrive: memory follows what came, not what was announced.
      const announced = Math.min(this.#expected, FIRST_RESERVE)
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, announced, Math.min(2 * this.#partial.length, this.#expected), 256))
      this.#partial.copy(grown, 0, 0, this.#filled)
      this.#partial = grown
    }
    if (end - start > SMALL) chunk.copy(this.#partial, this.#filled, start, end)
    else for (let index = start, to = this.#filled; index < end; index++, to++) this.#partial[to] = chunk[index] ?? 0
    this.#filled = needed
  }

  #read(bytes: Buffer, offset: number, total: number): Frame {
    const end = offset + total - 4
    if (crc32(bytes.subarray(offset, end)) !== bytes.readUInt32BE(end)) throw nonsense('a frame whose checksum does not fit')
    const headersEnd = offset + PRELUDE + bytes.readUInt32BE(offset + 4)
    return new Frame(this.#headersOf(bytes, offset + PRELUDE, headersEnd), bytes, [headersEnd, end])
  }

  /** Nearly all frames of an answer carry the same header block: comparing bytes is cheaper than reading them again. */
  #headersOf(bytes: Buffer, start: number, end: number): Headers {
    const length = end - start
    const known = this.#headerBytes
    if (known.length === length) {
      // A plain loop: for blocks of this size (about 90 bytes) it beats the native comparison.
      let index = 0
      while (index < length && bytes[start + index] === known[index]) index++
      if (index === length) return this.#headers
    }
    this.#headerBytes = Buffer.from(bytes.subarray(start, end))
    this.#headers = knownHeaders(this.#headerBytes)
    return this.#headers
  }
}

/** A service has about ten kinds of frames, each with one block of headers: they are read once per process. */
const HEADER_BLOCKS = new Map<string, Headers>()
const MOST_KEPT_BLOCKS = 64
const LONGEST_KEPT_BLOCK = 512

function knownHeaders(block: Buffer): Headers {
  if (block.length > LONGEST_KEPT_BLOCK) return parseHeaders(block)
  const key = block.toString('latin1')
  const known = HEADER_BLOCKS.get(key)
  if (known !== undefined) return known
  const headers = parseHeaders(block)
  if (HEADER_BLOCKS.size < MOST_KEPT_BLOCKS) HEADER_BLOCKS.set(key, headers)
  return headers
}

/** The frame's length, refused before anything is reserved for it. */
function checkedLength(bytes: Buffer, offset: number): number {
  if (preludeChecksum(bytes, offset) !== bytes.readUInt32BE(offset + 8)) throw nonsense('a frame whose prelude checksum does not fit')
  const total = bytes.readUInt32BE(offset)
  if (total < OVERHEAD || total > MAX_MESSAGE) throw nonsense('a frame of impossible length')
  if (bytes.readUInt32BE(offset + 4) > total - OVERHEAD) throw nonsense('a frame whose headers are longer than itself')
  return total
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value >>> 0
})

/** CRC-32 of the first eight bytes. For so few a table is nine times as fast as the native call. */
function preludeChecksum(bytes: Buffer, offset: number): number {
  let crc = 0xffffffff
  for (let index = offset; index < offset + 8; index++) crc = (TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function nonsense(what: string): GatewayError {
  return new GatewayError('upstream_nonsense', `the upstream's stream holds ${what}; the answer cannot be trusted, try again`)
}
