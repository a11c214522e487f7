import fc from 'fast-check'
import type { Batch, FinishEvent, FinishReason, StreamEvent, Usage } from '../../core/index.ts'
import { CODES, type ErrorCode, GatewayError } from '../../core/index.ts'

const REASONS: readonly FinishReason[] = ['stop', 'stop-sequence', 'tool-calls', 'length', 'context-window', 'refusal']

/** Text with everything that breaks naive writers: quotes, new lines, lone surrogates, what looks like a frame. */
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('\n\n', '"}\n\nevent: error\ndata: {}\n\n', '\u2028', '\ud83d', '\u0000', '🎉', ''))

const count = fc.nat({ max: 1_000_000 })
/** Only what is known: unknown counts are absent. */
const anyUsage: fc.Arbitrary<Usage> = fc.record({ input: count, output: count, cacheRead: count, cacheWrite: count, reasoning: count }, { requiredKeys: [] })

type Block = (block: number) => readonly StreamEvent[]

const wrap = (start: (block: number) => StreamEvent, deltas: (block: number) => readonly StreamEvent[]): Block => {
  return block => [start(block), ...deltas(block), { type: 'block-end', block }]
}

const pieces = fc.array(anyText, { maxLength: 4 })
const textBlock: fc.Arbitrary<Block> = pieces.map(texts => wrap(block => ({ type: 'text-start', block }), block => texts.map(text => ({ type: 'text-delta', block, text }))))
const reasoningBlock: fc.Arbitrary<Block> = fc.tuple(pieces, fc.array(fc.base64String({ maxLength: 20 }), { maxLength: 2 })).map(([texts, signatures]) =>
  wrap(
    block => ({ type: 'reasoning-start', block }),
    block => [...texts.map((text): StreamEvent => ({ type: 'reasoning-delta', block, text })), ...signatures.map((signature): StreamEvent => ({ type: 'reasoning-signature', block, signature }))],
  ),
)
const sealedBlock: fc.Arbitrary<Block> = fc.base64String().map(redacted => wrap(block => ({ type: 'reasoning-start', block, redacted }), () => []))
const toolBlock: fc.Arbitrary<Block> = fc
  .record({ id: fc.string({ minLength: 1 }), name: fc.string({ minLength: 1 }), input: fc.option(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })), cuts: fc.array(fc.nat({ max: 200 }), { maxLength: 4 }) })
  .map(({ id, name, input, cuts }) =>
    wrap(
      block => ({ type: 'tool-start', block, id, name }),
      block => (input === null ? [] : cut(JSON.stringify(input), cuts).map(json => ({ type: 'tool-delta', block, json }))),
    ),
  )

const finish: fc.Arbitrary<FinishEvent> = fc
  .record({ type: fc.constant('finish' as const), reason: fc.constantFrom(...REASONS), usage: anyUsage, raw: fc.string(), stopSequence: fc.string() }, { requiredKeys: ['type', 'reason', 'usage'] })

const blocks = fc.array(fc.oneof(textBlock, reasoningBlock, sealedBlock, toolBlock), { maxLength: 5 }).map(made => made.flatMap((block, index) => block(index)))
const start: fc.Arbitrary<StreamEvent> = fc.record({ type: fc.constant('start' as const), id: fc.string(), model: fc.string(), usage: anyUsage }, { requiredKeys: ['type', 'id', 'model'] })

/** Every stream that the grammar of `core/model/event.ts` allows and that ends well. */
export const anyAnswer: fc.Arbitrary<readonly StreamEvent[]> = fc.tuple(start, blocks, finish).map(([first, middle, last]) => [first, ...middle, last])

/** The same, broken off by a failure at any point. */
export const anyBrokenAnswer: fc.Arbitrary<readonly StreamEvent[]> = fc
  .record({ events: anyAnswer, at: fc.nat(), code: fc.constantFrom(...(Object.keys(CODES) as ErrorCode[])), message: fc.string({ minLength: 1 }) })
  .map(({ events, at, code, message }) => [...events.slice(0, at % events.length), { type: 'failure', error: new GatewayError(code, message) }])

/** The events in batches, split anywhere. */
export function inBatches(events: readonly StreamEvent[]): fc.Arbitrary<readonly Batch[]> {
  return fc.array(fc.nat({ max: events.length }), { maxLength: 8 }).map(cuts => split(events, cuts))
}

function split<T>(items: readonly T[], cuts: readonly number[]): readonly (readonly T[])[] {
  const points = [...new Set([0, ...cuts, items.length])].sort((a, b) => a - b)
  return points.slice(1).map((point, index) => items.slice(points[index], point)).filter(part => part.length > 0)
}

function cut(text: string, cuts: readonly number[]): readonly string[] {
  return split([...text], cuts).map(part => part.join(''))
}
