import { expect } from 'chai'
import fc from 'fast-check'
import { type Batch, fold, GatewayError, isVisible, type StreamEvent } from '../../../../core/index.ts'
import { anyAnswer, anyBrokenAnswer, inBatches } from '../../../support/arbitrary-events.ts'
import { failure, FINISH, START, textBlock } from '../../../support/scripted-provider.ts'

async function* of(...batches: readonly Batch[]) {
  for (const batch of batches) yield batch
}
const thrownBy = (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error)

describe('folding a stream', () => {
  it('is the same however the stream is cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer.chain(events => fc.tuple(fc.constant(events), inBatches(events))), async ([events, batches]) => {
        expect(await fold(of(...batches))).to.deep.equal(await fold(of(events)))
      }),
    )
  })

  it('throws the error of a stream that broke off, wherever it did', async () => {
    await fc.assert(
      fc.asyncProperty(anyBrokenAnswer, async events => {
        expect(await thrownBy(fold(of(events)))).to.equal((events.at(-1) as StreamEvent & { type: 'failure' }).error)
      }),
    )
  })

  it('refuses a stream without an end', async () => {
    expect(await thrownBy(fold(of([START, ...textBlock(['a'])])))).to.be.instanceOf(Error)
  })

  it('reads no further than the end', async () => {
    expect((await fold(of([START, ...textBlock(['a'])], [FINISH], [failure(new GatewayError('internal', 'late'))]))).blocks).to.deep.equal([{ type: 'text', text: 'a' }])
  })

  it('keeps what the stream told of itself', async () => {
    const warnings = [{ rule: 'r', message: 'm' }]
    const completion = await fold(of([{ ...START, warnings, usage: { input: 5 } }, { type: 'finish', reason: 'stop-sequence', raw: 'STOP', stopSequence: 'END', usage: { output: 2 } }]))
    expect(completion).to.deep.equal({ id: 'upstream-1', model: 'model-1', blocks: [], reason: 'stop-sequence', raw: 'STOP', stopSequence: 'END', usage: { input: 5, output: 2 }, warnings })
  })
})

describe('what a client can see', () => {
  for (const [event, visible] of [
    [START, false],
    [{ type: 'text-start', block: 0 }, false],
    [{ type: 'text-delta', block: 0, text: 'a' }, true],
    [{ type: 'reasoning-start', block: 0 }, false],
    [{ type: 'reasoning-start', block: 0, redacted: 'x' }, true],
    [{ type: 'reasoning-delta', block: 0, text: 'a' }, true],
    [{ type: 'reasoning-signature', block: 0, signature: 'a' }, true],
    [{ type: 'tool-start', block: 0, id: 'a', name: 'b' }, true],
    [{ type: 'tool-delta', block: 0, json: '{}' }, true],
    [{ type: 'block-end', block: 0 }, false],
    [FINISH, true],
    [failure(new GatewayError('internal', 'x')), false],
  ] as readonly (readonly [StreamEvent, boolean])[]) {
    it(`${visible ? 'is' : 'is not'} ${event.type}${'redacted' in event ? ' with sealed text' : ''}`, () => {
      expect(isVisible(event)).to.equal(visible)
    })
  }
})
