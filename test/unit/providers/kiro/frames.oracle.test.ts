import { Int64, type MessageHeaders, type MessageHeaderValue } from '@smithy/eventstream-codec'
import { expect } from 'chai'
import fc from 'fast-check'
import { GatewayError } from '../../../../core/index.ts'
import type { HeaderValue } from '../../../../providers/kiro/frame-headers.ts'
import { FrameDecoder } from '../../../../providers/kiro/frames.ts'
import { codec, encode } from '../../../support/kiro-frames.ts'

const headerValue: fc.Arbitrary<MessageHeaderValue> = fc.oneof(
  fc.boolean().map(value => ({ type: 'boolean', value }) as const),
  fc.integer({ min: -128, max: 127 }).map(value => ({ type: 'byte', value }) as const),
  fc.integer({ min: -32768, max: 32767 }).map(value => ({ type: 'short', value }) as const),
  fc.integer().map(value => ({ type: 'integer', value }) as const),
  fc.maxSafeInteger().map(value => ({ type: 'long', value: Int64.fromNumber(value) }) as const),
  fc.uint8Array({ maxLength: 300 }).map(value => ({ type: 'binary', value }) as const),
  fc.string({ unit: 'grapheme', maxLength: 100 }).map(value => ({ type: 'string', value }) as const),
  fc.date({ noInvalidDate: true }).map(value => ({ type: 'timestamp', value }) as const),
  fc.uuid().map(value => ({ type: 'uuid', value }) as const),
)
const headerName = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), fc.constantFrom(':message-type', ':event-type', ':exception-type'))
  .filter(name => name !== '__proto__' && Buffer.byteLength(name) < 256)
const message = fc.record({
  headers: fc.dictionary(headerName, headerValue, { maxKeys: 6, noNullPrototype: true }),
  body: fc.uint8Array({ maxLength: 600 }),
})

/** The oracle's headers in our words. */
function translate(headers: MessageHeaders): Readonly<Record<string, HeaderValue>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, header]): [string, HeaderValue] => {
      switch (header.type) {
        case 'boolean':
          return [name, { type: 'bool', value: header.value }]
        case 'byte':
          return [name, { type: 'int8', value: header.value }]
        case 'short':
          return [name, { type: 'int16', value: header.value }]
        case 'integer':
          return [name, { type: 'int32', value: header.value }]
        case 'long':
          return [name, { type: 'int64', value: Buffer.from(header.value.bytes).readBigInt64BE() }]
        case 'binary':
          return [name, { type: 'bytes', value: Buffer.from(header.value) }]
        case 'string':
          return [name, { type: 'string', value: header.value }]
        case 'timestamp':
          return [name, { type: 'timestamp', value: BigInt(header.value.valueOf()) }]
        case 'uuid':
          return [name, { type: 'uuid', value: header.value }]
        default:
          return header satisfies never
      }
    }),
  )
}

const collect = (chunks: readonly Buffer[]) => {
  const decoder = new FrameDecoder()
  const seen: { headers: Record<string, HeaderValue>; body: string }[] = []
  for (const chunk of chunks) {
    // A transport may reuse its memory as soon as the call returns.
    const transient = Buffer.from(chunk)
    decoder.decode(transient, frame => seen.push({ headers: Object.fromEntries(frame.headers.all), body: frame.payload.toString('hex') }))
    transient.fill(0xee)
  }
  return { seen, pending: decoder.pending }
}

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = points.map(point => point % (bytes.length + 1)).toSorted((one, other) => one - other)
  return [0, ...sorted].map((point, index) => bytes.subarray(point, sorted[index] ?? bytes.length))
}

describe('kiro frame decoder against a foreign codec', () => {
  it('reads any messages in any chunking exactly as the codec wrote them', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(), { maxLength: 12 }), (messages, points) => {
        const frames = messages.map(({ headers, body }) => encode(headers, body))
        const expected = frames.map(frame => {
          const decoded = codec.decode(frame)
          return { headers: translate(decoded.headers), body: Buffer.from(decoded.body).toString('hex') }
        })
        expect(collect(cut(Buffer.concat(frames), points))).to.deep.equal({ seen: expected, pending: 0 })
      }),
      { numRuns: 300 },
    )
  })

  it('turns one corrupted byte into an error or an unfinished frame, never into another frame', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ headers, body }, at, change) => {
        const bytes = encode(headers, body)
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ change
        try {
          expect(collect([bytes]).seen).to.deep.equal([])
        } catch (error) {
          expect(GatewayError.is(error) && error.code).to.equal('upstream_nonsense')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        try {
          expect(collect([Buffer.from(bytes)]).seen).to.deep.equal([])
        } catch (error) {
          expect(GatewayError.is(error) && error.code).to.equal('upstream_nonsense')
        }
      }),
      { numRuns: 300 },
    )
  })
})
