import { expect } from 'chai'
import fc from 'fast-check'
import { nowMicros, stampedText, StampReader } from '../../bench/stamp.ts'
import { eventText } from '../../bench/scenario.ts'

describe('stamps of events', () => {
  it('are found, each once and in order, wherever the answer is split', () => {
    const answer = fc.array(
      fc.record({
        micros: fc.nat({ max: Number.MAX_SAFE_INTEGER }).filter(micros => micros < 1e16),
        around: fc.constantFrom('', 'data: {"text":"', '"}\n\n', 'sent at', 'sent'),
      }),
    )
    fc.assert(
      fc.property(answer, fc.array(fc.nat({ max: 40 })), (events, cuts) => {
        const bytes = Buffer.from(events.map(({ micros, around }) => `${around}${stampedText(micros)} `).join(''))
        const reader = new StampReader()
        const found: number[] = []
        let at = 0
        for (const cut of cuts) {
          found.push(...reader.push(bytes.subarray(at, at + cut)))
          at = Math.min(bytes.length, at + cut)
        }
        found.push(...reader.push(bytes.subarray(at)))
        expect(found).to.deep.equal(events.map(({ micros }) => micros))
      }),
    )
  })

  it('are as long as any other text of an event, give or take one', () => {
    expect(stampedText(nowMicros()).length).to.be.closeTo(eventText(7).length, 1)
  })

  it('come from a clock that goes forward', () => {
    const before = nowMicros()
    expect(nowMicros()).to.be.at.least(before)
  })
})
