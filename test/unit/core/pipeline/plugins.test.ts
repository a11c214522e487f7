import { expect } from 'chai'
import type { EventBus, Hooks, Reply, StreamEvent, Transform } from '../../../../core/index.ts'
import { GatewayError } from '../../../../core/index.ts'
import { chatRequest, drain, engineOver, settled, textOf, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { answers, Feed, FINISH, ScriptedProvider, START, textBlock } from '../../../support/scripted-provider.ts'

const bug = () => {
  throw new Error('a bug in a plugin')
}

function setUp(hooks: readonly Hooks[], scripts = [answers('Hi')]) {
  const provider = new ScriptedProvider(scripts)
  const pool = new FakePool({ providers: [provider] })
  return { provider, pool, ...engineOver(pool, { hooks }) }
}

const failureOf = (events: readonly StreamEvent[]): string | undefined => {
  const last = events.at(-1)
  return last?.type === 'failure' ? last.error.code : undefined
}

describe('a plugin that throws', () => {
  const before: readonly (readonly [string, Hooks])[] = [
    ['request, at once', { request: bug }],
    ['request, later', { request: async () => bug() }],
    ['request, after its reply came', { request: async (call, next) => next(call).then(bug) }],
    ['attempt, at once', { attempt: bug }],
    ['attempt, later', { attempt: async () => bug() }],
    ['attempt, after its reply came', { attempt: async (attempt, next) => next(attempt).then(bug) }],
    ['stream, as it is set up', { stream: bug }],
  ]
  for (const [where, hooks] of before) {
    for (const stream of [true, false]) {
      it(`in ${where} fails a ${stream ? 'streamed' : 'whole'} request as our fault, lets the upstream go and settles once`, async () => {
        const feed = new Feed()
        feed.push(START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'a' })
        if (!stream) feed.push({ type: 'block-end', block: 0 }, FINISH)
        const { engine, outcomes, pool, clock } = setUp([hooks], [() => feed])
        const error = await engine.run(untrackedCall({ request: chatRequest({ stream }) })).catch((thrown: unknown) => thrown)
        expect(error).to.be.instanceOf(GatewayError)
        expect(error).to.have.property('code', 'internal')
        expect((error as GatewayError).message).to.not.contain('bug')
        await settled()
        expect(pool.unsettled).to.deep.equal([])
        expect(outcomes.map(({ status, code }) => [status, code])).to.deep.equal([['failed', 'internal']])
        if (feed.pulls > 0) expect(feed.returns, 'the upstream is let go').to.equal(1)
        expect(clock.pending, 'no timer is left').to.equal(0)
      })
    }
  }

  it('in request does not break the other hooks around it: they see a rejection, never a throw', async () => {
    const outer: Hooks = { request: (call, next) => next(call).catch(error => Promise.reject(GatewayError.is(error) ? error : new GatewayError('overloaded', 'seen by the outer plugin'))) }
    const { engine } = setUp([outer, { request: bug }])
    expect(await engine.run(untrackedCall()).catch((error: unknown) => error)).to.have.property('code', 'overloaded')
  })

  for (const [when, transform] of [
    ['the first batch', bug],
    ['the last event', event => (event.type === 'finish' ? bug() : event)],
  ] as const satisfies readonly (readonly [string, Transform])[]) {
    it(`in a transform of ${when} ends the stream with a failure event, nothing after it`, async () => {
      const { engine, outcomes, pool } = setUp([{ stream: () => transform }], [() => singles('Hi')])
      const events = await drain((await engine.run(untrackedCall())).events)
      expect(failureOf(events)).to.equal('internal')
      expect(events.filter(({ type }) => type === 'failure' || type === 'finish')).to.have.length(1)
      expect(pool.unsettled).to.deep.equal([])
      expect(outcomes.map(({ status, code }) => [status, code])).to.deep.equal([['failed', 'internal']])
    })
  }

  it('in settled, at once or later, changes nothing and keeps nobody from being told', async () => {
    const strays: unknown[] = []
    const onStray = (reason: unknown) => void strays.push(reason)
    process.on('unhandledRejection', onStray)
    try {
      const { engine, outcomes } = setUp([{ settled: bug }, { settled: (async () => bug()) as () => void }])
      expect(textOf(await drain((await engine.run(untrackedCall())).events))).to.equal('Hi')
      await settled()
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['ok'])
      expect(strays).to.deep.equal([])
    } finally {
      process.off('unhandledRejection', onStray)
    }
  })

  for (const event of ['attempt.started', 'attempt.ended', 'request.settled'] as const) {
    it(`in a listener to ${event} changes nothing: who watches decides nothing`, async () => {
      const { engine, outcomes, events, pool } = setUp([])
      ;(events as EventBus).on(event, bug)
      expect(textOf(await drain((await engine.run(untrackedCall())).events))).to.equal('Hi')
      expect(pool.unsettled).to.deep.equal([])
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['ok'])
    })
  }

  it('in the events it wraps fails the stream and settles the call', async () => {
    const wrap = async function* (reply: Reply) {
      for await (const batch of reply.events) {
        yield batch
        bug()
      }
    }
    const hooks: Hooks = { request: (call, next) => next(call).then(reply => ({ ...reply, events: wrap(reply) })) }
    const { engine, outcomes, pool } = setUp([hooks], [() => singles('Hi')])
    const events = await drain((await engine.run(untrackedCall())).events)
    expect(failureOf(events)).to.equal('internal')
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status, code }) => [status, code])).to.deep.equal([['failed', 'internal']])
  })
})

describe('a plugin that drops what it got', () => {
  it('may ask again: the reply it dropped is let go when the call is over', async () => {
    const first = new Feed()
    first.push(START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'dropped' })
    const twice: Hooks = { request: async (call, next) => (await next(call), next(call)) }
    const { engine, pool, outcomes, clock } = setUp([twice], [() => first, answers('kept')])
    expect(textOf(await drain((await engine.run(untrackedCall())).events))).to.equal('kept')
    await settled()
    expect(pool.unsettled).to.deep.equal([])
    expect(first.returns).to.equal(1)
    expect(outcomes).to.have.length(1)
    expect(clock.pending).to.equal(0)
  })

  it('may wrap the events lazily: a client that leaves before the first read still frees the upstream', async () => {
    const feed = new Feed()
    feed.push(START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'a' })
    const wrap = async function* (reply: Reply) {
      yield* reply.events
    }
    const hooks: Hooks = { request: (call, next) => next(call).then(reply => ({ ...reply, events: wrap(reply) })) }
    const { engine, pool, outcomes } = setUp([hooks], [() => feed])
    const reply = await engine.run(untrackedCall())
    await reply.events[Symbol.asyncIterator]().return?.()
    await settled()
    expect(pool.unsettled).to.deep.equal([])
    expect(feed.returns).to.equal(1)
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
  })

  it('cannot make a cut answer look whole: a stream without its end is a failure', async () => {
    const { engine, outcomes } = setUp([{ stream: () => event => (event.type === 'finish' ? undefined : event) }], [() => singles('Hi')])
    const events = await drain((await engine.run(untrackedCall())).events)
    expect(failureOf(events)).to.equal('internal')
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['failed'])
  })
})

describe('transforms', () => {
  const tag = (word: string): Hooks => ({ stream: () => event => (event.type === 'text-delta' ? { ...event, text: `${word}(${event.text})` } : event) })

  it('run the plugin nearest to the provider first', async () => {
    const { engine } = setUp([tag('outer'), tag('inner')])
    expect(textOf(await drain((await engine.run(untrackedCall())).events))).to.equal('outer(inner(Hi))')
  })

  it('may drop an event or make several of one', async () => {
    const twice: Transform = event => (event.type === 'text-delta' ? [event, event] : event)
    const drop: Transform = event => (event.type === 'text-delta' && event.text === 'no' ? undefined : event)
    const { engine, outcomes } = setUp([{ stream: () => twice }, { stream: () => drop }], [() => singles('yes', 'no')])
    expect(textOf(await drain((await engine.run(untrackedCall())).events))).to.equal('yesyes')
    expect(outcomes[0]?.status).to.equal('ok')
  })

  it('have a closure of their own per reply, and cost nothing where a plugin stays out', async () => {
    let made = 0
    const counting: Hooks = {
      stream: call => {
        if (call.request.model !== 'model-1') return undefined
        let seen = 0
        made++
        return event => (event.type === 'text-delta' ? { ...event, text: String(++seen) } : event)
      },
    }
    const { engine } = setUp([counting], [() => singles('a', 'b')])
    const reply = async (model: string) => textOf(await drain((await engine.run(untrackedCall({ request: chatRequest({ model }) }))).events))
    expect(await reply('model-1')).to.equal('12')
    expect(await reply('model-1')).to.equal('12')
    expect(await reply('other')).to.equal('ab')
    expect(made).to.equal(2)
  })

  it('see the call as the provider was asked it', async () => {
    const seen: string[] = []
    const map: Hooks = { request: (call, next) => next({ ...call, request: { ...call.request, model: 'mapped' } }) }
    const look: Hooks = { stream: call => void seen.push(`${call.requestedModel} as ${call.request.model}`) as undefined }
    const { engine } = setUp([map, look])
    await drain((await engine.run(untrackedCall())).events)
    expect(seen).to.deep.equal(['model-1 as mapped'])
  })
})

/** One event per batch. */
async function* singles(...pieces: readonly string[]) {
  for (const event of [START, ...textBlock(pieces), FINISH]) yield [event]
}
