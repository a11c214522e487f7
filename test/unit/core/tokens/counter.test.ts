import { EventEmitter } from 'node:events'
import { expect } from 'chai'
import fc from 'fast-check'
import type { ChatRequest, EventBus, Outcome, Usage } from '../../../../core/index.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { TokenCounter } from '../../../../core/tokens/counter.ts'
import { arbitraryChatRequest } from '../../../support/arbitrary-conversation.ts'
import { chatRequest, settled, trackedCall } from '../../../support/calls.ts'

const said = (text: string, model = 'model-1'): ChatRequest => chatRequest({ model, messages: [{ role: 'user', parts: [{ type: 'text', text }] }] })
const long = said('word '.repeat(10_000))

/** A counter over a tokenizer that takes each character for a token. */
function counting({ idle = true, broken = false } = {}) {
  const clock = new FakeClock()
  const events = new EventEmitter() as unknown as EventBus
  let counts = 0
  const tokenizer = {
    idle,
    close: () => Promise.resolve(),
    count: (texts: readonly string[]) => {
      counts++
      return Promise.resolve(broken ? undefined : texts.join('').length)
    },
  }
  const counter = new TokenCounter({ events, clock, log: silentLogger, tokenizer })
  const settle = async (request: ChatRequest, usage: Usage | undefined, status: Outcome['status'] = 'ok') => {
    events.emit('request.settled', {
      call: trackedCall({ request }),
      outcome: { status, attempts: [], durationMs: 1, streamed: true, ...(usage ? { usage } : {}) },
    })
    await settled()
  }
  return { clock, counter, settle, counts: () => counts }
}

describe('counting the tokens of a request', () => {
  it('counts the texts and what stands around them', async () => {
    const { counter } = counting()
    expect((await counter.count(said('x'.repeat(100)))) - (await counter.count(said('')))).to.equal(100)
    expect(await counter.count(said(''))).to.be.greaterThan(0)
  })

  it('goes by the length of the texts when the tokenizer cannot', async () => {
    const { counter } = counting({ broken: true })
    const bare = await counter.count(said(''))
    expect((await counter.count(said('x'.repeat(400)))) - bare).to.equal(100)
    expect((await counter.count(said('漢'.repeat(400)))) - bare).to.equal(400)
  })

  it('multiplies by what the upstream reported for the same model', async () => {
    const { counter, settle } = counting()
    const before = await counter.count(long)
    await settle(long, { input: Math.round(before * 1.4) })
    expect(await counter.count(long)).to.be.closeTo(before * 1.4, 2)
    expect(await counter.count(said('word '.repeat(10_000), 'model-2'))).to.equal(before)
  })

  const unheeded: readonly (readonly [string, Usage | undefined, Outcome['status']])[] = [
    ['a guess of the provider', { input: 200_000, guessed: true }, 'ok'],
    ['an answer without usage', undefined, 'ok'],
    ['an answer without input tokens', { output: 5 }, 'ok'],
    ['an answer that failed', { input: 200_000 }, 'failed'],
  ]
  for (const [name, usage, status] of unheeded) {
    it(`learns nothing from ${name}`, async () => {
      const { counter, settle } = counting()
      const before = await counter.count(long)
      await settle(long, usage, status)
      expect(await counter.count(long)).to.equal(before)
    })
  }

  it('does not load or hold up the tokenizer in order to learn', async () => {
    const { settle, counts } = counting({ idle: false })
    await settle(long, { input: 70_000 })
    expect(counts()).to.equal(0)
  })

  it('compares one answer in five seconds at most', async () => {
    const { clock, settle, counts } = counting()
    for (let answer = 0; answer < 10; answer++) await settle(long, { input: 70_000 })
    expect(counts()).to.equal(1)
    clock.advance(5_000)
    await settle(long, { input: 70_000 })
    expect(counts()).to.equal(2)
  })

  it('listens no longer once it is closed', async () => {
    const { counter, settle, counts } = counting()
    await counter.close()
    await settle(long, { input: 70_000 })
    expect(counts()).to.equal(0)
  })

  describe('with the real tokenizer', () => {
    const counter = new TokenCounter({ events: new EventEmitter() as unknown as EventBus, clock: systemClock, log: silentLogger })
    after(() => counter.close())

    it('never counts less for more, and never 0', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryChatRequest(), arbitraryChatRequest(), async (one, other) => {
          const least = await counter.count(one)
          expect(least).to.be.greaterThan(0)
          for (const more of [
            { ...one, messages: [...one.messages, ...other.messages] },
            {
              ...one,
              messages: one.messages.map((message, at) =>
                at === 0 ? { ...message, parts: [...message.parts, ...(other.messages[0]?.parts ?? [])] } : message,
              ),
            },
            { ...one, tools: [...one.tools, ...other.tools] },
            { ...one, system: [...one.system, ...other.system] },
          ]) {
            expect(await counter.count(more)).to.be.at.least(least)
          }
        }),
        { numRuns: 40 },
      )
    })

    it('never counts less for a text that goes on with another word', async () => {
      const words = fc.array(fc.constantFrom('the', 'Fox', '42', '{"a":', '漢字', '👍', 'naïve', '\n', '...'), { maxLength: 300 })
      await fc.assert(
        fc.asyncProperty(words, words, async (one, other) => {
          expect(await counter.count(said([...one, ...other].join(' ')))).to.be.at.least(await counter.count(said(one.join(' '))))
        }),
        { numRuns: 40 },
      )
    })
  })
})
