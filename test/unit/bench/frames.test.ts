import { expect } from 'chai'
import fc from 'fast-check'
import { FrameDecoder } from '../../../providers/kiro/frames.ts'
import { FloorDecoder } from '../../bench/frame-decoder.ts'
import { encodeFrame } from '../../bench/frame-encoder.ts'

type Event = readonly [type: string, payload: unknown]

const events = fc.array(
  fc.tuple(fc.constantFrom('assistantResponseEvent', 'meteringEvent', 'metadataEvent'), fc.record({ content: fc.string({ unit: 'binary' }) })),
  { maxLength: 8 },
)

function inPieces(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}

describe("the benchmark's frames", () => {
  it('are read back by the floor, in whatever pieces they come', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 300 }), (sent, size) => {
        const received: Event[] = []
        const decoder = new FloorDecoder((type, payload) => received.push([type, JSON.parse(payload)]))
        for (const piece of inPieces(Buffer.concat(sent.map(([type, payload]) => encodeFrame(type, payload))), size)) decoder.push(piece)
        expect(received).to.deep.equal(sent)
      }),
    )
  })

  it('are read by the gateway as the floor reads them', () => {
    fc.assert(
      fc.property(events, sent => {
        const received: unknown[] = []
        new FrameDecoder().decode(Buffer.concat(sent.map(([type, payload]) => encodeFrame(type, payload))), frame => received.push(JSON.parse(frame.text)))
        expect(received).to.deep.equal(sent.map(([, payload]) => payload))
      }),
    )
  })

  it('are not read where a byte is wrong', () => {
    const frame = encodeFrame('assistantResponseEvent', { content: 'text' })
    fc.assert(
      fc.property(fc.nat({ max: frame.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(frame)
        damaged[at] = (damaged[at] ?? 0) ^ change
        const received: string[] = []
        const decoder = new FloorDecoder(type => received.push(type))
        // A wrong length is told by the prelude's checksum, so it never means waiting for more.
        expect(() => decoder.push(damaged)).to.throw(/checksum/)
        expect(received).to.deep.equal([])
      }),
    )
  })
})
