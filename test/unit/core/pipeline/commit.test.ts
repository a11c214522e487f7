import { expect } from 'chai'
import { type Batch, GatewayError, type StreamEvent } from '../../../../core/index.ts'
import { retry } from '../../../../plugins/index.ts'
import { chatRequest, drain, engineOver, textOf, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { LateClock, pluginHost } from '../../../support/plugin-host.ts'
import { answers, failure, Feed, FINISH, refuses, says, ScriptedProvider, START, textBlock } from '../../../support/scripted-provider.ts'

const overloaded = () => new GatewayError('lane_unavailable', 'this endpoint is down; another one may answer')
const whole = () => untrackedCall({ request: chatRequest({ stream: false }) })

async function refusal(promise: Promise<unknown>): Promise<GatewayError> {
  try {
    await promise
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('the commit point', () => {
  const withRetry = async () => ({ hooks: [await retry().setup({}, pluginHost())] })

  it('repeats a call that failed before anything could be seen, and shows nothing of the first try', async () => {
    const pool = new FakePool({ providers: [new ScriptedProvider([says([START], [{ type: 'text-start', block: 0 }, failure(overloaded())]), answers('Hi')])] })
    const { engine } = engineOver(pool, await withRetry())
    const events = await drain((await engine.run(untrackedCall())).events)
    expect(events.filter(event => event.type === 'start')).to.have.length(1)
    expect(textOf(events)).to.equal('Hi')
    expect(pool.leases).to.have.length(2)
    expect(pool.leases[0]).to.deep.include({ succeeded: 0, released: 1 })
    expect(pool.leases[0]?.failures.map(({ code }) => code)).to.deep.equal(['lane_unavailable'])
    expect(pool.leases[1]).to.deep.include({ succeeded: 1, released: 1, failures: [] })
  })

  const visible: readonly (readonly [string, Batch])[] = [
    ['text', [START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'a' }]],
    ['reasoning', [START, { type: 'reasoning-start', block: 0 }, { type: 'reasoning-delta', block: 0, text: 'a' }]],
    ['sealed reasoning', [START, { type: 'reasoning-start', block: 0, redacted: 'zzz' }]],
    ['a signature', [START, { type: 'reasoning-start', block: 0 }, { type: 'reasoning-signature', block: 0, signature: 's' }]],
    ['a tool call', [START, { type: 'tool-start', block: 0, id: 't', name: 'n' }]],
  ]
  for (const [what, batch] of visible) {
    it(`never repeats a stream after ${what}: what fails then is a failure event, the last one`, async () => {
      const pool = new FakePool({ providers: [new ScriptedProvider([says(batch, [failure(overloaded())]), answers('again')])] })
      const { engine, outcomes } = engineOver(pool, await withRetry())
      const events = await drain((await engine.run(untrackedCall())).events)
      expect(events.map(({ type }) => type)).to.deep.equal([...batch.map(({ type }) => type), 'failure'])
      expect(pool.leases).to.have.length(1)
      expect(pool.leases[0]).to.deep.include({ succeeded: 1, released: 1 })
      expect(pool.leases[0]?.failures.map(({ code }) => code)).to.deep.equal(['lane_unavailable'])
      expect(outcomes.map(({ status, code }) => ({ status, code }))).to.deep.equal([{ status: 'failed', code: 'lane_unavailable' }])
    })
  }

  const invisible: readonly (readonly [string, readonly Batch[]])[] = [
    ['nothing at all', []],
    ['a start', [[START]]],
    ['an empty text block', [[START, { type: 'text-start', block: 0 }], [{ type: 'block-end', block: 0 }]]],
    ['an open reasoning block', [[START, { type: 'reasoning-start', block: 0 }]]],
  ]
  for (const [what, batches] of invisible) {
    it(`takes an end after ${what} for a cut, and throws it`, async () => {
      const pool = new FakePool({ providers: [new ScriptedProvider([says(...batches)])] })
      const { engine, outcomes } = engineOver(pool)
      expect((await refusal(engine.run(untrackedCall()))).code).to.equal('upstream_cut')
      expect(pool.unsettled).to.deep.equal([])
      expect(outcomes).to.have.length(1)
    })
  }

  it('takes an end without finish after the commit for a cut, told in the stream', async () => {
    const pool = new FakePool({ providers: [new ScriptedProvider([says([START, ...textBlock(['half'])])])] })
    const { engine, outcomes } = engineOver(pool)
    const events = await drain((await engine.run(untrackedCall())).events)
    const last = events.at(-1) as StreamEvent & { type: 'failure' }
    expect(last.type).to.equal('failure')
    expect(last.error.code).to.equal('upstream_cut')
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes[0]).to.deep.include({ status: 'failed', code: 'upstream_cut' })
  })

  it('resolves at the first visible event without waiting for the rest', async () => {
    const feed = new Feed()
    const { engine, records } = engineOver(new FakePool({ providers: [new ScriptedProvider([() => feed])] }))
    feed.push(START)
    feed.push({ type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'a' })
    const reply = await engine.run(untrackedCall())
    expect(records.map(({ outcome }) => outcome)).to.deep.equal(['ok'])
    feed.push({ type: 'text-delta', block: 0, text: 'b' })
    feed.push({ type: 'block-end', block: 0 }, FINISH)
    expect(textOf(await drain(reply.events))).to.equal('ab')
  })

  it('holds a whole answer back until it is complete, and repeats it when it breaks off before', async () => {
    const broken = says([START, ...textBlock(['half'])], [failure(overloaded())])
    const cut = says([START, ...textBlock(['half'])])
    const pool = new FakePool({ providers: [new ScriptedProvider([broken, cut, answers('Whole')])], accounts: 3 })
    const late = new LateClock()
    const { engine, outcomes, clock } = engineOver(pool, { hooks: [await retry().setup({}, pluginHost({ clock: late }))] })
    late.use(clock)
    const running = engine.run(whole())
    await clock.pass(5_000)
    const events = await drain((await running).events)
    expect(textOf(events)).to.equal('Whole')
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status, attempts, streamed }) => ({ status, tries: attempts.map(({ outcome }) => outcome), streamed }))).to.deep.equal([
      { status: 'ok', tries: ['lane_unavailable', 'upstream_cut', 'ok'], streamed: false },
    ])
  })

  it('lets go of a provider once its last event is in, so that its clean-up runs', async () => {
    let cleaned = 0
    const tidy = async function* (): AsyncGenerator<Batch> {
      try {
        yield [START, ...textBlock(['x']), FINISH]
      } finally {
        cleaned++
      }
    }
    const { engine } = engineOver(new FakePool({ providers: [new ScriptedProvider([() => tidy()])] }))
    await drain((await engine.run(untrackedCall())).events)
    await drain((await engine.run(whole())).events)
    expect(cleaned).to.equal(2)
  })

  it('throws what a provider throws while it builds its request, with the lease given back', async () => {
    const refuse = () => {
      throw new GatewayError('bad_request', 'messages.3: no such thing', { param: 'messages.3' })
    }
    const pool = new FakePool({ providers: [new ScriptedProvider([refuse])] })
    const { engine, outcomes } = engineOver(pool, await withRetry())
    expect((await refusal(engine.run(untrackedCall()))).param).to.equal('messages.3')
    expect(pool.leases).to.have.length(1)
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes[0]?.attempts.map(({ outcome }) => outcome)).to.deep.equal(['bad_request'])
  })

  it('throws what a pool without an account throws, with no attempt on record', async () => {
    const cooling = new GatewayError('all_cooling', 'all accounts rest; the first is back in 40 s', { retryAfterMs: 40_000 })
    const { engine, outcomes } = engineOver(new FakePool({ providers: [new ScriptedProvider([refuses(cooling)])], refuse: () => cooling }), await withRetry())
    const { message, stack, retryAfterMs, attempts } = await refusal(engine.run(untrackedCall()))
    expect({ message, stack, retryAfterMs, attempts }).to.deep.equal({ message: cooling.message, stack: cooling.stack, retryAfterMs: 40_000, attempts: 0 })
    expect(outcomes).to.have.length(1)
    expect(outcomes[0]).to.deep.include({ status: 'failed', code: 'all_cooling', attempts: [] })
  })
})
