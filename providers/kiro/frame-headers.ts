import { GatewayError } from '../../core/index.ts'

/** A header's value with the wire's own type, so that `1` as int8 and `1` as int64 stay different things. */
export type HeaderValue =
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int8' | 'int16' | 'int32'; readonly value: number }
  | { readonly type: 'int64'; readonly value: bigint }
  | { readonly type: 'bytes'; readonly value: Buffer }
  | { readonly type: 'string'; readonly value: string }
  /** Milliseconds since the epoch. */
  | { readonly type: 'timestamp'; readonly value: bigint }
  | { readonly type: 'uuid'; readonly value: string }

/** One frame's headers: those that decide what the frame is, and all of them by name. */
export interface Headers {
  readonly messageType: string | undefined
  readonly eventType: string | undefined
  readonly exceptionType: string | undefined
  readonly errorCode: string | undefined
  readonly errorMessage: string | undefined
  readonly contentType: string | undefined
  readonly all: ReadonlyMap<string, HeaderValue>
  /** False when a value of a type that nobody knows stopped the reading: what follows it cannot be found. */
  readonly whole: boolean
}

/** The limit of the public C library; a frame of nothing but headers could otherwise hold millions. */
const MAX_HEADERS = 1024

/**
 * Reads one header block. Values are copies: the block's memory may be reused afterwards.
 * @throws GatewayError `upstream_nonsense` when a length points outside the block
 */
export function parseHeaders(block: Buffer): Headers {
  const all = new Map<string, HeaderValue>()
  let offset = 0
  let count = 0
  let whole = true
  while (offset < block.length) {
    if (++count > MAX_HEADERS) throw broken('too many headers')
    const nameEnd = offset + 1 + block.readUInt8(offset)
    if (nameEnd + 1 > block.length) throw broken('a header that runs past its block')
    const name = block.toString('utf8', offset + 1, nameEnd)
    const type = block.readUInt8(nameEnd)
    const start = nameEnd + 1
    if (type > 9) {
      whole = false
      break
    }
    const end = start + sizeOf(type, block, start)
    if (end > block.length) throw broken('a header that runs past its block')
    all.set(name, readValue(type, block.subarray(start, end)))
    offset = end
  }
  const text = (name: string): string | undefined => {
    const header = all.get(name)
    return header?.type === 'string' ? (WORDS.get(header.value) ?? header.value) : undefined
  }
  return {
    messageType: text(':message-type'),
    eventType: text(':event-type'),
    exceptionType: text(':exception-type'),
    errorCode: text(':error-code'),
    errorMessage: text(':error-message'),
    contentType: text(':content-type'),
    all,
    whole,
  }
}

/**
 * The words that decide what a frame is, as the one string that code compares with: text fresh from the wire is equal
 * to it, but comparing and looking up with it costs many times as much.
 */
const WORDS: ReadonlyMap<string, string> = new Map(
  [
    ...['event', 'exception', 'error'],
    ...['assistantResponseEvent', 'codeEvent', 'reasoningContentEvent', 'toolUseEvent', 'metadataEvent', 'contextUsageEvent', 'meteringEvent'],
  ].map(word => [word, word]),
)

const FIXED_SIZES: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16]

function sizeOf(type: number, block: Buffer, start: number): number {
  const fixed = FIXED_SIZES[type] ?? 0
  if (fixed >= 0) return fixed
  if (start + 2 > block.length) throw broken('a header that runs past its block')
  return 2 + block.readUInt16BE(start)
}

function readValue(type: number, bytes: Buffer): HeaderValue {
  switch (type) {
    case 0:
      return { type: 'bool', value: true }
    case 1:
      return { type: 'bool', value: false }
    case 2:
      return { type: 'int8', value: bytes.readInt8(0) }
    case 3:
      return { type: 'int16', value: bytes.readInt16BE(0) }
    case 4:
      return { type: 'int32', value: bytes.readInt32BE(0) }
    case 5:
      return { type: 'int64', value: bytes.readBigInt64BE(0) }
    case 6:
      return { type: 'bytes', value: Buffer.from(bytes.subarray(2)) }
    case 7:
      return { type: 'string', value: bytes.toString('utf8', 2) }
    case 8:
      return { type: 'timestamp', value: bytes.readBigInt64BE(0) }
    default:
      return { type: 'uuid', value: bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') }
  }
}

function broken(what: string): GatewayError {
  return new GatewayError('upstream_nonsense', `the upstream's stream holds ${what}; the answer cannot be read, try again`)
}
