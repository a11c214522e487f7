import { EventStreamCodec } from '@smithy/eventstream-codec'
import { fromUtf8, toUtf8 } from '@smithy/util-utf8'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  corruptFrame,
  encodeErrorFrame,
  encodeEvent,
  encodeException,
  encodeFrame,
  encodeHeaders,
  type FrameHeaders,
} from '../../../../../providers/kiro/simulator/frame.ts'

const codec = new EventStreamCodec(toUtf8, fromUtf8)
const PAYLOAD = "{'foo':'bar'}"
const checksums = (frame: Buffer) => [frame.readUInt32BE(8).toString(16), frame.readUInt32BE(frame.length - 4).toString(16)]

describe('The simulator’s frame encoder', () => {
  it('encodes the golden vectors of the event-stream format', () => {
    const text = (value: string) => ({ type: 'string', value }) as const
    const golden: readonly (readonly [FrameHeaders, string, number, string, string])[] = [
      [[], '', 16, '5c248eb', '7d98c8ff'],
      [[], PAYLOAD, 29, 'fd528c5a', 'c3653936'],
      [[['content-type', text('application/json')]], PAYLOAD, 61, '7fd8396', '8d9c08b1'],
      [[['event-type', { type: 'integer', value: 40_972 }]], PAYLOAD, 45, '41c424b8', '36f480a0'],
      [[['event', { type: 'integer', value: 32 }]], '', 27, 'e5c0a072', '4a1d47c'],
      [[['event', { type: 'true' }]], '', 23, '29860158', '4b4d2be7'],
      [
        [
          ['event-type', { type: 'integer', value: 40_972 }],
          ['content-type', text('application/json')],
          ['bool false', { type: 'false' }],
          ['bool true', { type: 'true' }],
          ['byte', { type: 'byte', value: -49 }],
          ['byte buf', { type: 'bytes', value: Buffer.from("I'm a little teapot!") }],
          ['timestamp', { type: 'timestamp', value: 8_675_309n }],
          ['int16', { type: 'short', value: 42 }],
          ['int64', { type: 'long', value: 42_424_242n }],
          ['uuid', { type: 'uuid', value: Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex') }],
        ],
        PAYLOAD,
        204,
        'fae64ca',
        'aba5f10c',
      ],
    ]
    for (const [headers, payload, length, prelude, message] of golden) {
      const frame = encodeFrame(encodeHeaders(headers), payload)
      expect(frame.length).to.equal(length)
      expect(checksums(frame)).to.deep.equal([prelude, message])
    }
  })

  it('encodes empty byte arrays and strings', () => {
    const headers = encodeHeaders([
      ['buff', { type: 'bytes', value: Buffer.alloc(0) }],
      ['string', { type: 'string', value: '' }],
    ])
    const frame = encodeFrame(headers)
    expect(frame.length).to.equal(34)
    expect(checksums(frame)).to.deep.equal(['2d9ad245', 'c84cf853'])
  })

  it('encodes the worked examples of the protocol byte for byte', () => {
    const examples = [
      [
        encodeEvent('assistantResponseEvent', { content: 'Hi' }),
        '0000007c0000005c3bddcf780b3a6576656e742d74797065070016617373697374616e74526573706f6e73654576656e74' +
          '0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e74' +
          '7b22636f6e74656e74223a224869227db02babdc',
      ],
      [
        encodeEvent('contextUsageEvent', { contextUsagePercentage: 12.5 }),
        '0000008600000057ae8b5e0c0b3a6576656e742d74797065070011636f6e7465787455736167654576656e74' +
          '0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e74' +
          '7b22636f6e74657874557361676550657263656e74616765223a31322e357d775490df',
      ],
      [
        encodeException('ThrottlingException', { message: 'slow down' }),
        '0000008800000061de0175f40f3a657863657074696f6e2d747970650700135468726f74746c696e67457863657074696f6e' +
          '0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e' +
          '7b226d657373616765223a22736c6f7720646f776e227d5b4bbb49',
      ],
    ] as const
    for (const [frame, hex] of examples) expect(frame.toString('hex')).to.equal(hex)
  })

  it('is understood by another decoder, whatever the payload', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1, maxLength: 40 }), (payload, name) => {
        const frame = encodeFrame(encodeHeaders([[name, { type: 'string', value: payload }]]), payload)
        const decoded = codec.decode(frame)
        expect(Buffer.from(decoded.body).toString()).to.equal(payload)
        expect(decoded.headers[name]?.value).to.equal(payload)
      }),
      { numRuns: 100 },
    )
  })

  it('writes error frames with headers alone', () => {
    const { headers, body } = codec.decode(encodeErrorFrame('InternalFailure', 'It failed.'))
    expect(body.length).to.equal(0)
    expect(headers[':error-code']?.value).to.equal('InternalFailure')
    expect(headers[':message-type']?.value).to.equal('error')
  })

  it('corrupts exactly the checksum it is asked to corrupt', () => {
    const frame = encodeEvent('assistantResponseEvent', { content: 'x' })
    expect(() => codec.decode(corruptFrame(frame, 'prelude'))).to.throw(/prelude checksum/i)
    expect(() => codec.decode(corruptFrame(frame, 'message'))).to.throw(/message checksum/i)
    expect(() => codec.decode(frame)).not.to.throw()
  })

  it('refuses header names that the format cannot carry', () => {
    expect(() => encodeHeaders([['', { type: 'true' }]])).to.throw(RangeError)
    expect(() => encodeHeaders([['n'.repeat(256), { type: 'true' }]])).to.throw(RangeError)
    expect(encodeFrame(encodeHeaders([['n'.repeat(255), { type: 'true' }]])).length).to.equal(273)
  })
})
