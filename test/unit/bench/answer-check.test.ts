import { expect } from 'chai'
import { createCheck } from '../../bench/answer-check.ts'
import { eventText, type Scenario } from '../../bench/scenario.ts'
import { stampedText } from '../../bench/stamp.ts'

const SCENARIO: Scenario = { name: 'two', about: '', load: { kind: 'paired' }, request: 'small', stream: true, events: 2, paceMs: 0 }

const delta = (text: string) =>
  `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}\n\n`
const END = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'

/** What the check says of an answer that comes in pieces of this size. */
function problemOf(answer: string, options: { readonly scenario?: Scenario; readonly size?: number } = {}): string | undefined {
  const { scenario = SCENARIO, size = answer.length } = options
  const check = createCheck('anthropic-stream', scenario, true)
  for (let at = 0; at < answer.length; at += size) check.push(Buffer.from(answer.slice(at, at + size)))
  return check.problem()
}

describe('the check of answers', () => {
  const whole = delta(eventText(0)) + delta(eventText(1)) + END

  it('is content with a whole one, however it is split', () => {
    for (let size = 1; size <= whole.length; size++) expect(problemOf(whole, { size }), `pieces of ${size}`).to.equal(undefined)
  })

  it('notices an event too few or too many', () => {
    expect(problemOf(delta(eventText(0)) + END)).to.contain('1 events instead of 2')
    expect(problemOf(delta(eventText(0)) + whole)).to.contain('3 events instead of 2')
  })

  it('notices a missing end', () => {
    expect(problemOf(whole.slice(0, -END.length))).to.contain('no end')
  })

  it('notices another text', () => {
    expect(problemOf(delta(eventText(1)) + delta(eventText(0)) + END)).to.contain('another text')
  })

  it('leaves the text alone where it says when it was sent', () => {
    const stamped = delta(stampedText(1)) + delta(stampedText(2)) + END
    expect(problemOf(stamped, { scenario: { ...SCENARIO, stamped: true } })).to.equal(undefined)
  })
})
