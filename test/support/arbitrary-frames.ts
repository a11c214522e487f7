import fc from 'fast-check'
import { contextUsage, errorFrame, eventFrame, exceptionFrame, metering, say, stopReason, think, tool } from './kiro-frames.ts'

const piece = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('<thinking>', '</thinking>', '\n\n', '<think', 'ing>', '`', 'STOP', 'ST', 'OP', '😀', '你好'),
)
const id = fc.constantFrom('t1', 't2', 't3')
const json = fc.constantFrom('{}', '{"a":', '1}', '"x', '\\d', '[', '{"a":1}')
/** Any frame of an answer, sensible or not. */
export const anyFrame: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: piece.map(say) },
  { weight: 2, arbitrary: fc.record({ text: piece }).map(think) },
  { weight: 1, arbitrary: fc.record({ signature: fc.string({ maxLength: 4 }) }).map(think) },
  { weight: 1, arbitrary: fc.constant(think({ redactedContent: 'cmVk' })) },
  { weight: 2, arbitrary: fc.record({ toolUseId: id, name: fc.constant('a') }).map(tool) },
  { weight: 2, arbitrary: fc.record({ toolUseId: id, name: fc.constant('a'), input: json }).map(tool) },
  { weight: 2, arbitrary: fc.record({ toolUseId: id, stop: fc.constant(true) }).map(tool) },
  {
    weight: 2,
    arbitrary: fc.record({ toolUseId: id, name: fc.constant('a'), input: fc.constant('{"a":1}'), stop: fc.constant(true) }).map(tool),
  },
  { weight: 1, arbitrary: fc.constantFrom('END_TURN', 'TOOL_USE', 'MAX_TOKENS', 'CONTENT_FILTERED', 'odd').map(stopReason) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 120 }).map(contextUsage) },
  { weight: 1, arbitrary: fc.constant(metering(0.1)) },
  { weight: 1, arbitrary: fc.anything({ maxDepth: 2 }).map(value => eventFrame('somethingNewEvent', JSON.stringify(value) ?? '')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('assistantResponseEvent', 'toolUseEvent', 'metadataEvent'), fc.jsonValue())
      .map(([type, value]) => eventFrame(type, JSON.stringify(value))),
  },
  { weight: 1, arbitrary: fc.constantFrom(exceptionFrame('ThrottlingException', {}), errorFrame('InternalFailure', 'x')) },
)
