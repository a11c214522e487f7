import { EventEmitter } from 'node:events'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Exchange } from '../../../../../providers/kiro/simulator/exchange.ts'
import { play } from '../../../../../providers/kiro/simulator/player.ts'
import { writesOf } from '../../../../../providers/kiro/simulator/program.ts'
import { World } from '../../../../../providers/kiro/simulator/world.ts'

/** A response whose buffer is full after every write, until the test drains it. */
class FullResponse extends EventEmitter {
  readonly written: Buffer[] = []
  ended = false
  writeHead(): void {}
  write(bytes: Buffer): boolean {
    this.written.push(bytes)
    this.emit('written')
    return false
  }
  end(): void {
    this.ended = true
  }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

describe('The simulator’s player', () => {
  const begin = () => {
    const response = new FullResponse()
    const abort = new AbortController()
    // Only what the player touches is there.
    const exchange = { response, signal: abort.signal, fate: { severed: false, aborted: false } } as unknown as Exchange
    const beats = ['a', 'b', 'c'].map(text => Buffer.from(text))
    return { response, abort, playing: play(exchange, { beats, delivery: {} }, new World({}).counters) }
  }

  it('writes nothing more while the buffer is full', async () => {
    const { response, playing } = begin()
    await turns(20)
    expect(response.written).to.have.length(1)
    response.emit('drain')
    await turns(20)
    expect(response.written).to.have.length(2)
    response.emit('drain')
    await turns(20)
    response.emit('drain')
    await playing
    expect([response.written.length, response.ended]).to.deep.equal([3, true])
  })

  it('stops when the client leaves while the buffer is full', async () => {
    const { response, abort, playing } = begin()
    await turns(20)
    abort.abort()
    await playing
    expect([response.written.length, response.ended]).to.deep.equal([1, false])
  })
})

describe('A program’s writes', () => {
  const chunking = fc.oneof(
    fc.constantFrom('one-write' as const, 'per-frame' as const),
    fc.record({ bytes: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ frames: fc.integer({ min: 1, max: 4 }) }),
  )

  it('carry the same bytes however they are cut, less what is dropped', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }).map(bytes => Buffer.from(bytes)))
    fc.assert(
      fc.property(frames, chunking, fc.nat(30), (beats, how, dropLastBytes) => {
        const writes = writesOf({ beats, delivery: { chunking: how, dropLastBytes } })
        const sent = Buffer.concat(writes.flatMap(write => ('bytes' in write ? write.bytes : [])))
        const all = Buffer.concat(beats)
        expect(sent.equals(all.subarray(0, Math.max(0, all.length - dropLastBytes)))).to.equal(true)
      }),
    )
  })

  it('keep waits where they stand', () => {
    const beats = [Buffer.from('a'), Buffer.from('b'), { waitMs: 5 }, Buffer.from('c')]
    const writes = writesOf({ beats, delivery: { chunking: 'one-write' } })
    expect(writes).to.deep.equal([{ bytes: Buffer.from('ab') }, { waitMs: 5 }, { bytes: Buffer.from('c') }])
  })
})
