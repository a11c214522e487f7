import { expect } from 'chai'
import fc from 'fast-check'
import type { StreamEvent } from '../../../core/index.ts'
import type { Dialect } from '../../../core/index.ts'
import { anthropic } from '../../../core/dialects/anthropic/index.ts'
import { openaiChat } from '../../../core/dialects/openai-chat/index.ts'
import { createKiroParser } from '../../../providers/kiro/stream.ts'
import { readAnthropicStream } from '../../support/anthropic-stream.ts'
import { anyFrame } from '../../support/arbitrary-frames.ts'
import { chatRequest, untrackedCall } from '../../support/calls.ts'
import { parserContext } from '../../support/kiro-answer.ts'
import { readOpenaiChatStream } from '../../support/openai-chat-stream.ts'

/** The client's bytes for an upstream's bytes, read in these pieces; and whether the stream failed before anything could be seen. */
function through(dialect: Dialect, chunks: readonly Buffer[]): string {
  const parser = createKiroParser(parserContext())
  const encoder = dialect.chat?.encoder({ ...untrackedCall({ request: chatRequest() }), trail: [] })
  let text = ''
  let over = false
  const write = (batch: readonly StreamEvent[]) => {
    if (over || batch.length === 0) return
    const last = batch.at(-1)?.type
    over = last === 'finish' || last === 'failure'
    text += encoder?.encode(batch) ?? ''
  }
  for (const chunk of chunks) write(parser.push(chunk))
  write(parser.end())
  return text
}

function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const sorted = points.map(point => point % (bytes.length + 1)).toSorted((one, other) => one - other)
  return [0, ...sorted].map((point, index) => bytes.subarray(point, sorted[index] ?? bytes.length))
}

const READERS = [
  { dialect: anthropic, read: (text: string) => readAnthropicStream(text) },
  { dialect: openaiChat, read: (text: string) => readOpenaiChatStream(text) },
] as const

for (const { dialect, read } of READERS) {
  describe(`any stream of Kiro frames, as the ${dialect.name} dialect tells it`, () => {
    it('is a stream that the strictest client accepts, and the same one however the bytes arrive', () => {
      fc.assert(
        fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (frames, points) => {
          const bytes = Buffer.concat(frames)
          const whole = through(dialect, [bytes])
          // A failure before anything was said is an HTTP answer, not a stream.
          fc.pre(/message_start|chat\.completion\.chunk/.test(whole))
          read(whole)
          const normal = (text: string) => text.replace(/"created":\d+/g, '"created":0')
          expect(normal(through(dialect, cut(bytes, points)))).to.equal(normal(whole))
        }),
        { numRuns: 400 },
      )
    })
  })
}
