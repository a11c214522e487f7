import { expect } from 'chai'
import { restartDelay, STEADY_MS } from '../../../../core/cluster/restart-delay.ts'
import { type ServingWorker, StartFailed, Supervisor } from '../../../../core/cluster/supervisor.ts'
import type { Ending, WorkerEvents, WorkerStart } from '../../../../core/cluster/worker-process.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'

interface FakeWorker extends WorkerEvents, WorkerStart {
  readonly pid: number
  readonly signals: string[]
}

const KILLED: Ending = { signal: 'SIGKILL' }
const FACTS = { url: 'http://127.0.0.1:1', sandboxed: false }

describe('the supervisor of workers', () => {
  let clock: FakeClock
  let workers: FakeWorker[]
  let serving: readonly ServingWorker[]
  let delays: number[]
  let supervisor: Supervisor

  beforeEach(() => {
    clock = new FakeClock()
    workers = []
    serving = []
    delays = []
    supervisor = new Supervisor({
      count: 3,
      clock,
      fork: (start, events) => {
        const worker = { ...start, ...events, pid: 100 + workers.length, signals: [] as string[] }
        workers.push(worker)
        return { pid: worker.pid, kill: signal => void worker.signals.push(signal) }
      },
      changed: now => {
        serving = now
      },
      replacing: ({ inMs }) => delays.push(inMs),
    })
  })

  const last = () => workers.at(-1) as FakeWorker
  const started = async () => {
    const done = supervisor.start(() => undefined)
    last().ready(FACTS)
    await clock.pass(0)
    for (const worker of workers.slice(1)) worker.ready(FACTS)
    await done
  }

  it('starts one alone, tells what it says, and the others once it serves', async () => {
    const told: unknown[] = []
    const done = supervisor.start(facts => told.push(facts))
    await clock.pass(1_000)
    expect(workers.map(({ number, first }) => [number, first])).to.deep.equal([[1, true]])
    last().ready({ ...FACTS, firstKey: 'key' })
    await clock.pass(0)
    expect(told).to.deep.equal([{ ...FACTS, firstKey: 'key' }])
    expect(workers.slice(1).map(({ number, first }) => [number, first])).to.deep.equal([
      [2, false],
      [3, false],
    ])
    for (const worker of workers.slice(1)) worker.ready(FACTS)
    await done
    expect(serving).to.deep.equal([
      { number: 1, pid: 100 },
      { number: 2, pid: 101 },
      { number: 3, pid: 102 },
    ])
  })

  it('fails with the first that ends before it listens, and tries no other', async () => {
    const done = supervisor.start(() => undefined)
    last().ended({ code: 1 })
    const error = await done.catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(StartFailed).and.to.have.deep.property('ending', { code: 1 })
    await clock.pass(60_000)
    expect(workers).to.have.length(1)
  })

  it('replaces one at once under the same number, and never has it make the first key again', async () => {
    await started()
    workers[0]?.ended(KILLED)
    expect(serving.map(({ number }) => number)).to.deep.equal([2, 3])
    expect(workers).to.have.length(4)
    expect(last()).to.include({ number: 1, first: false })
    last().ready(FACTS)
    expect(serving.map(({ pid }) => pid)).to.deep.equal([103, 101, 102])
  })

  it('waits longer each time for one that ends soon after its start, until it has served for a while', async () => {
    await started()
    for (let crash = 0; crash < 9; crash++) {
      last().ended(KILLED)
      await clock.pass(30_000)
      last().ready(FACTS)
    }
    expect(delays).to.deep.equal([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    await clock.pass(STEADY_MS)
    last().ended(KILLED)
    expect(delays.at(-1)).to.equal(0)
  })

  it('goes on trying while others serve', async () => {
    await started()
    workers[0]?.ended(KILLED)
    for (let attempt = 0; attempt < 20; attempt++) {
      last().ended({ code: 1 })
      await clock.pass(30_000)
    }
    expect(serving.map(({ number }) => number)).to.deep.equal([2, 3])
    expect(workers).to.have.length(24)
  })

  it('gives up when nobody serves and none can be started', async () => {
    await started()
    const lost = supervisor.lost.catch((error: unknown) => String(error))
    for (const worker of workers.slice(0, 3)) worker.ended(KILLED)
    for (let attempt = 0; attempt < 5; attempt++) {
      workers[3 + attempt]?.ended({ code: 1 })
      await clock.pass(30_000)
    }
    expect(await lost).to.contain('no worker serves any more')
  })

  it('asks all to end, waits for them and replaces none, not even one whose turn it was', async () => {
    await started()
    workers[0]?.ended(KILLED)
    last().ended({ code: 1 })
    const starting = workers.length
    const stopped = supervisor.stop()
    expect(workers.slice(1, 3).map(({ signals }) => signals)).to.deep.equal([['SIGTERM'], ['SIGTERM']])
    let isOver = false
    void stopped.then(() => (isOver = true))
    workers[1]?.ended({ code: 0 })
    await clock.pass(60_000)
    expect(isOver).to.equal(false)
    workers[2]?.ended({ code: 0 })
    await stopped
    expect(workers).to.have.length(starting)
  })

  it('ends those that have not started yet', async () => {
    const done = supervisor.start(() => undefined)
    const stopped = supervisor.stop()
    expect(last().signals).to.deep.equal(['SIGTERM'])
    last().ended({ signal: 'SIGTERM' })
    await stopped
    expect(await done.catch((error: unknown) => error)).to.be.instanceOf(StartFailed)
  })
})

describe('the pause before a worker is replaced', () => {
  it('is nothing at first and bounded in the end', () => {
    expect(restartDelay(1)).to.equal(0)
    expect(restartDelay(1_000_000)).to.equal(30_000)
  })
})
