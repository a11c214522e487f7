import { crc32 } from 'node:zlib'

const PRELUDE = 12
const CHECKSUM = 4
const STRING = 7

/** One event as a frame of the upstream's binary stream (`kiro.md` §6.1). */
export function encodeFrame(eventType: string, payload: object): Buffer {
  const headers = Buffer.concat([header(':event-type', eventType), header(':content-type', 'application/json'), header(':message-type', 'event')])
  const body = Buffer.from(JSON.stringify(payload))
  const frame = Buffer.alloc(PRELUDE + headers.length + body.length + CHECKSUM)
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(headers.length, 4)
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8)
  headers.copy(frame, PRELUDE)
  body.copy(frame, PRELUDE + headers.length)
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - CHECKSUM)), frame.length - CHECKSUM)
  return frame
}

function header(name: string, value: string): Buffer {
  const encodedName = Buffer.from(name)
  const encodedValue = Buffer.from(value)
  const lengths = Buffer.alloc(3)
  lengths.writeUInt8(STRING, 0)
  lengths.writeUInt16BE(encodedValue.length, 1)
  return Buffer.concat([Buffer.from([encodedName.length]), encodedName, lengths, encodedValue])
}
