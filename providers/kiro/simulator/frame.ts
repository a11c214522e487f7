import { crc32 } from 'node:zlib'

/** A header's value with its wire type (`kiro.md` §6.1). */
type HeaderValue =
  | { readonly type: 'true' | 'false' }
  | { readonly type: 'byte' | 'short' | 'integer'; readonly value: number }
  | { readonly type: 'long' | 'timestamp'; readonly value: bigint }
  | { readonly type: 'bytes' | 'uuid'; readonly value: Uint8Array }
  | { readonly type: 'string'; readonly value: string }

export type FrameHeaders = readonly (readonly [name: string, value: HeaderValue])[]

/** Prelude (8 bytes), its checksum (4) and the message checksum (4). */
const OVERHEAD = 16
const NOTHING = Buffer.alloc(0)

/** Encodes a header block; the order is kept, because decoders must not depend on it and tests want to prove that. */
export function encodeHeaders(headers: FrameHeaders): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [headerName(name), headerValue(value)]))
}

/** Encodes one event-stream message with both checksums. */
export function encodeFrame(headers: Uint8Array, payload: Uint8Array | string = NOTHING): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload
  const total = OVERHEAD + headers.length + body.length
  const frame = Buffer.allocUnsafe(total)
  frame.writeUInt32BE(total, 0)
  frame.writeUInt32BE(headers.length, 4)
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8)
  frame.set(headers, 12)
  frame.set(body, 12 + headers.length)
  frame.writeUInt32BE(crc32(frame.subarray(0, total - 4)), total - 4)
  return frame
}

const eventHeaders = new Map<string, Buffer>()

/** Encodes an `event` message; objects become JSON, a string is taken as JSON text already. */
export function encodeEvent(eventType: string, payload: object | string): Buffer {
  let headers = eventHeaders.get(eventType)
  if (headers === undefined) {
    headers = messageHeaders(':event-type', eventType, 'event')
    // Only names that the simulator itself uses repeat; a caller's invented names must not pile up here.
    if (eventHeaders.size < 64) eventHeaders.set(eventType, headers)
  }
  return encodeFrame(headers, typeof payload === 'string' ? payload : JSON.stringify(payload))
}

/** Encodes an `exception` message: a modelled error inside a stream of status 200. */
export function encodeException(exceptionType: string, payload: object): Buffer {
  return encodeFrame(messageHeaders(':exception-type', exceptionType, 'exception'), JSON.stringify(payload))
}

/** Encodes an `error` message: all of it is in the headers, the payload is empty. */
export function encodeErrorFrame(code: string, message: string): Buffer {
  const headers = encodeHeaders([
    [':error-code', text(code)],
    [':error-message', text(message)],
    [':message-type', text('error')],
  ])
  return encodeFrame(headers)
}

/** A copy of the frame in which one checksum is wrong. */
export function corruptFrame(frame: Buffer, checksum: 'prelude' | 'message'): Buffer {
  const copy = Buffer.from(frame)
  const at = checksum === 'prelude' ? 8 : copy.length - 1
  copy[at] = (copy[at] ?? 0) ^ 0xff
  // With only the prelude's checksum wrong a decoder that looks at the message's alone would notice too: keep that one right.
  if (checksum === 'prelude') copy.writeUInt32BE(crc32(copy.subarray(0, copy.length - 4)), copy.length - 4)
  return copy
}

function messageHeaders(typeHeader: string, typeName: string, messageType: string): Buffer {
  return encodeHeaders([
    [typeHeader, text(typeName)],
    [':content-type', text('application/json')],
    [':message-type', text(messageType)],
  ])
}

function text(value: string): HeaderValue {
  return { type: 'string', value }
}

function headerName(name: string): Buffer {
  const bytes = Buffer.from(name)
  if (bytes.length < 1 || bytes.length > 255) throw new RangeError(`A header name has 1 to 255 bytes, this one has ${bytes.length}.`)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

function headerValue(header: HeaderValue): Buffer {
  switch (header.type) {
    case 'true':
      return Buffer.from([0])
    case 'false':
      return Buffer.from([1])
    case 'byte':
      return fixed(2, 1, buffer => buffer.writeInt8(header.value, 1))
    case 'short':
      return fixed(3, 2, buffer => buffer.writeInt16BE(header.value, 1))
    case 'integer':
      return fixed(4, 4, buffer => buffer.writeInt32BE(header.value, 1))
    case 'long':
      return fixed(5, 8, buffer => buffer.writeBigInt64BE(header.value, 1))
    case 'bytes':
      return sized(6, header.value)
    case 'string':
      return sized(7, Buffer.from(header.value))
    case 'timestamp':
      return fixed(8, 8, buffer => buffer.writeBigInt64BE(header.value, 1))
    case 'uuid':
      if (header.value.length !== 16) throw new RangeError('A UUID has 16 bytes.')
      return Buffer.concat([Buffer.from([9]), header.value])
    default:
      return header satisfies never
  }
}

function fixed(type: number, size: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(1 + size)
  buffer[0] = type
  write(buffer)
  return buffer
}

function sized(type: number, value: Uint8Array): Buffer {
  if (value.length > 0xffff) throw new RangeError('A header value has at most 65535 bytes.')
  const buffer = Buffer.alloc(3 + value.length)
  buffer[0] = type
  buffer.writeUInt16BE(value.length, 1)
  buffer.set(value, 3)
  return buffer
}
