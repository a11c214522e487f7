import { expect } from 'chai'
import fc from 'fast-check'
import { type Batch, BatchQueue, GatewayError, type StreamEvent } from '../../../../core/index.ts'
import { failure, FINISH, START } from '../../../support/scripted-provider.ts'

class Source {
  paused = false
  readonly calls: string[] = []
  pause = () => {
    this.paused = true
    this.calls.push('pause')
  }
  resume = () => {
    this.paused = false
    this.calls.push('resume')
  }
  cancel = () => void this.calls.push('cancel')
}

const delta = (text: string): StreamEvent => ({ type: 'text-delta', block: 0, text })

describe('BatchQueue', () => {
  it('hands a batch to the reader that waits, and keeps order when nobody does', async () => {
    const queue = new BatchQueue(new Source())
    const first = queue.next()
    queue.push([START])
    queue.push([delta('a')])
    queue.push([FINISH])
    expect((await first).value).to.deep.equal([START])
    expect((await queue.next()).value).to.deep.equal([delta('a')])
    expect((await queue.next()).value).to.deep.equal([FINISH])
    expect(await queue.next()).to.deep.equal({ done: true, value: undefined })
  })

  it('drops empty batches and all that comes after the last event', async () => {
    const source = new Source()
    const queue = new BatchQueue(source)
    queue.push([])
    queue.push([FINISH])
    expect(queue.ended).to.equal(true)
    queue.push([delta('late')])
    queue.fail(new Error('late'))
    queue.end()
    const all: Batch[] = []
    for await (const batch of queue) all.push(batch)
    expect(all).to.deep.equal([[FINISH]])
    expect(source.calls).to.deep.equal([])
  })

  it('pauses its source for a slow reader and lets it go on once everything was read', async () => {
    const source = new Source()
    const queue = new BatchQueue(source)
    for (const text of ['a', 'b', 'c']) queue.push([delta(text)])
    expect(source.calls).to.deep.equal([])
    queue.push([delta('d')])
    queue.push([delta('e')])
    expect(source.calls).to.deep.equal(['pause'])
    for (let read = 0; read < 4; read++) await queue.next()
    expect(source.calls).to.deep.equal(['pause'])
    await queue.next()
    expect(source.calls).to.deep.equal(['pause', 'resume'])
  })

  it('takes an end without finish or failure for a cut', async () => {
    const queue = new BatchQueue(new Source())
    queue.push([START])
    queue.end()
    await queue.next()
    const [event] = (await queue.next()).value as Batch
    expect(event?.type === 'failure' && event.error.code).to.equal('upstream_cut')
    expect((await queue.next()).done).to.equal(true)
  })

  it('turns a strange error into one of ours', async () => {
    const queue = new BatchQueue(new Source())
    queue.fail(new TypeError('strange'))
    const [event] = (await queue.next()).value as Batch
    expect(event?.type === 'failure' && event.error.code).to.equal('internal')
  })

  it('cancels its source, once, when the reader leaves in the middle', async () => {
    const source = new Source()
    const queue = new BatchQueue(source)
    const waiting = queue.next()
    await queue.return()
    await queue.return()
    queue.cancel()
    expect(await waiting).to.deep.equal({ done: true, value: undefined })
    queue.push([delta('late')])
    expect((await queue.next()).done).to.equal(true)
    expect(source.calls).to.deep.equal(['cancel'])
  })

  it('leaves its source alone when the reader leaves after the end: the connection can be used again', async () => {
    const source = new Source()
    const queue = new BatchQueue(source)
    queue.push([START])
    queue.push([FINISH])
    await queue.next()
    await queue.next()
    await queue.return()
    expect(source.calls).to.deep.equal([])
  })

  it('lets what was pushed be read after it let go of its source', async () => {
    const source = new Source()
    const queue = new BatchQueue(source)
    queue.push([failure(new GatewayError('upstream_failed', 'no'))])
    queue.cancel()
    expect(((await queue.next()).value as Batch)[0]?.type).to.equal('failure')
    expect(source.calls).to.deep.equal(['cancel'])
  })

  it('delivers everything in order whatever the interleaving of pushes and reads, and is never left paused with an empty queue', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('push', 'read'), { maxLength: 60 }), async steps => {
        const source = new Source()
        const queue = new BatchQueue(source)
        const got: string[] = []
        let reading: Promise<void> | undefined
        let pushed = 0
        const read = () =>
          queue.next().then(({ value }) => {
            if (value?.[0]?.type === 'text-delta') got.push(value[0].text)
          })
        for (const step of steps) {
          if (step === 'push') queue.push([delta(String(pushed++))])
          else {
            await Promise.race([reading, Promise.resolve()])
            if (got.length < pushed || reading === undefined) {
              await reading
              reading = read()
            }
          }
        }
        queue.push([FINISH])
        await reading
        for (let next = await queue.next(); next.done !== true; next = await queue.next()) {
          if (next.value[0]?.type === 'text-delta') got.push(next.value[0].text)
        }
        expect(got).to.deep.equal(Array.from({ length: pushed }, (_, index) => String(index)))
        expect(source.paused).to.equal(false)
      }),
    )
  })
})
