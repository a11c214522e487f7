import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../../../../core/index.ts'
import type { HeaderValue } from '../../../../providers/kiro/frame-headers.ts'
import { FrameDecoder } from '../../../../providers/kiro/frames.ts'
import { eventFrame } from '../../../support/kiro-frames.ts'

interface Seen {
  readonly headers: Readonly<Record<string, HeaderValue>>
  readonly payload: string
}

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const ascii = (text: string) => Buffer.from(text).toString('hex')
const FOO = ascii("{'foo':'bar'}")
const CONTENT_TYPE = { type: 'string', value: 'application/json' } as const
const ONE_HEADER = `0000003d 00000020 07fd8396 0c ${ascii('content-type')} 07 0010 ${ascii('application/json')} ${FOO} 8d9c08b1`
const EMPTY_MESSAGE = '00000010 00000000 05c248eb 7d98c8ff'
const ALL_HEADERS = `
  000000cc 000000af 0fae64ca
  0a ${ascii('event-type')} 04 0000a00c
  0c ${ascii('content-type')} 07 0010 ${ascii('application/json')}
  0a ${ascii('bool false')} 01
  09 ${ascii('bool true')} 00
  04 ${ascii('byte')} 02 cf
  08 ${ascii('byte buf')} 06 0014 ${ascii("I'm a little teapot!")}
  09 ${ascii('timestamp')} 08 0000000000845fed
  05 ${ascii('int16')} 03 002a
  05 ${ascii('int64')} 05 00000000028757b2
  04 ${ascii('uuid')} 09 0102030405060708090a0b0c0d0e0f10
  ${FOO} aba5f10c`

const POSITIVE: Readonly<Record<string, { readonly bytes: string; readonly length: number; readonly seen: readonly Seen[] }>> = {
  empty_message: { bytes: EMPTY_MESSAGE, length: 16, seen: [{ headers: {}, payload: '' }] },
  payload_no_headers: {
    bytes: `0000001d 00000000 fd528c5a ${FOO} c3653936`,
    length: 29,
    seen: [{ headers: {}, payload: "{'foo':'bar'}" }],
  },
  payload_one_str_header: {
    bytes: ONE_HEADER,
    length: 61,
    seen: [{ headers: { 'content-type': CONTENT_TYPE }, payload: "{'foo':'bar'}" }],
  },
  int32_header: {
    bytes: `0000002d 00000010 41c424b8 0a ${ascii('event-type')} 04 0000a00c ${FOO} 36f480a0`,
    length: 45,
    seen: [{ headers: { 'event-type': { type: 'int32', value: 40972 } }, payload: "{'foo':'bar'}" }],
  },
  all_headers: {
    bytes: ALL_HEADERS,
    length: 204,
    seen: [
      {
        headers: {
          'event-type': { type: 'int32', value: 40972 },
          'content-type': CONTENT_TYPE,
          'bool false': { type: 'bool', value: false },
          'bool true': { type: 'bool', value: true },
          byte: { type: 'int8', value: -49 },
          'byte buf': { type: 'bytes', value: Buffer.from("I'm a little teapot!") },
          timestamp: { type: 'timestamp', value: 8675309n },
          int16: { type: 'int16', value: 42 },
          int64: { type: 'int64', value: 42424242n },
          uuid: { type: 'uuid', value: '01020304-0506-0708-090a-0b0c0d0e0f10' },
        },
        payload: "{'foo':'bar'}",
      },
    ],
  },
  c_int32_header_no_payload: {
    bytes: `0000001b 0000000b e5c0a072 05 ${ascii('event')} 04 00000020 04a1d47c`,
    length: 27,
    seen: [{ headers: { event: { type: 'int32', value: 32 } }, payload: '' }],
  },
  c_bool_true_header: {
    bytes: `00000017 00000007 29860158 05 ${ascii('event')} 00 4b4d2be7`,
    length: 23,
    seen: [{ headers: { event: { type: 'bool', value: true } }, payload: '' }],
  },
  c_empty_length_byte_array_and_string: {
    bytes: `00000022 00000012 2d9ad245 04 ${ascii('buff')} 06 0000 06 ${ascii('string')} 07 0000 c84cf853`,
    length: 34,
    seen: [{ headers: { buff: { type: 'bytes', value: Buffer.alloc(0) }, string: { type: 'string', value: '' } }, payload: '' }],
  },
  c_multiple_messages: {
    bytes: EMPTY_MESSAGE + ONE_HEADER,
    length: 77,
    seen: [
      { headers: {}, payload: '' },
      { headers: { 'content-type': CONTENT_TYPE }, payload: "{'foo':'bar'}" },
    ],
  },
  worked_example_assistant: {
    bytes: `0000007c0000005c3bddcf780b3a6576656e742d74797065070016617373697374616e74526573706f6e73654576656e74
      0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e74
      7b22636f6e74656e74223a224869227db02babdc`,
    length: 124,
    seen: [
      {
        headers: {
          ':event-type': { type: 'string', value: 'assistantResponseEvent' },
          ':content-type': CONTENT_TYPE,
          ':message-type': { type: 'string', value: 'event' },
        },
        payload: '{"content":"Hi"}',
      },
    ],
  },
  worked_example_exception: {
    bytes: `0000008800000061de0175f40f3a657863657074696f6e2d747970650700135468726f74746c696e67457863657074696f6e
      0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e
      7b226d657373616765223a22736c6f7720646f776e227d5b4bbb49`,
    length: 136,
    seen: [
      {
        headers: {
          ':exception-type': { type: 'string', value: 'ThrottlingException' },
          ':content-type': CONTENT_TYPE,
          ':message-type': { type: 'string', value: 'exception' },
        },
        payload: '{"message":"slow down"}',
      },
    ],
  },
}

const flipped = (bytes: string, at: number, value: number) => {
  const copy = hex(bytes)
  copy[at] = value
  return copy
}
/** A prelude whose own checksum is right, and zeros. */
const withPrelude = (lengths: string, size: number) => {
  const bytes = Buffer.alloc(size)
  hex(lengths).copy(bytes)
  bytes.writeUInt32BE(crc(hex(lengths)), 8)
  return bytes
}

const NEGATIVE: Readonly<Record<string, { readonly bytes: Buffer; readonly message: RegExp }>> = {
  corrupted_header_len: { bytes: flipped(ONE_HEADER, 7, 0x21), message: /prelude/ },
  corrupted_length: { bytes: flipped(ONE_HEADER, 3, 0x3e), message: /prelude/ },
  corrupted_headers: { bytes: flipped(ONE_HEADER, 45, 0x61), message: /checksum/ },
  corrupted_payload: { bytes: flipped(`0000001d 00000000 fd528c5a ${FOO} c3653936`, 12, 0x5b), message: /checksum/ },
  c_corrupted_prelude_crc: { bytes: flipped(EMPTY_MESSAGE, 9, 0xc3), message: /prelude/ },
  c_total_length_5: { bytes: withPrelude('00000005 00000000', 13), message: /length/ },
  c_total_length_12: { bytes: withPrelude('0000000c 00000000', 13), message: /length/ },
  c_headers_longer_than_message: { bytes: withPrelude('00000014 00000008', 21), message: /headers/ },
}

function decode(chunks: Iterable<Buffer>, decoder = new FrameDecoder()): Seen[] {
  const seen: Seen[] = []
  for (const chunk of chunks) {
    decoder.decode(chunk, frame => {
      expect(frame.text).to.equal(frame.payload.toString())
      seen.push({ headers: Object.fromEntries(frame.headers.all), payload: frame.text })
    })
  }
  return seen
}

const singly = (bytes: Buffer) => Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
const halves = (bytes: Buffer, at: number) => [bytes.subarray(0, at), bytes.subarray(at)]

describe('kiro frame decoder: golden vectors', () => {
  for (const [name, vector] of Object.entries(POSITIVE)) {
    it(`reads ${name} whole, byte by byte and split anywhere`, () => {
      const bytes = hex(vector.bytes)
      expect(bytes.length).to.equal(vector.length)
      expect(decode([bytes])).to.deep.equal(vector.seen)
      expect(decode(singly(bytes))).to.deep.equal(vector.seen)
      for (let at = 0; at <= bytes.length; at++) expect(decode(halves(bytes, at))).to.deep.equal(vector.seen)
    })
  }

  for (const [name, vector] of Object.entries(NEGATIVE)) {
    it(`refuses ${name} whole, byte by byte and split anywhere`, () => {
      const refused = (chunks: Buffer[]) =>
        expect(() => decode(chunks))
          .to.throw(GatewayError, vector.message)
          .with.property('code', 'upstream_nonsense')
      refused([vector.bytes])
      refused(singly(vector.bytes))
      for (let at = 1; at < vector.bytes.length; at++) refused(halves(vector.bytes, at))
    })
  }

  it('knows how many bytes of an unfinished frame it holds', () => {
    const decoder = new FrameDecoder()
    expect(decode([hex(ONE_HEADER).subarray(0, 54)], decoder)).to.have.length(0)
    expect(decoder.pending).to.equal(54)
    expect(decode([hex(ONE_HEADER).subarray(54)], decoder)).to.have.length(1)
    expect(decoder.pending).to.equal(0)
  })

  it('reads a header name of 255 bytes', () => {
    const bytes = Buffer.concat([hex('00000111 00000101'), Buffer.alloc(4), Buffer.from([255]), Buffer.alloc(255, 'a'), Buffer.from([0]), Buffer.alloc(4)])
    sign(bytes)
    expect(bytes.length).to.equal(273)
    expect(decode(singly(bytes))).to.deep.equal([{ headers: { ['a'.repeat(255)]: { type: 'bool', value: true } }, payload: '' }])
  })
})

describe('kiro frame decoder: limits', () => {
  it('accepts the announcement of 16 MiB + 1 and refuses that of more than 24 MiB before any payload', () => {
    const decoder = new FrameDecoder()
    decoder.decode(hex('01000001 00000000 94e8f647'), () => undefined)
    expect(decoder.pending).to.equal(12)
    expect(() => decode([withPrelude('01800001 00000000', 12)])).to.throw(GatewayError, /length/)
  })

  it('reserves memory for what came, not for what was announced', () => {
    const before = process.memoryUsage().arrayBuffers
    const decoders = Array.from({ length: 200 }, () => {
      const decoder = new FrameDecoder()
      decoder.decode(hex('01000001 00000000 94e8f647'), () => undefined)
      decoder.decode(Buffer.alloc(10), () => undefined)
      return decoder
    })
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(decoders.length * 70_000)
  })

  it('refuses more than 1024 headers', () => {
    const block = Buffer.concat(Array.from({ length: 1025 }, () => Buffer.from([1, 97, 0])))
    const bytes = Buffer.concat([Buffer.alloc(12), block, Buffer.alloc(4)])
    bytes.writeUInt32BE(bytes.length, 0)
    bytes.writeUInt32BE(block.length, 4)
    sign(bytes)
    expect(() => decode([bytes])).to.throw(GatewayError, /headers/)
  })

  it('refuses headers that run past their block and keeps those before a value of unknown type', () => {
    const frame = (block: Buffer) => {
      const bytes = Buffer.concat([Buffer.alloc(12), block, Buffer.alloc(4)])
      bytes.writeUInt32BE(bytes.length, 0)
      bytes.writeUInt32BE(block.length, 4)
      sign(bytes)
      return bytes
    }
    for (const block of ['05 6162', '01 61', '01 61 07 00', '01 61 07 0004 6162', '01 61 05 00000000']) {
      expect(() => decode([frame(hex(block))]), block).to.throw(GatewayError, /header/)
    }
    const decoder = new FrameDecoder()
    decoder.decode(frame(hex('01 61 00 01 62 0a ffff')), seen => {
      expect([...seen.headers.all]).to.deep.equal([['a', { type: 'bool', value: true }]])
      expect(seen.headers.whole).to.equal(false)
    })
  })

  it('hands over the frames before a broken one', () => {
    const good = eventFrame('assistantResponseEvent', { content: 'x' })
    const bad = Buffer.from(good)
    bad[bad.length - 6] = 0
    const seen: string[] = []
    expect(() => new FrameDecoder().decode(Buffer.concat([good, good, bad]), frame => seen.push(frame.text))).to.throw(GatewayError)
    expect(seen).to.have.length(2)
  })

  it('joins a 200 KB frame that comes in pieces of any size', () => {
    const payload = { content: 'ä6'.repeat(70_000) }
    const bytes = Buffer.concat([eventFrame('assistantResponseEvent', payload), eventFrame('assistantResponseEvent', { content: 'end' })])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), size => {
        const chunks = []
        for (let at = 0; at < bytes.length; at += Math.max(size, 50)) chunks.push(bytes.subarray(at, at + Math.max(size, 50)))
        const seen = decode(chunks)
        expect(seen.map(frame => JSON.parse(frame.payload))).to.deep.equal([payload, { content: 'end' }])
      }),
      { numRuns: 15 },
    )
  })
})

function crc(bytes: Buffer): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  }
  return ~value >>> 0
}

/** Fills in both checksums. */
function sign(bytes: Buffer): void {
  bytes.writeUInt32BE(crc(bytes.subarray(0, 8)), 8)
  bytes.writeUInt32BE(crc(bytes.subarray(0, -4)), bytes.length - 4)
}
