import { EventEmitter } from 'node:events'
import { expect } from 'chai'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { silentLogger } from '../../../../core/telemetry/log.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { type CountingThread, type CountQuestion, Tokenizer } from '../../../../core/tokens/tokenizer.ts'
import { settled } from '../../../support/calls.ts'

/** A thread that answers when it is told to. */
class FakeThread extends EventEmitter implements CountingThread {
  readonly asked: CountQuestion[] = []
  terminated = false

  postMessage(question: CountQuestion): void {
    this.asked.push(question)
  }

  unref(): void {}

  terminate(): Promise<void> {
    this.terminated = true
    this.emit('exit', 1)
    return Promise.resolve()
  }

  answer(tokens: number): void {
    this.emit('message', { id: this.asked.at(-1)?.id, tokens })
  }
}

function fake() {
  const clock = new FakeClock()
  const threads: FakeThread[] = []
  const startThread = () => {
    const thread = new FakeThread()
    threads.push(thread)
    return thread
  }
  const tokenizer = new Tokenizer({ clock, log: silentLogger, startThread })
  return { clock, threads, tokenizer, last: () => threads.at(-1) as FakeThread }
}

describe('the tokenizer in its thread', () => {
  let tokenizer: Tokenizer
  before(() => {
    tokenizer = new Tokenizer({ clock: systemClock, log: silentLogger })
  })
  after(() => tokenizer.close())

  it('counts texts as the vocabulary does, the sum of all', async () => {
    expect(await tokenizer.count(['hello world'])).to.equal(2)
    expect(await tokenizer.count(['hello world', 'hello world', ''])).to.equal(4)
    expect(await tokenizer.count([])).to.equal(0)
  })

  it("takes the vocabulary's own marks and half characters for text", async () => {
    expect(await tokenizer.count(['<|endoftext|>'])).to.be.greaterThan(3)
    expect(await tokenizer.count(['\ud800'])).to.be.greaterThan(0)
  })

  it('leaves the event loop free while two megabytes are counted', async () => {
    await tokenizer.count(['warm'])
    let turns = 0
    let over = false
    const turn = () => {
      turns++
      if (!over) setImmediate(turn)
    }
    const counting = tokenizer.count(['The quick brown fox: jumps {over} 13 lazy dogs\n'.repeat(44_000)])
    setImmediate(turn)
    expect(await counting).to.be.greaterThan(400_000)
    over = true
    // On the event loop itself it would have been one turn.
    expect(turns).to.be.greaterThan(50)
  })

  it('counts a megabyte without a blank, and one of blanks, in linear time', async () => {
    for (const text of ['a'.repeat(1_000_000), ' '.repeat(1_000_000), '\n'.repeat(1_000_000)]) expect(await tokenizer.count([text])).to.be.greaterThan(1_000)
  })
})

describe('the jobs of the tokenizer', () => {
  it('starts its thread at the first count and keeps it', async () => {
    const { threads, tokenizer, last } = fake()
    expect(threads.length).to.equal(0)
    expect(tokenizer.idle).to.equal(false)
    const first = tokenizer.count(['a'])
    last().answer(1)
    expect(await first).to.equal(1)
    expect(tokenizer.idle).to.equal(true)
    const second = tokenizer.count(['b'])
    last().answer(2)
    expect(await second).to.equal(2)
    expect(threads.length).to.equal(1)
  })

  it('gives its thread one job at a time, in their order', async () => {
    const { tokenizer, last } = fake()
    const counts = [tokenizer.count(['a']), tokenizer.count(['b'])]
    expect(last().asked.map(question => question.texts)).to.deep.equal([['a']])
    last().answer(1)
    last().answer(2)
    expect(await Promise.all(counts)).to.deep.equal([1, 2])
  })

  it('ignores an answer to another question', async () => {
    const { tokenizer, last } = fake()
    const count = tokenizer.count(['a'])
    last().emit('message', { id: 99, tokens: 5 })
    last().answer(1)
    expect(await count).to.equal(1)
  })

  it('answers at once with nothing when too many jobs wait or too much text', async () => {
    const { tokenizer } = fake()
    const waiting = Array.from({ length: 257 }, () => tokenizer.count(['x']))
    expect(await tokenizer.count(['one too many'])).to.equal(undefined)
    await tokenizer.close()
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set([undefined]))

    const other = fake().tokenizer
    expect(await other.count(['x'.repeat(8 * 1024 * 1024 + 1)])).to.equal(undefined)
    const large = 'x'.repeat(8 * 1024 * 1024)
    const held = Array.from({ length: 8 }, () => other.count([large]))
    expect(await other.count(['x'])).to.equal(undefined)
    await other.close()
    await Promise.all(held)
  })

  it('lets go of a waiting job when its client leaves', async () => {
    const { tokenizer, last } = fake()
    const first = tokenizer.count(['a'])
    const leaving = new AbortController()
    const second = tokenizer.count(['b'], leaving.signal)
    leaving.abort()
    expect(await second).to.equal(undefined)
    last().answer(1)
    expect(await first).to.equal(1)
    expect(last().asked.length).to.equal(1)
    expect(await tokenizer.count(['c'], leaving.signal)).to.equal(undefined)
  })

  it('starts a new thread for the next job when one dies, and gives up the job that it had', async () => {
    const { threads, tokenizer, last } = fake()
    const counts = [tokenizer.count(['poison']), tokenizer.count(['b'])]
    const dying = last()
    dying.emit('error', new Error('out of memory'))
    dying.emit('exit', 1)
    expect(threads.length).to.equal(2)
    last().answer(7)
    expect(await Promise.all(counts)).to.deep.equal([undefined, 7])
  })

  it('ends a thread that takes too long', async () => {
    const { clock, threads, tokenizer, last } = fake()
    const count = tokenizer.count(['endless'])
    await clock.pass(15_000)
    expect(await count).to.equal(undefined)
    expect(threads[0]?.terminated).to.equal(true)
    const next = tokenizer.count(['a'])
    last().answer(1)
    expect(await next).to.equal(1)
  })

  it('rests a minute after three deaths in a row', async () => {
    const { clock, threads, tokenizer, last } = fake()
    for (let death = 0; death < 3; death++) {
      const count = tokenizer.count(['a'])
      last().emit('error', new Error('no such package'))
      expect(await count).to.equal(undefined)
    }
    expect(await tokenizer.count(['a'])).to.equal(undefined)
    expect(threads.length).to.equal(3)
    clock.advance(60_000)
    const count = tokenizer.count(['a'])
    last().answer(1)
    expect(await count).to.equal(1)
  })

  it('does not fail when no thread can be started', async () => {
    const tokenizer = new Tokenizer({
      clock: new FakeClock(),
      log: silentLogger,
      startThread: () => {
        throw new Error('no threads here')
      },
    })
    expect(await tokenizer.count(['a'])).to.equal(undefined)
  })

  it('ends its thread when it is closed, and every job with it', async () => {
    const { clock, tokenizer, last } = fake()
    const counts = [tokenizer.count(['a']), tokenizer.count(['b'])]
    await tokenizer.close()
    await settled()
    expect(await Promise.all(counts)).to.deep.equal([undefined, undefined])
    expect(last().terminated).to.equal(true)
    expect(await tokenizer.count(['c'])).to.equal(undefined)
    expect(clock.pending).to.equal(0)
  })
})
