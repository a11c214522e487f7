import { expect } from 'chai'
import fc from 'fast-check'
import type { CompletionBlock } from '../../../../core/index.ts'
import { createKiroParser } from '../../../../providers/kiro/stream.ts'
import { answerOf, eventsOf, parserContext } from '../../../support/kiro-answer.ts'
import { anyFrame } from '../../../support/arbitrary-frames.ts'
import { say } from '../../../support/kiro-frames.ts'

const context = fc.record({
  stop: fc.constantFrom([], ['STOP'], ['STOP', 'a', '你好']),
  maxTokens: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  reasoning: fc.constantFrom('visible', 'hidden'),
})
type Context = typeof context extends fc.Arbitrary<infer T> ? T : never
const given = ({ maxTokens, ...rest }: Context) => ({ ...rest, ...(maxTokens === undefined ? {} : { maxTokens }) })

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = points.map(point => point % (bytes.length + 1)).toSorted((one, other) => one - other)
  return [0, ...sorted].map((point, index) => bytes.subarray(point, sorted[index] ?? bytes.length))
}

const textIn = (blocks: readonly CompletionBlock[]) => blocks.map(block => (block.type === 'text' ? block.text : '')).join('')

describe('kiro answer parser: any stream', () => {
  it('keeps to the event grammar and says the same in every chunking', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { maxLength: 14 }), context, fc.array(fc.nat(), { maxLength: 8 }), async (frames, changes, points) => {
        const bytes = Buffer.concat(frames)
        const whole = eventsOf([bytes], given(changes))
        const answer = await answerOf(whole)
        const pieces = eventsOf(cut(bytes, points), given(changes))
        expect(pieces.map(described)).to.deep.equal(whole.map(described))
        if (changes.reasoning === 'hidden') expect(answer.blocks.some(block => block.type === 'reasoning')).to.equal(false)
      }),
      { numRuns: 500 },
    )
  })

  it('survives any damage', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 6 }), fc.nat(), fc.integer({ min: 1, max: 255 }), async (frames, at, change) => {
        const bytes = Buffer.concat(frames)
        const index = at % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ change
        // What comes after the end of an answer is nobody's business, damaged or not.
        const intact = createKiroParser(parserContext()).push(bytes.subarray(0, index)).at(-1)
        const { failure, finish } = await answerOf(eventsOf([bytes]))
        expect(intact?.type === 'finish' ? finish : failure).to.not.equal(undefined)
      }),
      { numRuns: 200 },
    )
  })

  it('gives out exactly the text that came in', async () => {
    const words = fc.array(
      fc.string({ unit: 'binary', maxLength: 20 }).map(text => text.replaceAll('<', '(')),
      { minLength: 1, maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(words, async pieces => {
        fc.pre(pieces.join('').trim() !== '')
        expect(textIn((await answerOf(eventsOf([Buffer.concat(pieces.map(say))]))).blocks)).to.equal(pieces.join(''))
      }),
      { numRuns: 200 },
    )
  })

  it('cuts at stop sequences like one look at the whole text would', async () => {
    const letters = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 }), { minLength: 1, maxLength: 12 })
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(letters, stops, async (pieces, stop) => {
        const whole = pieces.join('')
        fc.pre(whole !== '')
        // The first position at which some sequence is complete ends the answer.
        const end = Array.from({ length: whole.length }, (_, index) => index + 1).find(size => stop.some(word => whole.slice(0, size).endsWith(word)))
        const { blocks, finish, failure } = await answerOf(eventsOf([Buffer.concat(pieces.map(say))], { stop }))
        expect(failure).to.equal(undefined)
        if (end === undefined) {
          expect([textIn(blocks), finish?.reason]).to.deep.equal([whole, 'stop'])
        } else {
          expect(finish?.reason).to.equal('stop-sequence')
          expect(textIn(blocks) + finish?.stopSequence).to.equal(whole.slice(0, end))
        }
      }),
      { numRuns: 400 },
    )
  })
})

function described(event: object): object {
  return 'error' in event && event.error instanceof Error ? { type: 'failure', message: event.error.message } : event
}
