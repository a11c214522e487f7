import { expect } from 'chai'
import fc from 'fast-check'
import { DueQueue } from '../../../../core/accounts/due-queue.ts'

describe('the due queue', () => {
  it('gives back what is due, earliest first, each at its newest time', () => {
    const command = fc.tuple(fc.nat(9), fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant(Infinity)))
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), fc.nat(120), (commands, now) => {
        const items = Array.from({ length: 10 }, (_, name) => ({ name }))
        const queue = new DueQueue<{ name: number }>()
        const model = new Map<number, number>()
        for (const [name, at] of commands) {
          queue.set(items[name] as { name: number }, at)
          if (at === Infinity) model.delete(name)
          else model.set(name, at)
        }
        expect(queue.size).to.equal(model.size)
        expect(queue.next()).to.equal(model.size === 0 ? undefined : Math.min(...model.values()))
        const times: number[] = []
        for (let item = queue.take(now); item; item = queue.take(now)) {
          times.push(model.get(item.name) as number)
          model.delete(item.name)
        }
        expect(times).to.deep.equal([...times].sort((one, other) => one - other))
        expect([...model.values()].every(at => at > now)).to.equal(true)
      }),
    )
  })

  it('takes a thing again after it was taken or deleted', () => {
    const queue = new DueQueue<object>()
    const thing = {}
    queue.set(thing, 5)
    expect(queue.take(4)).to.equal(undefined)
    expect(queue.take(5)).to.equal(thing)
    queue.set(thing, 5)
    queue.delete(thing)
    expect(queue.next()).to.equal(undefined)
    queue.set(thing, 6)
    expect(queue.take(6)).to.equal(thing)
  })
})
