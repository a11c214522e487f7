import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { FrontDoor, type Taker } from '../../../../core/cluster/front-door.ts'
import { eventually } from '../../../support/eventually.ts'

class FakeTaker implements Taker {
  readonly given: { readonly socket: Socket; readonly connection: number }[] = []

  give(socket: Socket, connection: number): void {
    this.given.push({ socket, connection })
  }

  get count(): number {
    return this.given.length
  }
}

describe('the front door of several workers', () => {
  const clients: Socket[] = []
  let door: FrontDoor
  let port: number
  beforeEach(async () => {
    door = new FrontDoor()
    port = (await door.listen({ host: '127.0.0.1', port: 0 })).port
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy()
    door.close()
  })

  const arrive = async (): Promise<Socket> => {
    const client = connect(port, '127.0.0.1')
    clients.push(client)
    client.on('error', () => undefined)
    await once(client, 'connect')
    return client
  }
  const join = (): FakeTaker => {
    const taker = new FakeTaker()
    door.join(taker)
    return taker
  }
  const isIn = (count: number, ...takers: readonly FakeTaker[]) => eventually(async () => takers.reduce((sum, taker) => sum + taker.count, 0) === count)
  const takeAll = (taker: FakeTaker) => {
    for (const { connection } of taker.given) door.taken(connection)
  }

  it('gives connections in turn, also to one that came later', async () => {
    const takers = [join(), join()]
    for (let index = 0; index < 4; index++) {
      await arrive()
      await isIn(index + 1, ...takers)
      for (const taker of takers) takeAll(taker)
    }
    expect(takers.map(({ count }) => count)).to.deep.equal([2, 2])
    takers.push(join())
    for (let index = 4; index < 7; index++) {
      await arrive()
      await isIn(index + 1, ...takers)
      for (const taker of takers) takeAll(taker)
    }
    expect(takers.map(({ count }) => count)).to.deep.equal([3, 3, 1])
  })

  it('prefers who has taken all that it was given', async () => {
    const busy = join()
    const idle = join()
    for (let index = 0; index < 6; index++) {
      await arrive()
      await isIn(index + 1, busy, idle)
      takeAll(idle)
    }
    expect([busy.count, idle.count]).to.deep.equal([1, 5])
  })

  it('gives to others what a lost one did not take, and only that', async () => {
    const [one, other] = [join(), join()]
    const taken = await arrive()
    const gone = once(taken.resume(), 'close')
    await isIn(1, one)
    takeAll(one)
    await arrive()
    await isIn(1, other)
    await arrive()
    await isIn(3, one, other)
    door.lost(one)
    expect(other.count).to.equal(2)
    expect(other.given.at(-1)?.socket.destroyed).to.equal(false)
    // Our copy alone was closed, but nobody here has another.
    await gone
  })

  it('keeps them while nobody is there, for who comes first', async () => {
    await arrive()
    await arrive()
    const taker = new FakeTaker()
    await eventually(async () => {
      door.leave(taker)
      door.join(taker)
      return taker.count === 2
    })
  })

  it('gives nothing more to who is leaving', async () => {
    const [leaving, staying] = [join(), join()]
    door.leave(leaving)
    for (let index = 0; index < 3; index++) await arrive()
    await isIn(3, staying)
    expect(leaving.count).to.equal(0)
  })

  it('closed, refuses everybody and drops who waits', async () => {
    const waiting = await arrive()
    const gone = once(waiting.resume(), 'close')
    door.close()
    await gone
    const refused = connect(port, '127.0.0.1')
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).to.equal('ECONNREFUSED')
  })

  it('tells when its place is taken', async () => {
    const error = await new FrontDoor().listen({ host: '127.0.0.1', port }).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'EADDRINUSE')
  })
})
