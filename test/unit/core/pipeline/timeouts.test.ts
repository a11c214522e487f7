import { expect } from 'chai'
import { type Batch, GatewayError, type Reply } from '../../../../core/index.ts'
import { chatRequest, engineOver, settled, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { Feed, FINISH, ScriptedProvider, START, textBlock } from '../../../support/scripted-provider.ts'

interface Watched<T> {
  value?: T
  error?: GatewayError
  readonly settled: () => boolean
}

/** What a promise has come to so far. */
function watch<T>(promise: Promise<T>): Watched<T> {
  let done = false
  const watched: Watched<T> = { settled: () => done }
  promise.then(
    value => {
      done = true
      watched.value = value
    },
    (error: unknown) => {
      done = true
      watched.error = GatewayError.from(error)
    },
  )
  return watched
}

function silentUpstream({ stream = true, timeouts = {} }: { stream?: boolean; timeouts?: Parameters<typeof engineOver>[1] extends infer O ? O extends { timeouts?: infer T } ? T : never : never } = {}) {
  const feed = new Feed()
  const provider = new ScriptedProvider([() => feed])
  const pool = new FakePool({ providers: [provider] })
  const under = engineOver(pool, { timeouts: timeouts ?? {} })
  const call = untrackedCall({ request: chatRequest({ stream }) })
  return { feed, provider, pool, ...under, running: watch(under.engine.run(call)) }
}

const begin: Batch = [START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'a' }]

async function committed(test: ReturnType<typeof silentUpstream>) {
  test.feed.push(...begin)
  await settled()
  const reply = test.running.value as Reply
  const events = reply.events[Symbol.asyncIterator]()
  await events.next()
  return events
}

describe('time-outs', () => {
  it('gives an answer that comes in one piece the time of a whole answer, since nothing of it can be seen before', async () => {
    const feed = new Feed()
    const provider = Object.assign(new ScriptedProvider([() => feed]), { answersWhole: ({ stream }: { readonly stream: boolean }) => !stream })
    const { engine, clock } = engineOver(new FakePool({ providers: [provider] }))
    const running = watch(engine.run(untrackedCall({ request: chatRequest({ stream: false }) })))
    await clock.pass(599_999)
    expect(running.settled()).to.equal(false)
    await clock.pass(1)
    expect(running.error?.code).to.equal('upstream_timeout')
    expect(running.error?.message).to.contain('NON_STREAM_TIMEOUT')
  })

  it('gives a stream until the first-token limit to show something, to the millisecond', async () => {
    const { clock, running, pool, feed, provider, outcomes } = silentUpstream()
    await clock.pass(59_999)
    expect(running.settled()).to.equal(false)
    await clock.pass(1)
    expect(running.error?.code).to.equal('upstream_timeout')
    expect(running.error?.message).to.contain('60 s')
    expect(provider.attempts[0]?.signal.aborted, 'the upstream is dropped').to.equal(true)
    expect(feed.returns).to.equal(1)
    expect(pool.unsettled).to.deep.equal([])
    expect(pool.leases[0]?.failures.map(({ code }) => code)).to.deep.equal(['upstream_timeout'])
    expect(outcomes[0]).to.deep.include({ status: 'failed', code: 'upstream_timeout', durationMs: 60_000 })
    expect(clock.pending, 'no timer is left').to.equal(0)
  })

  it('does not count events that nobody can see as a first token', async () => {
    const { clock, running, feed } = silentUpstream()
    feed.push(START)
    await clock.pass(30_000)
    feed.push({ type: 'reasoning-start', block: 0 })
    await clock.pass(29_999)
    expect(running.settled()).to.equal(false)
    await clock.pass(1)
    expect(running.error?.code).to.equal('upstream_timeout')
  })

  it('shortens the wait to what is left before the first byte', async () => {
    const { clock, running } = silentUpstream({ timeouts: { beforeFirstByteMs: 10_000 } })
    await clock.pass(10_000)
    expect(running.error?.code).to.equal('upstream_timeout')
  })

  it('makes no attempt when no time is left, and throws the last failure', async () => {
    const feed = new Feed()
    const pool = new FakePool({ providers: [new ScriptedProvider([() => feed])] })
    const { engine, clock } = engineOver(pool, {
      timeouts: { beforeFirstByteMs: 10_000 },
      hooks: [{ request: (call, next) => next(call).catch(() => next(call)) }],
    })
    const running = watch(engine.run(untrackedCall()))
    await clock.pass(10_000)
    expect(running.error?.code).to.equal('upstream_timeout')
    expect(pool.leases).to.have.length(1)
  })

  it('allows silence between two pieces up to the read limit, anew for each', async () => {
    const test = silentUpstream()
    const events = await committed(test)
    for (let piece = 0; piece < 3; piece++) {
      const next = watch(events.next())
      await test.clock.pass(119_999)
      expect(next.settled()).to.equal(false)
      test.feed.push({ type: 'text-delta', block: 0, text: 'b' })
      await settled()
      expect(next.value?.done).to.equal(false)
    }
    const last = watch(events.next())
    await test.clock.pass(120_000)
    expect(last.value?.value).to.have.length(1)
    const [event] = last.value?.value as Batch
    expect(event?.type === 'failure' && event.error.code).to.equal('upstream_timeout')
    expect((await events.next()).done).to.equal(true)
    expect(test.provider.attempts[0]?.signal.aborted).to.equal(true)
    expect(test.pool.unsettled).to.deep.equal([])
    expect(test.outcomes[0]).to.deep.include({ status: 'failed', code: 'upstream_timeout' })
    expect(test.clock.pending).to.equal(0)
  })

  it('does not hold a slow reader against the upstream', async () => {
    const test = silentUpstream()
    const events = await committed(test)
    await test.clock.pass(900_000)
    const next = watch(events.next())
    await test.clock.pass(119_999)
    expect(next.settled()).to.equal(false)
    test.feed.push(...textBlock(['late']).slice(1), FINISH)
    await settled()
    expect((next.value?.value as Batch).at(-1)?.type).to.equal('finish')
  })

  it('ends a stream that never ends at the total limit, even while nobody reads', async () => {
    const test = silentUpstream()
    const events = await committed(test)
    await test.clock.pass(3_600_000)
    expect(test.provider.attempts[0]?.signal.aborted, 'dropped at once').to.equal(true)
    const next = await events.next()
    const [event] = next.value as Batch
    expect(event?.type === 'failure' && event.error.code).to.equal('upstream_timeout')
    expect(test.pool.unsettled).to.deep.equal([])
    expect(test.outcomes).to.have.length(1)
  })

  it('gives a whole answer its own total limit and lets it be repeated', async () => {
    const { clock, running, feed, pool } = silentUpstream({ stream: false })
    feed.push(...begin)
    for (let second = 0; second < 600; second += 100) {
      expect(running.settled()).to.equal(false)
      await clock.pass(100_000)
      feed.push({ type: 'text-delta', block: 0, text: 'b' })
    }
    expect(running.error?.code).to.equal('upstream_timeout')
    expect(running.error?.message).to.contain('600 s')
    expect(pool.unsettled).to.deep.equal([])
    expect(clock.pending).to.equal(0)
  })

  it('leaves no timer behind after a proper end', async () => {
    const test = silentUpstream()
    const events = await committed(test)
    test.feed.push({ type: 'block-end', block: 0 }, FINISH)
    await events.next()
    expect(test.clock.pending).to.equal(0)
    expect((await events.next()).done).to.equal(true)
    expect(test.outcomes).to.have.length(1)
    expect(test.outcomes[0]).to.deep.include({ status: 'ok', usage: { input: 7, output: 3 }, firstEventMs: 0 })
  })

  it('survives a provider whose clean-up fails when it is dropped', async () => {
    const strays: unknown[] = []
    const onStray = (reason: unknown) => void strays.push(reason)
    process.on('unhandledRejection', onStray)
    try {
      const feed = new Feed()
      feed.return = () => Promise.reject(new Error('clean-up failed'))
      const { engine, clock } = engineOver(new FakePool({ providers: [new ScriptedProvider([() => feed])] }))
      const running = watch(engine.run(untrackedCall()))
      await clock.pass(60_000)
      expect(running.error?.code).to.equal('upstream_timeout')
      await settled()
      expect(strays).to.deep.equal([])
    } finally {
      process.off('unhandledRejection', onStray)
    }
  })
})
