import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import { type Batch, type Call, GatewayError, type Hooks } from '../../../../core/index.ts'
import { chatRequest, engineOver, settled, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { answers, Feed, FINISH, ScriptedProvider, START } from '../../../support/scripted-provider.ts'

const begin: Batch = [START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'a' }]
const leave = (controller: AbortController) => controller.abort(new GatewayError('cancelled', 'the client left'))

function setUp({ stream = true, hooks = [], before }: { stream?: boolean; hooks?: readonly Hooks[]; before?: () => Promise<void> } = {}) {
  const feed = new Feed()
  const provider = new ScriptedProvider([() => feed])
  const pool = new FakePool({ providers: [provider], ...(before ? { before } : {}) })
  const under = engineOver(pool, { hooks })
  const client = new AbortController()
  const call: Omit<Call, 'trail'> = untrackedCall({ request: chatRequest({ stream }), signal: client.signal })
  return { feed, provider, pool, client, call, ...under }
}

describe('a client that leaves', () => {
  it('while the pool prepares a lease: no upstream is asked', async () => {
    let ready = () => {}
    const before = () => new Promise<void>(resolve => (ready = resolve))
    const { engine, call, client, provider, pool, outcomes } = setUp({ before })
    const running = engine.run(call).catch((error: unknown) => error)
    await settled()
    leave(client)
    ready()
    expect(await running).to.have.property('code', 'cancelled')
    expect(provider.requests).to.have.length(0)
    expect(pool.unsettled).to.deep.equal([])
    expect(pool.leases.flatMap(({ failures }) => failures), 'no account is blamed').to.deep.equal([])
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
  })

  for (const [moment, batches] of [
    ['before the upstream says anything', []],
    ['after events that nobody can see', [[START]]],
  ] as const) {
    it(`${moment}: the call ends at once, though the provider does not listen to its signal`, async () => {
      const { engine, call, client, feed, provider, pool, outcomes, clock } = setUp()
      for (const batch of batches) feed.push(...batch)
      const running = engine.run(call).catch((error: unknown) => error)
      await settled()
      leave(client)
      await settled()
      expect(provider.attempts[0]?.signal.aborted).to.equal(true)
      expect(feed.returns, 'the upstream is let go').to.equal(1)
      expect(await Promise.race([running, settled().then(() => 'still running')])).to.have.property('code', 'cancelled')
      expect(pool.unsettled).to.deep.equal([])
      expect(pool.leases[0]?.failures.map(({ scope }) => scope), 'nothing that cools an account').to.satisfy((scopes: string[]) => scopes.every(scope => scope === 'request'))
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
      expect(clock.pending).to.equal(0)
    })
  }

  it('while a whole answer is collected: the upstream is let go', async () => {
    const { engine, call, client, feed, pool, outcomes } = setUp({ stream: false })
    feed.push(...begin)
    const running = engine.run(call).catch((error: unknown) => error)
    await settled()
    leave(client)
    expect(await Promise.race([running, settled().then(() => 'still running')])).to.have.property('code', 'cancelled')
    expect(feed.returns).to.equal(1)
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
  })

  it('in the middle of a stream, while a read waits: the read ends and the outcome is cancelled, not failed', async () => {
    const { engine, call, client, feed, pool, outcomes, clock } = setUp()
    feed.push(...begin)
    const events = (await engine.run(call)).events[Symbol.asyncIterator]()
    await events.next()
    const waiting = events.next()
    leave(client)
    await Promise.race([waiting, settled()])
    await events.return?.()
    expect(feed.returns).to.equal(1)
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
    expect(clock.pending).to.equal(0)
  })

  it('in the middle of a stream, while nobody reads: the upstream is let go without another read', async () => {
    const { engine, call, client, feed, provider } = setUp()
    feed.push(...begin)
    const events = (await engine.run(call)).events[Symbol.asyncIterator]()
    await events.next()
    leave(client)
    await settled()
    expect(provider.attempts[0]?.signal.aborted).to.equal(true)
    expect(feed.returns).to.equal(1)
  })

  it('by letting go of the reply: the upstream is aborted, once', async () => {
    const { engine, call, feed, provider, pool, outcomes, clock } = setUp()
    feed.push(...begin)
    for await (const _batch of (await engine.run(call)).events) break
    expect(provider.attempts[0]?.signal.aborted).to.equal(true)
    expect(feed.returns).to.equal(1)
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
    expect(clock.pending).to.equal(0)
  })

  it('after the end: changes nothing', async () => {
    const { engine, call, client, feed, pool, outcomes } = setUp()
    feed.push(...begin, { type: 'block-end', block: 0 }, FINISH)
    const events = (await engine.run(call)).events[Symbol.asyncIterator]()
    await events.next()
    leave(client)
    await events.return?.()
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['ok'])
    expect(pool.unsettled).to.deep.equal([])
  })

  it('leaves no listener on its signal, however the call ended', async () => {
    const client = new AbortController()
    const failing = () => new ScriptedProvider([() => { throw new GatewayError('lane_unavailable', 'down') }, answers('x')])
    for (const provider of [new ScriptedProvider([answers('x')]), failing()]) {
      const { engine } = engineOver(new FakePool({ providers: [provider] }), { hooks: [{ request: (call, next) => next(call).catch(() => next(call)) }] })
      for await (const _batch of (await engine.run(untrackedCall({ signal: client.signal }))).events);
    }
    const { engine, feed } = setUp()
    feed.push(...begin)
    for await (const _batch of (await engine.run(untrackedCall({ signal: client.signal }))).events) break
    expect(getEventListeners(client.signal, 'abort')).to.have.length(0)
  })

  it('during a remedy: the repaired lease is given back unused', async () => {
    let done = () => {}
    const rejected = () => new GatewayError('token_rejected', 'the token was refused', { remedy: 'refresh-token' })
    const provider = new ScriptedProvider([() => { throw rejected() }, answers('x')])
    const pool = new FakePool({ providers: [provider], renewal: () => new Promise(resolve => (done = resolve)) })
    const { engine, outcomes } = engineOver(pool)
    const client = new AbortController()
    const running = engine.run(untrackedCall({ signal: client.signal })).catch((error: unknown) => error)
    await settled()
    leave(client)
    done()
    expect(await running).to.have.property('code', 'cancelled')
    expect(provider.requests).to.have.length(1)
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
  })
})
