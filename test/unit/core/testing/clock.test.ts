import { expect } from 'chai'
import { sleep } from '../../../../core/contract/clock.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'

describe('the fake clock', () => {
  it('calls timers in their order, each at its own moment', () => {
    const clock = new FakeClock(1_000)
    const calls: (readonly [string, number])[] = []
    clock.timer(20, () => calls.push(['b', clock.now()]))
    clock.timer(10, () => {
      calls.push(['a', clock.now()])
      clock.timer(5, () => calls.push(['inner', clock.monotonic()]))
    })
    clock.timer(20, () => calls.push(['c', clock.now()]))
    clock.timer(21, () => calls.push(['never', 0])).cancel()
    clock.advance(20)
    expect(calls).to.deep.equal([
      ['a', 1_010],
      ['inner', 15],
      ['b', 1_020],
      ['c', 1_020],
    ])
    expect(clock.pending).to.equal(0)
  })

  it('starts a refreshed timer anew, also one that has fired', () => {
    const clock = new FakeClock()
    let calls = 0
    const timer = clock.timer(10, () => calls++)
    clock.advance(9)
    timer.refresh()
    clock.advance(9)
    expect(calls).to.equal(0)
    clock.advance(1)
    timer.refresh()
    clock.advance(10)
    expect(calls).to.equal(2)
  })

  it('lets what a timer set off run before the next one when it passes', async () => {
    const clock = new FakeClock()
    const woken: number[] = []
    const work = (async () => {
      for (let turn = 0; turn < 3; turn++) {
        await sleep(clock, 10)
        woken.push(clock.monotonic())
      }
    })()
    await clock.pass(30)
    await work
    expect(woken).to.deep.equal([10, 20, 30])
  })

  it('moves the wall apart from the monotonic time', () => {
    const clock = new FakeClock(5_000)
    clock.setWall(1_000)
    clock.advance(10)
    expect([clock.now(), clock.monotonic()]).to.deep.equal([1_010, 10])
  })
})

describe('the system clock', () => {
  it('waits for what is longer than a timer of Node can hold instead of firing at once', async () => {
    let fired = false
    const timer = systemClock.timer(2 ** 40, () => (fired = true))
    await new Promise<void>(resolve => setImmediate(resolve))
    expect(fired).to.equal(false)
    timer.cancel()
  })

  it('fires once, and again when refreshed', async () => {
    let calls = 0
    await new Promise<void>(resolve => {
      const timer = systemClock.timer(1, () => (++calls === 2 ? resolve() : timer.refresh()))
      // Its timers do not hold the process; this one does.
      setTimeout(() => undefined, 50)
    })
    expect(calls).to.equal(2)
  })
})
